"""Contracts: what was awarded, as parties sign it, with payable milestones."""
