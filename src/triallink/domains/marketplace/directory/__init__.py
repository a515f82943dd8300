"""The directory: suppliers, talent and sites as documents of one search collection."""
