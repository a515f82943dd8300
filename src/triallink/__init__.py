"""Trial.Link: an open trading platform and tool suite for clinical research."""
