"""The launcher behind tl.py: environment, embedded database, supervision, tests. Standard library only."""
