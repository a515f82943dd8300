"""What happens on the market, one file per noun. Every file is imported here: an event is known once it is read."""

from triallink.domains.marketplace.events import catalogue

__all__ = ["catalogue"]
