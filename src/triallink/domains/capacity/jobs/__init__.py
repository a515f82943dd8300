"""Clocks and long work of capacity."""

from triallink.domains.capacity.jobs import clearing, clocks

__all__ = ["clearing", "clocks"]
