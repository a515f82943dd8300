"""What the market refuses, one file per noun."""
