"""Long work of the market, and what the worker does for it by the clock. Every file is imported here."""

from triallink.domains.marketplace.jobs import counsel, deadlines, searches

__all__ = ["counsel", "deadlines", "searches"]
