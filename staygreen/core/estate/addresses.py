"""Elastic IPs of an estate as settings: those with a reverse name of their own, the others are not known to send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from staygreen.core.config.tables.address import Address
from staygreen.core.config.tables.zone import Zone
from staygreen.core.estate.found import Estate, FoundAddress
from staygreen.core.estate.ledger import FILE, Ledger, Part
from staygreen.core.estate.published import Published, Sight
from staygreen.core.records.name import is_host_name
from staygreen.core.records.ptr import is_generic

_SHOWN = 20


def addresses(estate: Estate, published: Published, ledger: Ledger) -> Iterator[Address]:
    """Give the addresses, not managed, in the order of their allocation ids."""
    found = sorted(estate.addresses or (), key=lambda each: each.allocation_id)
    silent = [f"{each.ip} ({each.allocation_id})" for each in found if not each.reverse_name]
    if silent:
        more = f" and {len(silent) - _SHOWN} more" if len(silent) > _SHOWN else ""
        text = f"Left out: Elastic IPs without a reverse name of their own, {', '.join(silent[:_SHOWN])}{more}."
        ledger.note(FILE, f"{text} Add those that send mail.")
    for number, each in enumerate((each for each in found if each.reverse_name), 1):
        yield _address(each, f"address-{number}", published, ledger)


def _address(found: FoundAddress, name: str, published: Published, ledger: Ledger) -> Address:
    part: Part = ("address", found.allocation_id)
    ledger.note(part, f"{found.ip}, used by {found.attached_to or 'nothing'}.")
    made = Address(name=name, manage=False, allocation_id=found.allocation_id, ptr=found.reverse_name)
    if not is_host_name(found.reverse_name) or is_generic(found.reverse_name):
        ledger.hinder(part, f"its reverse name {found.reverse_name} does not say who sends")
    sight = published.look(found.reverse_name, "A")
    if sight.unknown:
        ledger.note(part, f"Not known: {found.reverse_name} A, {sight.unknown}.")
    elif found.ip not in sight.values:
        ledger.hinder(part, f"{found.reverse_name} does not lead to {found.ip}: its reverse name could not be kept")
    elif sight.zone is None or not sight.can_stand or sight.values != (found.ip,):
        ledger.note(part, f"{found.reverse_name} A {_why_left(sight)}: its record stays as it is.")
    elif sight.record is not None and sight.record.ttl is not None:
        return replace(made, zone=Zone(id=sight.zone.id, name=sight.zone.name), ttl=sight.record.ttl)
    return made


def _why_left(sight: Sight) -> str:
    if sight.peculiarity:
        return sight.peculiarity
    return "has other addresses too" if len(sight.values) > 1 else "is in a zone elsewhere"
