"""Notices: what happened that somebody should know, and how they want to hear of it."""
