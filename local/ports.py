"""Free ports on loopback."""

from __future__ import annotations

import random
import socket

# Below the ports that systems give to connections (IANA: from 49152; Linux: from 32768): what is free stays so until
# whoever asked for it has started to listen.
_RANGE = range(12_000, 32_000)
_given: set[int] = set()


def free_port() -> int:
    """A port on 127.0.0.1 that nobody has, for TCP as for UDP, and that was not given before."""
    while True:
        port = random.choice(_RANGE)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        try:
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
