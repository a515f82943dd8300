"""The market's directories: suppliers, talent, sites, catalogue, prices, and what a supplier offers."""
