"""A sweep in parts: who is looked up by which shard, under which limits, and what each shard read.

However many shards there are, they ask together what one would: rates are divided among those that run at
once, quotas among all. A shard may run twice; what it reads the second time takes the place of the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from math import ceil
from typing import Any

from staygreen.core.blocklist import dnsbl, quota
from staygreen.core.blocklist.catalogue import Entry, Target
from staygreen.core.blocklist.dnsbl import Answer, Health
from staygreen.core.blocklist.neighbours import Around
from staygreen.core.blocklist.quota import Part
from staygreen.core.blocklist.sweep import Result, Side
from staygreen.core.dns.route import Limits
from staygreen.core.finding import Subject

AT_ONCE = 5
"""Shards that run at once. A new account may have no more than ten invocations for all its functions
(docs/assumptions.md)."""


@dataclass(frozen=True, slots=True)
class Known:
    """A subject and whether it is known to be an address that mail servers of ours send from."""

    subject: Subject
    is_sending_host: bool = False


@dataclass(frozen=True, kw_only=True)
class Shard:
    """The subjects that one function looks up."""

    number: int
    subjects: tuple[Known, ...]
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Lists that are asked about these subjects of the shard and no others, by id."""
    limits: Mapping[str, Limits] = field(default_factory=dict)
    """This shard's share of what each list allows, by id."""

    @cached_property
    def known(self) -> Mapping[str, Known]:
        """The subjects by their canonical text."""
        return {each.subject.id: each for each in self.subjects}

    def asked(self, entry: Entry) -> Sequence[str]:
        """The subjects that a list is asked about."""
        if entry.id in self.only:
            return self.only[entry.id]
        return [name for target in Target if target in entry.targets for name in self._by_target.get(target, ())]

    @cached_property
    def _by_target(self) -> Mapping[Target, Sequence[str]]:
        found: dict[Target, list[str]] = {}
        for name in self.known:
            found.setdefault(dnsbl.target_of(name), []).append(name)
        return found

    def repeated(self) -> Shard:
        """The shard when it runs again: what it may have asked of a daily quota is not asked twice."""
        spent = {
            list_id: replace(limits, questions=0) if limits.questions is not None else limits
            for list_id, limits in self.limits.items()
        }
        return replace(self, limits=spent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one run looks up, decided once."""

    at: datetime
    settings: Mapping[str, Any]
    families: tuple[str, ...]
    """Families of keys that were there; never the keys."""
    shortages: Mapping[str, str]
    """Lists whose quota is too small for everyone, each with the words for it, by id."""
    count: int
    """How many shards there are."""
    shards: tuple[Shard, ...] = ()
    """They themselves, for whoever has them at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Subjects about which a list said the same."""

    answer: Answer
    subjects: tuple[str, ...]
    name: str = ""
    """The name that was asked, where it is not the subject."""
    text: str = ""

    def result(self, entry: Entry, subject: str) -> Result:
        """What the list says about one of them."""
        return Result(subject=subject, entry=entry, answer=self.answer, name=self.name or subject, text=self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one shard read."""

    groups: Mapping[str, tuple[Group, ...]]
    """By list."""
    health: Mapping[Side, Health]
    has_dns: bool
    around: tuple[Around, ...] = ()


def gathered(results: Iterable[Result], shard: Shard) -> dict[str, tuple[Group, ...]]:
    """Results of a sweep by list, those that say the same together, in the shard's order however they came."""
    alike: dict[str, dict[tuple[Answer, str, str], list[str]]] = {}
    for result in results:
        name = "" if result.name == result.subject else result.name
        of_list = alike.setdefault(result.entry.id, {})
        of_list.setdefault((result.answer, name, result.text), []).append(result.subject)
    place = {name: number for number, name in enumerate(shard.known)}
    found = {}
    for list_id, of_list in alike.items():
        groups = [
            Group(answer=answer, name=name, text=text, subjects=tuple(sorted(subjects, key=place.__getitem__)))
            for (answer, name, text), subjects in of_list.items()
        ]
        found[list_id] = tuple(sorted(groups, key=lambda group: place[group.subjects[0]]))
    return found


def shards_needed(subjects: int, size: int | None) -> int:
    """How many shards of at most `size` subjects; None: one, whatever comes."""
    return 1 if size is None else max(1, ceil(subjects / size))


def divided(
    subjects: Sequence[Known],
    entries: Iterable[Entry],
    *,
    count: int,
    limits: Mapping[str, Limits],
    parts: Mapping[str, Part],
) -> tuple[Shard, ...]:
    """Subjects in shards, with each shard's share of what the lists allow.

    Args:
        subjects: Everyone, in order; shards are runs of it.
        entries: The lists.
        count: How many shards.
        limits: What each list allows in this run, by id.
        parts: Lists that are asked about some alone.
    """
    size = ceil(len(subjects) / count)
    slices = [subjects[start : start + size] for start in range(0, len(subjects), size)] if subjects else [()]
    shards = [
        Shard(number=number, subjects=tuple(each), only=_within(parts, each)) for number, each in enumerate(slices)
    ]
    shares = {entry.id: _shares(entry, limits[entry.id], shards) for entry in entries}
    return tuple(
        replace(shard, limits={list_id: share[shard.number] for list_id, share in shares.items()}) for shard in shards
    )


def _within(parts: Mapping[str, Part], subjects: Iterable[Known]) -> dict[str, tuple[str, ...]]:
    own = [each.subject.id for each in subjects]
    found = {}
    for list_id, part in parts.items():
        chosen = frozenset(part.subjects)
        found[list_id] = tuple(name for name in own if name in chosen)
    return found


def _shares(entry: Entry, limits: Limits, shards: Sequence[Shard]) -> list[Limits]:
    """What a list allows, divided: rates among the shards that run at once, questions by need among all."""
    at_once = min(len(shards), AT_ONCE)
    at_a_time = Limits(
        in_flight=max(1, limits.in_flight // at_once),
        per_second=limits.per_second / at_once if limits.per_second else limits.per_second,
    )
    if limits.questions is None:
        return [at_a_time] * len(shards)
    needs = list(_needs(entry, shards))
    total = max(1, sum(needs))
    return [replace(at_a_time, questions=limits.questions * need // total) for need in needs]


def _needs(entry: Entry, shards: Iterable[Shard]) -> Iterator[int]:
    for shard in shards:
        names = shard.asked(entry)
        yield quota.needed(entry, names) + quota.controls(entry) if names else 0
