"""The market: catalogue, listings, requests, bids, auctions, evaluation and award."""
