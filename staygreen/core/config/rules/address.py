"""Rules about Elastic IPs and their reverse names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from staygreen.core.config.config import Config
from staygreen.core.config.line_numbers import Path
from staygreen.core.config.problem import Problem
from staygreen.core.config.rules.sender import repeated
from staygreen.core.config.rules.zone import zone_problems
from staygreen.core.config.tables.address import Address
from staygreen.core.naming import address_output
from staygreen.core.records.name import is_host_name
from staygreen.core.records.ptr import is_generic

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")
_ALLOCATION = re.compile(r"eipalloc-([0-9a-f]{8}|[0-9a-f]{17})")


def names(config: Config) -> Iterator[Problem]:
    """Names make distinct logical ids; an existing address is named once."""
    yield from repeated((address.name for address in config.addresses), "address", "address")
    outputs: dict[str, str] = {}
    allocations: set[str] = set()
    for path, address in _addresses(config):
        if not _NAME.fullmatch(address.name):
            yield Problem((*path, "name"), f'"{address.name}" is not lower-case letters, digits and inner hyphens')
        other = outputs.setdefault(address_output(address.name), address.name)
        if other != address.name:
            yield Problem((*path, "name"), f'differs too little from "{other}": both make the same logical id')
        if address.allocation_id and address.allocation_id in allocations:
            yield Problem((*path, "allocation_id"), f'"{address.allocation_id}" appears twice')
        allocations.add(address.allocation_id)


def existing(config: Config) -> Iterator[Problem]:
    """Allocation ids have their form, and a watched address names one."""
    for path, address in _addresses(config):
        key: Path = (*path, "allocation_id")
        if address.allocation_id and not _ALLOCATION.fullmatch(address.allocation_id):
            yield Problem(key, f'"{address.allocation_id}" is not an allocation id, such as eipalloc-0123456789abcdef0')
        if not address.manage and not address.allocation_id:
            yield Problem(key, "is missing: an address that is only watched is found by it")
        if not address.manage and address.release:
            yield Problem((*path, "release"), "an address that is only watched is not ours to let go")


def reverse_names(config: Config) -> Iterator[Problem]:
    """A managed address has a reverse name of its own that says who sends."""
    owners: dict[str, str] = {}
    for path, address in _addresses(config):
        if not address.manage:
            continue
        reason = _reverse_name(address, owners)
        if reason:
            yield Problem((*path, "ptr"), reason)
        elif not address.zone:
            yield Problem(
                (*path, "ptr"),
                f"no zone is given: create the A record of {address.ptr} before the reverse name can be set",
                is_warning=True,
            )
        yield from zone_problems(address.zone, address.ptr, (*path, "zone"))
        owners.setdefault(address.ptr, address.name)


def greetings(config: Config) -> Iterator[Problem]:
    """What a server says in HELO is a host name."""
    for path, address in _addresses(config):
        if address.helo and not is_host_name(address.helo):
            yield Problem((*path, "helo"), f'"{address.helo}" is not a host name: lower case, no trailing dot')


def _reverse_name(address: Address, owners: dict[str, str]) -> str:
    if not address.ptr:
        return "is missing: receivers refuse servers without a reverse name"
    if not is_host_name(address.ptr):
        return f'"{address.ptr}" is not a host name: lower case, no trailing dot'
    if is_generic(address.ptr):
        return f'"{address.ptr}" looks generic: name the host after who sends, such as mail.example.com'
    if address.ptr in owners:
        return f'"{address.ptr}" is the name of "{owners[address.ptr]}" already'
    return ""


def _addresses(config: Config) -> Iterator[tuple[Path, Address]]:
    for index, address in enumerate(config.addresses):
        yield ("address", index), address


RULES = (names, existing, reverse_names, greetings)
