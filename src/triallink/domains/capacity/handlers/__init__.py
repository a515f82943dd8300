"""What capacity hears, and who may follow its live topics. Every file is imported here."""

from triallink.domains.capacity.handlers import calendars, clearing, notices, topics

__all__ = ["calendars", "clearing", "notices", "topics"]
