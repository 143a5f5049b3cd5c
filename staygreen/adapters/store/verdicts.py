"""Verdicts in the incident table: what every check holds against a subject, in one item, judged when it is read.

===================  ====================  ==========================================================
``pk``               ``sk``                item
===================  ====================  ==========================================================
``verdict#<0-f>``    ``subject#<key>``     ``holds_<check>``: the check's open evidence as JSON; ``label``
===================  ====================  ==========================================================

Each run writes its own check's attribute for the subjects that it changed, after its incidents; what their verdict
will be it reads before, for its alerts. Ages, the sightings of quiet runs and context
(listings of a range) come from the heartbeats. Any part of the system reads a verdict with `Verdicts.of`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from typing import Any

from staygreen.adapters.store.incidents import SHARDS, IncidentTable
from staygreen.core.finding import Subject
from staygreen.core.incidents.run import Heartbeat
from staygreen.core.verdict import storage, verdict
from staygreen.core.verdict.evidence import WITNESSES, Held, freshened, of_asides, of_heartbeat
from staygreen.core.verdict.verdict import Exhibit, Verdict

LastRun = Callable[[str], Heartbeat | None]
_HOLDS = "holds_"
WORKERS = 8
TOGETHER = 50
"""Subjects that one transaction writes: 4 MB at most, with what one check may hold against one subject
(`staygreen.core.verdict.storage.LARGEST`)."""
MOST_FORESEEN = 500
"""Verdicts that one run reads before it writes, for its alerts; further alerts go out without that line."""


class Verdicts:
    """Reads and writes the verdicts of one incident table."""

    def __init__(self, table: IncidentTable) -> None:
        self._table = table

    def foreseen(self, held: Mapping[Subject, tuple[Held, ...]], of: Heartbeat) -> tuple[Verdict, ...]:
        """The verdicts that follow when `keep` has written the same; of the first `MOST_FORESEEN` subjects alone."""
        subjects = list(held)[:MOST_FORESEEN]
        if not subjects:
            return ()
        last = cache(lambda other: of if other == of.check else self._table.heartbeat(other))
        with ThreadPoolExecutor(WORKERS) as workers:
            items = workers.map(lambda subject: self._table.item(*_place(subject)), subjects)
            return tuple(
                _judged(subject, {**(item or {}), **_attributes(subject, of.check, held[subject])}, last, (), of.at)
                for subject, item in zip(subjects, items, strict=True)
            )

    def keep(self, held: Mapping[Subject, tuple[Held, ...]], of: Heartbeat) -> None:
        """Write what a run's check holds against each subject, several at a time."""
        items = [(*_place(subject), _attributes(subject, of.check, group)) for subject, group in held.items()]
        with ThreadPoolExecutor(WORKERS) as workers:
            batches = (items[n : n + TOGETHER] for n in range(0, len(items), TOGETHER))
            for written in [workers.submit(self._table.merge_all, batch, of.at) for batch in batches]:
                written.result()

    def of(self, subject: Subject, now: datetime, more: Iterable[Exhibit] = (), *, is_watched: bool = True) -> Verdict:
        """The verdict about a subject.

        Args:
            subject: An address or a domain of the sender.
            now: The present.
            more: Evidence that no check holds, such as SNDS rows.
            is_watched: Whether the checks ask about it: only then does their silence speak for it.
        """
        item = self._table.item(*_place(subject))
        if item is None and not is_watched:
            return verdict.judge(subject, more, now)
        return _judged(subject, item or {}, self._heartbeats(), more, now)

    def all(self, now: datetime) -> Iterator[Verdict]:
        """The verdict about every subject that anything was ever held against, or that a check keeps context of."""
        last = self._heartbeats()
        told = set()
        for shard in SHARDS:
            for item in self._table.items(f"verdict#{shard}"):
                subject = Subject.from_key(item["sk"]["S"].removeprefix("subject#"), item["label"]["S"])
                told.add(subject.key)
                yield _judged(subject, item, last, (), now)
        beats = (beat for check in WITNESSES if (beat := last(check)) is not None)
        around = {key for beat in beats for aside in beat.asides if aside.is_listing for key in aside.subjects}
        for key in sorted(around - told):
            yield _judged(Subject.from_key(key, ""), {}, last, (), now)

    def _heartbeats(self) -> LastRun:
        """The last run of each check, each read once."""
        return cache(self._table.heartbeat)


def _attributes(subject: Subject, check: str, held: tuple[Held, ...]) -> dict[str, Any]:
    return {f"{_HOLDS}{check}": {"S": storage.write(held)}, "label": {"S": subject.label}}


def _judged(
    subject: Subject, item: Mapping[str, Any], last: LastRun, more: Iterable[Exhibit], now: datetime
) -> Verdict:
    exhibits = list(more)
    writers = [name.removeprefix(_HOLDS) for name in item if name.startswith(_HOLDS)]
    for check in dict.fromkeys((*WITNESSES, *writers)):
        held = storage.read(item.get(f"{_HOLDS}{check}", {}).get("S", "[]"))
        beat = last(check)
        if held:
            exhibits.extend(freshened(held, beat))
        elif beat is not None:
            exhibits.extend(of_heartbeat(check, beat, subject))
        exhibits.extend(of_asides(check, beat, subject))
    return verdict.judge(subject, exhibits, now)


def _place(subject: Subject) -> tuple[str, str]:
    return _partition(subject), f"subject#{subject.key}"


def _partition(subject: Subject) -> str:
    return f"verdict#{hashlib.sha256(subject.key.encode()).hexdigest()[0]}"
