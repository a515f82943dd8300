"""Who may sell, and who does the work: supplier and site profiles, professionals and their credentials."""
