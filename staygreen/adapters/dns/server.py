"""Where a name server is."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

DNS_PORT = 53


@dataclass(frozen=True, slots=True)
class Server:
    """Where to ask."""

    address: str
    port: int = DNS_PORT

    @classmethod
    def parse(cls, text: str) -> Server:
        """Read `ADDR`, `ADDR:PORT` or `[ADDR]:PORT`.

        Raises:
            ValueError: It is none of these.
        """
        address, port = text, str(DNS_PORT)
        if text.startswith("["):
            address, closed, rest = text[1:].partition("]")
            port = rest.removeprefix(":") or port
            address = address if closed else text
        elif text.count(":") == 1:
            address, _, port = text.partition(":")
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"{text!r}: {port!r} is not a port")
        try:
            return cls(str(ip_address(address)), int(port))
        except ValueError:
            raise ValueError(f"{text!r} is not ADDR or ADDR:PORT") from None
