"""The records of the emulator's hosted zones, as its own services see them.

SES and EC2 look things up in public DNS before they act: an identity is verified, a PTR allowed, only when DNS
says so. Here every hosted zone of the emulator is public DNS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ministack.services import route53


def record_sets() -> Iterator[dict[str, Any]]:
    """All record sets of all accounts, as the emulator stores them."""
    for records in list(route53._records._data.values()):
        yield from list(records)


Look = Callable[[str, str], list[str]]
"""From name and type to the values of the record set, in the presentation form of Route 53."""


def values(name: str, rtype: str) -> list[str]:
    """Values of one record set, in the presentation form of Route 53."""
    wanted = name.rstrip(".").lower() + "."
    found: list[str] = []
    for record_set in record_sets():
        if record_set["Name"].lower() == wanted and record_set["Type"] == rtype:
            found += [_value(each) for each in record_set.get("ResourceRecords") or []]
    return found


def snapshot() -> Look:
    """All record sets as they are now, for who asks for many."""
    known: dict[tuple[str, str], list[str]] = {}
    for each in record_sets():
        key = (each["Name"].rstrip(".").lower(), each["Type"])
        known.setdefault(key, []).extend(_value(value) for value in each.get("ResourceRecords") or [])
    return lambda name, rtype: known.get((name.rstrip(".").lower(), rtype), [])


def _value(record: object) -> str:
    return str(record["Value"]) if isinstance(record, dict) else str(record)
