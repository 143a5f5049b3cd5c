"""Other files of the same account: what two of them claim, one of them loses, or a deployment fails on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from staygreen.core.config.config import Config
from staygreen.core.declared.zone import records
from staygreen.core.preflight.item import Item, Kind

_DECIDE = "Leave it to one file: manage = false, leave_records, or no entry at all in the other."


def other_files(config: Config, others: Mapping[str, Config]) -> Iterator[Item]:
    """Give what `config` and another file both claim.

    Args:
        config: What is to be deployed.
        others: Further files of the same account, by the name that people know.
    """
    for filename, other in others.items():
        if other.sender.account != config.sender.account:
            continue
        if other.sender.region == config.sender.region:
            yield from _domains(config, filename, other)
            yield from _addresses(config, filename, other)
        yield from _records(config, filename, other)


def _domains(config: Config, filename: str, other: Config) -> Iterator[Item]:
    theirs = {each.name: each for each in other.domains}
    for domain in config.domains:
        twin = theirs.get(domain.name)
        if twin is None:
            continue
        if domain.manage and twin.manage:
            text = f"{filename} manages it too: the second deployment fails on its identity and records"
            yield Item(kind=Kind.LOST, subject=domain.name, text=text, next_step=_DECIDE)
        else:
            yield Item(
                kind=Kind.NOTE,
                subject=domain.name,
                text=f"{filename} has it too: what is found about it is told twice",
                next_step="Take it out of the file that does not need it.",
            )


def _addresses(config: Config, filename: str, other: Config) -> Iterator[Item]:
    theirs = {each.allocation_id: each for each in other.addresses if each.allocation_id and each.manage}
    for address in config.addresses:
        twin = theirs.get(address.allocation_id)
        if twin is None or not address.manage:
            continue
        yield Item(
            kind=Kind.LOST,
            subject=address.name,
            text=f"{filename} adopts {address.allocation_id} too, as {twin.ptr}: the last deployment wins",
            next_step=_DECIDE,
        )


def _records(config: Config, filename: str, other: Config) -> Iterator[Item]:
    """Record sets that both write: a zone is the same in every region. What is told with its domain is left out."""
    both = _managed(config) & _managed(other) if config.sender.region == other.sender.region else frozenset()
    theirs = {(each.zone.id, each.name, each.type) for each in records(other) if each.zone and each.known}
    for record in records(config):
        if record.zone is None or not record.known or record.owner in both:
            continue
        if (record.zone.id, record.name, record.type) in theirs:
            yield Item(
                kind=Kind.LOST,
                subject=record.name,
                text=f"{filename} writes {record.name} {record.type.value} too: only one record set of it can exist",
                next_step=_DECIDE,
            )


def _managed(config: Config) -> frozenset[str]:
    return frozenset(each.name for each in config.domains if each.manage)
