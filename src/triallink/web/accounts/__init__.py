"""Faces of accounts: signing up and in, proving who one is, organizations and their people."""
