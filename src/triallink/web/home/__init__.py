"""Home: what is next for whoever is signed in."""
