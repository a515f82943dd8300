"""Money 资金: overview, statements, escrows, top-ups and payouts, invoices, reconciliation, the book."""
