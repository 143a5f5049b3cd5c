"""Which fact of the old side is which fact of the new one.

By what it means in the world first (a record by type and name, an identity by its
domain, a pool by its name), whatever the logical id; then, where a thing's own
name is what changed or is not known, by its place in the stack. What cannot be
read on the new side has not gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from staygreen.core.mail_facts.facts import Fact, Facts, Kind
from staygreen.core.mail_facts.resolve import is_open
from staygreen.core.mail_facts.template import Resource

_BY_PLACE = frozenset(
    {
        Kind.PTR,
        Kind.EVENTS,
        Kind.PERMISSION,
        Kind.ADDRESS,
        Kind.ASSOCIATION,
        Kind.RESOURCE,
        Kind.HOST,
        Kind.NAT,
        Kind.ACCESS_KEY,
        Kind.PORTS,
        Kind.CALL,
        Kind.CUSTOM,
    }
)
"""What stays itself under a new name; a record or an identity with another name is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One fact before and after; one of them may be missing."""

    before: Fact | None
    after: Fact | None

    @property
    def fact(self) -> Fact:
        """The newer side that exists."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - a change has a side
        return found

    @property
    def is_mail(self) -> bool:
        """Whether the thing is connected to mail, before or after."""
        return any(side is not None and side.why for side in (self.before, self.after))

    @property
    def why(self) -> str:
        """What connects it to mail, now or else before."""
        return next((side.why for side in (self.after, self.before) if side is not None and side.why), "")

    @property
    def moved(self) -> bool:
        """Whether the same thing gets another logical id or stack."""
        return (
            self.before is not None
            and self.after is not None
            and (self.before.resource.place != self.after.resource.place)
        )

    @property
    def only_moves(self) -> bool:
        """Whether nothing but its logical id or stack is another."""
        if self.before is None or self.after is None:
            return False
        if self.before.kind is not Kind.KEEPING and self.before.condition != self.after.condition:
            return False
        return self.before.value == self.after.value and not self.renamed_unsurely

    @property
    def renamed_unsurely(self) -> bool:
        """Whether its name is another, and one of the two is known only at deployment."""
        if self.before is None or self.after is None or self.before.kind is Kind.KEEPING:
            return False
        return self.before.key != self.after.key and (is_open(self.before.key) or is_open(self.after.key))

    @property
    def changes_zone(self) -> bool | None:
        """Whether a record is in another hosted zone; None where the two names of zones cannot be compared."""
        old, new = str(self.was("zone")), str(self.now("zone"))
        if old == new or self.before is None or self.after is None:
            return False
        return True if _form(old) == _form(new) != "open" else None

    def differs(self, name: str) -> bool:
        """Whether one part of the value is different."""
        return bool(self.was(name) != self.now(name))

    def was(self, name: str) -> Any:
        """A part of the old value."""
        return self.before.value.get(name) if self.before else None

    def now(self, name: str) -> Any:
        """A part of the new value."""
        return self.after.value.get(name) if self.after else None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Both sides and what changed between them."""

    base: Facts
    head: Facts

    @cached_property
    def _later(self) -> dict[tuple[str, str], Resource]:
        return {fact.resource.place: fact.resource for fact in self.head.all}

    @cached_property
    def _standing(self) -> dict[tuple[Kind, tuple[str, str]], Fact]:
        return {(fact.kind, fact.resource.place): fact for fact in self.head.all}

    def stays(self, before: Fact) -> bool:
        """Whether something that leaves the templates stays in the account.

        What loses its logical id is kept by DeletionPolicy. What is replaced under its logical id, because its name
        changed, is deleted after the new one is there, unless UpdateReplacePolicy keeps it; here both sides have to
        say so, since AWS does not document whose word counts. A record that leaves a group is always deleted.
        """
        later = self._later.get(before.resource.place)
        if later is None:
            return before.resource.survives_removal
        if later.type == "AWS::Route53::RecordSetGroup":
            return False
        return before.resource.survives_replacement and later.survives_replacement

    def successor(self, before: Fact) -> Fact | None:
        """What stands under the logical id of something that is gone: its replacement."""
        return self._standing.get((before.kind, before.resource.place))

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Everything of mail that came, went, moved or changed, in a stable order."""
        found = [change for kind in Kind for change in _pairs(self.base.of(kind), self.head.of(kind))]
        return tuple(
            change
            for change in found
            if change.is_mail
            and not (change.before is not None and change.after is None and self.is_unread(change.before))
            and (change.before is None or change.after is None or change.moved or not change.only_moves)
            and not self._goes_with_a_twin(change)
        )

    def _goes_with_a_twin(self, change: Change) -> bool:
        """Whether a record goes with its hosted zone, and another zone of that name has the same record."""
        before = change.before
        if before is None or change.after is not None or before.kind is not Kind.RECORD:
            return False
        zones = {fact.resource.logical_id: fact.key for fact in self.base.of(Kind.ZONE)}
        left = {fact.resource.logical_id: fact.key for fact in self.head.of(Kind.ZONE)}
        own = str(before.value["zone"]).strip("⟨⟩").partition(".")[0]
        if own not in zones or own in left or zones[own] not in left.values():
            return False
        return any(
            one.value["values"] == before.value["values"] for one in self.head.records(before.rtype, before.name)
        )

    def is_unread(self, before: Fact) -> bool:
        """Whether the new side may still have something, in a part that cannot be read."""
        resource = before.resource
        if self._unread_parts & {(resource.stack, ""), resource.place, (resource.stack, resource.loop or "-")}:
            return True
        # A nested stack is named by its parent and its logical id there.
        parents = resource.stack.split("/")
        return any(("/".join(parents[:at]), parents[at]) in self._unread_parts for at in range(1, len(parents)))

    @cached_property
    def _unread_parts(self) -> frozenset[tuple[str, str]]:
        return frozenset((part.stack, part.part) for part in self.head.unread)

    def of(self, kind: Kind) -> tuple[Change, ...]:
        """The changes of one kind."""
        return self._by_kind.get(kind, ())

    @cached_property
    def _by_kind(self) -> dict[Kind, tuple[Change, ...]]:
        found: dict[Kind, list[Change]] = {}
        for change in self.changes:
            found.setdefault(change.fact.kind, []).append(change)
        return {kind: tuple(changes) for kind, changes in found.items()}

    def records(self, rtype: str) -> tuple[Change, ...]:
        """The changes of records of one type."""
        return tuple(change for change in self.of(Kind.RECORD) if change.fact.rtype == rtype)


