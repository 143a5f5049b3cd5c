"""`[monitor.reverse_dns]`: reverse DNS of every address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from staygreen.core.config.field import key
from staygreen.core.confirmation import Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseDns:
    """The `reverse_dns` check: each address has one name that leads back to it."""

    enabled: bool = key("False: not deployed.", True)
    schedule: timedelta = key("How often; whole minutes, 15 or more.", timedelta(hours=1))
    confirmation: Confirmation = key("When a fault is believed, and when it is over.", factory=Confirmation)
    resolvers: tuple[str, ...] = key(
        "Resolvers to ask beside the authoritative servers: ADDR or ADDR:PORT.", ("1.1.1.1", "8.8.8.8")
    )
