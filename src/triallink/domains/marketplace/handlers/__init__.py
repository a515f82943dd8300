"""What the market hears and who may follow its live topics, one file per noun. Every file is imported here."""

from triallink.domains.marketplace.handlers import directory, notices, topics

__all__ = ["directory", "notices", "topics"]
