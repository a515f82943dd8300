"""The pages of MY-PMCP."""
