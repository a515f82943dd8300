"""What people may see of the market, one file per noun; import the selector from its file."""
