"""Context: what a source says of the surroundings of subjects, or notes without consequence.

It changes no incident. A run keeps it in its heartbeat, which is one item however many subjects there are, and
the verdict shows it from there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

BEYOND_LIMIT = "beyond_limit"
"""Why the coverage lacks context: the run named more subjects than it keeps."""
LIMIT = 1000
"""Subjects that the asides of one run name together: some 50 kB of an item that holds 400 KB."""

KEPT = timedelta(days=7)

NEIGHBOURS = "neighbours"
"""The source of what lists say of each address around a subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """One such thing, said of some subjects."""

    source: str
    """A list's id, or `NEIGHBOURS`."""
    text: str
    """One or two sentences for a person, the same for each subject."""
    is_listing: bool
    """Whether what surrounds them is listed; else they are noted themselves, which is no listing."""
    observed_at: datetime
    subjects: frozenset[str]
    """Their keys, such as ``ip:192.0.2.10``."""


def updated(before: Iterable[Aside], new: Iterable[Aside], lacking: Collection[str], now: datetime) -> Iterator[Aside]:
    """What is known after a run.

    Args:
        before: What was known before it.
        new: What it read.
        lacking: Sources that did not say everything in it: what they said before stays for as long as `KEPT`.
        now: The time of the run.
    """
    named: dict[str, set[str]] = {}
    for aside in new:
        named.setdefault(aside.source, set()).update(aside.subjects)
        yield aside
    for aside in before:
        if aside.source in lacking and now - aside.observed_at < KEPT:
            yield replace(aside, subjects=aside.subjects - named.get(aside.source, set()))


def named(asides: Iterable[Aside]) -> int:
    """How many subjects are named in all; one that several name counts for each."""
    return sum(len(aside.subjects) for aside in asides)


def bounded(asides: Iterable[Aside]) -> Iterator[Aside]:
    """As many as name `LIMIT` subjects in all: what is said of few comes before what is said of everyone."""
    left = LIMIT
    for aside in sorted(asides, key=lambda each: len(each.subjects)):
        subjects = frozenset(sorted(aside.subjects)[:left])
        left -= len(subjects)
        if subjects:
            yield replace(aside, subjects=subjects)
