"""Record sets that exist: written as they are, or left alone, instead of how the settings would write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from staygreen.core.config.tables.domain import Domain, Verbatim
from staygreen.core.declared.record import Purpose, Record
from staygreen.core.dns.message import RecordType
from staygreen.core.records import txt


def existing(domain: Domain, records: Iterable[Record]) -> tuple[Record, ...]:
    """Return the records of a domain without those that are left alone, and with those that exist as they are.

    A CNAME of Easy DKIM, whose name only AWS knows, is one of the existing ones in their order.
    """
    stands = {(each.name, each.type): each for each in domain.verbatim}
    easy = easy_dkim(domain)
    return tuple(
        _settled(record, stands, easy) for record in records if record.purpose.value not in domain.leave_records
    )


def _settled(record: Record, stands: dict[tuple[str, str], Verbatim], easy: Iterator[Verbatim]) -> Record:
    if record.purpose is Purpose.DKIM and record.type is RecordType.CNAME:
        found = next(easy, None)
    else:
        found = stands.get((record.name, record.type.value))
    return verbatim(record, found) if found else record


def easy_dkim(domain: Domain) -> Iterator[Verbatim]:
    """Give the CNAMEs among a domain's existing records that hold its DKIM keys."""
    place = f"._domainkey.{domain.name}"
    return (each for each in domain.verbatim if each.type == RecordType.CNAME.value and each.name.endswith(place))


def verbatim(record: Record, found: Verbatim) -> Record:
    """Return the record as it exists already."""
    values = tuple(meaning(found.type, value) for value in found.values)
    return replace(record, name=found.name, values=values, ttl=found.ttl, verbatim=found.values)


def meaning(rtype: str, value: str) -> str:
    """Return a value of Route 53 as the other modules know it: TXT joined, names without a trailing dot."""
    if rtype == RecordType.TXT.value:
        text = txt.text_of_route53(value)
        return value if text is None else text
    return value.removesuffix(".")
