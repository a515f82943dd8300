"""Hours 工时: calendars, offers and needs of hours, bookings, batch clearing, cover."""
