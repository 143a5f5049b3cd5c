"""`zone`: a Route 53 hosted zone, wherever a table names one."""

from __future__ import annotations

from dataclasses import dataclass

from staygreen.core.config.field import key


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A Route 53 hosted zone in this account."""

    id: str = key("Hosted zone id, such as Z0123456789ABCDEFGHIJ.")
    name: str = key("The zone's name; the domain is equal to it or below it.")
