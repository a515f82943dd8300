"""Calendars, orders, the book and bookings for those who may see them."""

from triallink.domains.capacity.selectors import book, calendars, counsel, cover, finding, orders

__all__ = ["book", "calendars", "counsel", "cover", "finding", "orders"]
