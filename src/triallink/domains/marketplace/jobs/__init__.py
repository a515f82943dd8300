"""What the worker does for the market by the clock."""

from triallink.domains.marketplace.jobs import deadlines

__all__ = ["deadlines"]
