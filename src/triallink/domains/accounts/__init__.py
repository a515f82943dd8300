"""People, organizations, memberships, roles and sign-in."""
