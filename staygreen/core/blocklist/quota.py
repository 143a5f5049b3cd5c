"""Lists that allow fewer questions a day than we have: a part of the subjects in each run, all of them in turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil

from staygreen.core.blocklist import dnsbl
from staygreen.core.blocklist.catalogue import Entry, Target
from staygreen.core.blocklist.subjects import Subjects

SPARE = 0.1
"""The share of a quota that is kept for repetitions and for the words of listings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is asked of one list in one run."""

    entry: Entry
    subjects: Subjects
    of: int
    """How many subjects of its kinds there are."""

    @property
    def runs(self) -> int:
        """After how many runs everyone was asked about; 0: never."""
        return ceil(self.of / len(self.subjects)) if len(self.subjects) else 0

    @property
    def text(self) -> str:
        """Why not everyone is asked about, in words."""
        allowed = f"{self.entry.name} allows {self.entry.quota_per_day:,} questions a day"
        if not self.runs:
            return f"{allowed}, too few for its controls: none of {self.of:,} subjects is looked up"
        share = f"{len(self.subjects):,} of {self.of:,} subjects"
        return f"{allowed}: each run looks up {share}, all of them in {self.runs} runs"


def per_run(entry: Entry, runs_per_day: int) -> int | None:
    """How many questions one run may put to a list; None where there is no quota."""
    return None if entry.quota_per_day is None else entry.quota_per_day // max(1, runs_per_day)


def needed(entry: Entry, names: Iterable[str]) -> int:
    """How many questions it takes to ask a list about subjects of its kinds, its controls aside."""
    return sum(len(dnsbl.names_asked(entry, dnsbl.target_of(name), name)) for name in names)


def controls(entry: Entry) -> int:
    """How many questions show whether a list can be believed."""
    return sum(len(dnsbl.probes(entry, target, "0" * 32, "x")) for target in entry.targets)


def parts(
    entries: Iterable[Entry], subjects: Subjects, *, runs_per_day: int, turn: int, shards: int = 1
) -> Mapping[str, Part]:
    """The lists whose quota is too small for everyone, and whose turn it is.

    Args:
        entries: The lists that are asked.
        subjects: Everyone.
        runs_per_day: Among how many runs a day's questions are divided.
        turn: The number of the run; the next number continues where this one ends.
        shards: How many functions ask, each putting the controls for itself.
    """
    found = {}
    for entry in entries:
        allowed = per_run(entry, runs_per_day)
        if allowed is None:
            continue
        names = [name for target in Target if target in entry.targets for name in subjects.of(target)]
        wanted = needed(entry, names)
        room = int(allowed * (1 - SPARE)) - controls(entry) * shards
        if not names or wanted <= room:
            continue
        count = max(0, room * len(names) // wanted)
        start = turn * count % len(names)
        chosen = [*names[start : start + count], *names[: max(0, start + count - len(names))]]
        found[entry.id] = Part(entry=entry, subjects=Subjects(chosen), of=len(names))
    return found
