"""Which mail facts differ between two templates of a stack, as the review reads and pairs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from staygreen.core.deployments.deployment import Aspect, Direction, FactChange
from staygreen.core.mail_facts.exposure import mask
from staygreen.core.mail_facts.facts import Fact, Facts, Kind
from staygreen.core.mail_facts.pairing import Change, Comparison
from staygreen.core.mail_facts.reading import facts
from staygreen.core.mail_facts.resolve import is_known, text
from staygreen.core.mail_facts.template import Assembly, template_of

MOST = 100
"""Changes of one deployment that are kept; the others are counted."""
LONGEST = 200
"""Characters of what a fact was or is."""
_NOT_TOLD = frozenset(
    {Kind.RIGHT, Kind.PORTS, Kind.RECORD_DELETION, Kind.PROPERTY, Kind.KEEPING, Kind.PERMISSION, Kind.UNREAD}
)
"""Facts that a review judges beside others, and that say nothing alone."""
_FIRST = (Kind.RECORD, Kind.PTR, Kind.IDENTITY, Kind.ADDRESS)
"""What mail fails by at once: told first, left out last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What differs between two templates."""

    changes: tuple[FactChange, ...]
    left_out: int = 0
    """Changes beyond `MOST`."""
    unread: int = 0
    """Parts of either template that could not be read, and may differ."""


def side(body: Mapping[str, Any], *, stack: str, account: str, region: str, parameters: Mapping[str, str]) -> Facts:
    """The mail facts of one template.

    Raises:
        Unreadable: When it is no template.
    """
    template = template_of(body, stack=stack, file=stack, account=account, region=region, parameters=parameters)
    return facts(Assembly(source=stack, templates=(template,)))


def compare(base: Facts, head: Facts) -> Compared:
    """What differs, the records first."""
    comparison = Comparison(base=base, head=head)
    ordered = sorted(comparison.changes, key=_rank)
    found = [told for change in ordered for told in _told(change, comparison)]
    parts = {part.name: part.content for part in base.unread}
    differing = [part for part in head.unread if parts.get(part.name) != part.content]
    return Compared(changes=tuple(found[:MOST]), left_out=len(found) - len(found[:MOST]), unread=len(differing))


def _rank(change: Change) -> int:
    kind = change.fact.kind
    return _FIRST.index(kind) if kind in _FIRST else len(_FIRST)


def _told(change: Change, comparison: Comparison) -> Iterator[FactChange]:
    if change.fact.kind in _NOT_TOLD or change.only_moves:
        return
    if change.fact.kind is Kind.RECORD:
        yield from _record(change, comparison)
        return
    fact = change.fact
    yield FactChange(
        kind=_noun(fact),
        name=_short(fact.key),
        direction=_direction(change, comparison),
        aspect=Aspect.REVERSE_DNS if fact.kind is Kind.PTR else Aspect.OTHER,
        before=_values(change.before, change.after),
        after=_values(change.after, change.before),
        address=_known(text(fact.value.get("address", ""))) if fact.kind is Kind.PTR else "",
    )


def _noun(fact: Fact) -> str:
    """What the fact is; a resource of the tables says so in its key."""
    return fact.kind.value


def _record(change: Change, comparison: Comparison) -> Iterator[FactChange]:
    """A record, one change for each thing that its values decide: SPF stands beside others in one record set."""
    fact = change.fact
    before, after = (_by_aspect(one) for one in (change.before, change.after))
    for aspect in (each for each in Aspect if each in before or each in after):
        was, now = before.get(aspect, ()), after.get(aspect, ())
        if was == now and len(before.keys() | after.keys()) > 1 and any(before.get(a) != after.get(a) for a in Aspect):
            continue
        direction = _direction(change, comparison)
        if direction is Direction.CHANGED:
            direction = Direction.ADDED if not was else Direction.CHANGED if now else Direction.REMOVED
        yield FactChange(
            kind=Kind.RECORD.value,
            name=fact.name,
            direction=direction,
            aspect=aspect,
            rtype=fact.rtype,
            before=_short("; ".join(was)),
            after=_short("; ".join(now)),
            address=_known(next(iter(now or was), "")) if fact.rtype in ("A", "AAAA") else "",
        )


def _by_aspect(fact: Fact | None) -> Mapping[Aspect, tuple[str, ...]]:
    """A record's values by what they decide."""
    found: dict[Aspect, tuple[str, ...]] = {}
    for value in (fact.values or (text(fact.value.get("alias", "")),)) if fact else ():
        aspect = _aspect(fact.name, fact.rtype, value) if fact else Aspect.OTHER
        found[aspect] = (*found.get(aspect, ()), value)
    return found


_LABELS: Mapping[str, Aspect] = {
    "_dmarc": Aspect.DMARC,
    "_mta-sts": Aspect.MTA_STS,
    "_smtp": Aspect.TLS_RPT,
}


def _aspect(name: str, rtype: str, value: str) -> Aspect:
    if "._domainkey." in f"{name}." or ".DkimDNSTokenName" in name:
        return Aspect.DKIM
    if rtype == "MX":
        return Aspect.MX
    if rtype == "TXT" and value.lower().startswith("v=spf1"):
        return Aspect.SPF
    return _LABELS.get(name.partition(".")[0], Aspect.OTHER)


def _direction(change: Change, comparison: Comparison) -> Direction:
    if change.before is None:
        return Direction.ADDED
    if change.after is not None:
        return Direction.CHANGED
    return Direction.LEFT if comparison.stays(change.before) else Direction.REMOVED


def _values(fact: Fact | None, other: Fact | None) -> str:
    """What of a fact differs from the other side; all of it where there is none."""
    if fact is None:
        return ""
    differing = (
        (name, part) for name, part in sorted(fact.value.items()) if other is None or other.value.get(name) != part
    )
    return _short(", ".join(f"{name} {text(part)}" for name, part in differing if part not in ("", [], {}, None)))


def _known(address: str) -> str:
    """The address; empty where only the deployment knows it."""
    return address if is_known(address) else ""


def _short(value: str) -> str:
    value = mask(value)
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"
