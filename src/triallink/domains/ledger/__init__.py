"""Money: one double-entry book for the platform, escrow per contract, bank payments and invoices."""
