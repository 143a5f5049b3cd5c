"""`[[address]]`: an Elastic IP that a mail server sends from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from staygreen.core.config.field import key
from staygreen.core.config.tables.zone import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An Elastic IP that a mail server sends from."""

    name: str = key("Short name, unique; part of the logical id: renaming replaces the address.")
    manage: bool = key("False: watched only; give allocation_id.", True)
    allocation_id: str = key("Adopt this existing address instead of a new one.", "")
    ptr: str = key("Reverse DNS name; its A record is created when zone is given.", "")
    helo: str = key("The name that the server says in HELO, where it is to be checked; usually the PTR name.", "")
    zone: Zone | None = key(
        "Hosted zone of the PTR name; absent: create its A record elsewhere while the deployment waits.", None
    )
    ttl: timedelta = key("Time to live of its A record.", timedelta(hours=1))
    release: bool = key("True: deleting it resets its PTR and lets the address go for ever.", False)
