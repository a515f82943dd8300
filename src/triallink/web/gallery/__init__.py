"""The gallery: every macro of templates/ui, shown once."""
