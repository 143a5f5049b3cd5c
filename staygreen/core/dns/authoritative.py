"""What the authoritative servers of a name say, each for itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from staygreen.core.dns.message import Rcode, RecordType


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAnswer:
    """What one authoritative server says of the addresses of a name."""

    server: str
    rcode: Rcode
    addresses: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = ", ".join(self.addresses) if self.addresses else self.rcode.value
        return f"{self.server} says {said}"


Authorities = Callable[[str, RecordType], tuple[ServerAnswer, ...]]
"""The authoritative servers' answers about a name's A or AAAA records, each server for itself."""
