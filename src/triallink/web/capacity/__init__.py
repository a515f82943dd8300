"""Hours: calendars, search, offers and needs, the order book, bookings, clearing, cover."""
