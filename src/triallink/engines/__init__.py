"""Pure functions on values and arrays: no Django, no clock, no network."""