def _form(zone: str) -> str:
    """How a hosted zone is named: by its id, its domain, or as a resource of the templates."""
    if is_open(zone):
        return "open"
    if zone.startswith("⟨"):
        return "resource"
    return "domain" if "." in zone else "id"


def _pairs(base: tuple[Fact, ...], head: tuple[Fact, ...]) -> Iterator[Change]:
    """What is the same on both sides: what has the same key, in its own place first; then what was renamed."""
    before, after = _by_key(base), _by_key(head)
    gone: list[Fact] = []
    new: list[Fact] = []
    for key in sorted({*before, *after}):
        old, later = before.get(key, []), after.get(key, [])
        for fact in sorted(later, key=lambda fact: not any(_is_in_place(one, fact) for one in old)):
            best = min(old, key=lambda one: (not _is_in_place(one, fact), one.value != fact.value), default=None)
            if best is None:
                new.append(fact)
            else:
                old = [one for one in old if one is not best]
                yield Change(before=best, after=fact)
        gone += old
    renamed = list(_renamed(gone, new))
    yield from (Change(before=one, after=other) for one, other in renamed)
    for fact in new:
        if not any(fact is other for _, other in renamed):
            yield Change(before=None, after=fact)
    for fact in gone:
        if not any(fact is one for one, _ in renamed):
            yield Change(before=fact, after=None)


def _is_in_place(before: Fact, after: Fact) -> bool:
    return before.resource.place == after.resource.place


def _by_key(facts: tuple[Fact, ...]) -> dict[str, list[Fact]]:
    """The facts by key; two zones may have one name, two resources may declare one record."""
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        found.setdefault(fact.key, []).append(fact)
    return found


def _renamed(gone: list[Fact], new: list[Fact]) -> Iterator[tuple[Fact, Fact]]:
    """What stood in the place of what is new: of kinds that outlive a name, or where a name is open.

    A record whose name is another only because a second zone of the same name came or went is the same record.
    """
    left: dict[tuple[tuple[str, str], str], list[Fact]] = {}
    for fact in gone:
        left.setdefault((fact.resource.place, fact.rtype), []).append(fact)
    for fact in new:
        there = left.get((fact.resource.place, fact.rtype), [])
        found = next((one for one in there if _is_same_record(one, fact)), None) or next(
            (one for one in there if fact.kind in _BY_PLACE or is_open(one.key) or is_open(fact.key)), None
        )
        if found is not None:
            there.remove(found)
            yield found, fact


def _is_same_record(before: Fact, after: Fact) -> bool:
    """Whether only one of two keys says the zone or the condition."""
    keys = sorted((before.key, after.key), key=len)
    return after.kind is Kind.RECORD and before.name == after.name and keys[1].startswith(f"{keys[0]} i")
