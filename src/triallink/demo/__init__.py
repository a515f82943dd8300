"""The demo world: fictional organizations and people in real cities, deterministic by seed."""
