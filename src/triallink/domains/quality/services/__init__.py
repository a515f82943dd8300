"""What suppliers and sites declare about themselves and their people, one file per noun."""
