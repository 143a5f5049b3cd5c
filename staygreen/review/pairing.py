"""Which fact of the old side is which fact of the new one.

By what it means in the world first (a record by type and name, an identity by its
domain, a pool by its name), whatever the logical id; then, where a thing's own
name is what changed, by its place in the stack.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from staygreen.review.facts import Fact, Facts, Kind
from staygreen.review.template import Resource

_BY_PLACE = frozenset({Kind.PTR, Kind.EVENTS, Kind.PERMISSION, Kind.ADDRESS, Kind.ASSOCIATION})
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
    def moved(self) -> bool:
        """Whether the same thing gets another logical id or stack."""
        return (
            self.before is not None
            and self.after is not None
            and (self.before.resource.place != self.after.resource.place)
        )

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
        """Every fact that came, went, moved or changed, in a stable order."""
        found = [change for kind in Kind for change in _pairs(self.base.of(kind), self.head.of(kind))]
        return tuple(
            change
            for change in found
            if change.before is None
            or change.after is None
            or change.moved
            or change.before.value != change.after.value
        )

    def of(self, kind: Kind) -> tuple[Change, ...]:
        """The changes of one kind."""
        return tuple(change for change in self.changes if change.fact.kind is kind)

    def records(self, rtype: str) -> tuple[Change, ...]:
        """The changes of records of one type."""
        return tuple(change for change in self.of(Kind.RECORD) if change.fact.rtype == rtype)


def _pairs(base: tuple[Fact, ...], head: tuple[Fact, ...]) -> Iterator[Change]:
    before = {fact.key: fact for fact in base}
    after = {fact.key: fact for fact in head}
    gone = {fact.resource.place: fact for key, fact in before.items() if key not in after and fact.kind in _BY_PLACE}
    for key in sorted(after):
        fact = after[key]
        earlier = before.get(key)
        if earlier is None and fact.kind in _BY_PLACE:
            earlier = gone.pop(fact.resource.place, None)
        yield Change(before=earlier, after=fact)
    left = {fact.key for fact in gone.values()}
    for key in sorted(before):
        if key not in after and (before[key].kind not in _BY_PLACE or key in left):
            yield Change(before=before[key], after=None)
