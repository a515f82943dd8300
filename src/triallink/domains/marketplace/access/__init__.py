"""What one person may see of one object of the market, one file per noun."""
