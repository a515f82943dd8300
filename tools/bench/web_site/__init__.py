"""The application as it is, plus one page to measure others against."""
