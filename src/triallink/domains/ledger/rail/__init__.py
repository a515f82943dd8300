"""The payment rail: the port every bank stands behind, and the sandbox bank."""
