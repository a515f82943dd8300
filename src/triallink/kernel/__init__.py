"""Values every part shares: refusals, events, time, money. No Django, no input or output."""
