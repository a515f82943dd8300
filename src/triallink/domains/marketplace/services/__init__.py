"""What people do on the market, one file per noun; import the service from its file."""
