"""What the market does when it hears something, one file per purpose. Every file is imported here."""

from triallink.domains.marketplace.handlers import directory

__all__ = ["directory"]
