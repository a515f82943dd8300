"""Ports for servers that tests start, stop and start again."""

import random
import socket

# Below every range from which Linux (32768), macOS and IANA (49152) lend ports to outgoing connections: a
# port from there may be lent to a neighbour's connection while the server under test is being restarted.
SERVER_PORTS = range(16_000, 32_000)


def free_port() -> int:
    """Return a port of this machine that nobody listens on and that no outgoing connection can be lent."""
    for port in random.SystemRandom().sample(SERVER_PORTS, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"None of 100 ports tried in {SERVER_PORTS} is free.")
