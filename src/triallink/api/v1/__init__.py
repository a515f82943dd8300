"""Version 1 of the REST interface: every module here with a `router` is mounted under its own name."""
