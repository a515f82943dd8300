"""Requests on the screen: the wizard, the lists, bids, auctions, evaluation and award."""
