"""Contracts: the list, one contract, its milestones, signatures and documents."""
