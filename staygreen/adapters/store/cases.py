"""Delisting cases in the incident table, and what has been seen since makes of them.

======== ============ ==================================
``pk``   ``sk``       item
======== ============ ==================================
``case`` ``ip#<ip>``  ``doc``: the case as JSON
======== ============ ==================================

A person and the check `cases` may both take a case a step on: a write states what it replaces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from staygreen.adapters.store.incidents import IncidentTable
from staygreen.core.delisting import case as rules
from staygreen.core.delisting import storage
from staygreen.core.delisting.case import Case
from staygreen.core.errors import SourceUnavailable
from staygreen.core.incidents.incident import Status

_PK = "case"
REFUSALS, LISTINGS = "refusals", "blocklist"
_AWAKE = timedelta(days=1)
"""A check that has not run this long has seen nothing: its silence verifies nothing."""

_Sightings = Mapping[tuple[str, str], datetime]


class CaseTable:
    """The cases of one deployed sender."""

    def __init__(self, table: IncidentTable) -> None:
        self._table = table

    def load(self, ip: str) -> Case | None:
        """The case about an address, or None."""
        item = self._table.item(_PK, f"ip#{ip}")
        return storage.read(item["doc"]["S"]) if item else None

    def all(self) -> Iterator[Case]:
        """Every case, the closed ones too."""
        for item in self._table.items(_PK):
            yield storage.read(item["doc"]["S"])

    def save(self, case: Case, before: Case | None) -> str:
        """Write a case; gives where it is kept.

        Raises:
            SourceUnavailable: Somebody else changed it meanwhile.
        """
        former = storage.text(before) if before else None
        if not self._table.replace_document(_PK, f"ip#{case.ip}", storage.text(case), former):
            raise SourceUnavailable(f"the case about {case.ip} was changed meanwhile; look at it and try again")
        return f"case {case.ip}"

    def watched(self, now: datetime) -> tuple[Case, ...]:
        """Every case after a look at its trouble: what stopped verifies it, what came back reopens it."""
        found = tuple(self.all())
        sightings = {check: self._sightings(check, now) for check in {_check(each) for each in found}}
        return tuple(self._watched(each, sightings[_check(each)], now) for each in found)

    def _sightings(self, check: str, now: datetime) -> _Sightings | None:
        """When each address was last seen in trouble, by address and cause; None: the check sleeps."""
        incidents, last = self._table.load(check)
        if last is None or now - last.at > _AWAKE:
            return None
        # open is not yet over, however long ago the last reply came
        return {
            (each.subject.id, each.finding.cause): last.at if each.status is Status.OPEN else each.last_seen
            for each in incidents.values()
        }

    def _watched(self, case: Case, sightings: _Sightings | None, now: datetime) -> Case:
        if sightings is None:
            return case
        lists = {each.list for each in case.facts.listings}
        seen = [
            at
            for (ip, cause), at in sightings.items()
            if ip == case.ip and (cause in lists if case.is_listing else cause.startswith("blocked"))
        ]
        after = rules.watched(case, max(seen, default=None), now)
        if after != case:
            self.save(after, case)
        return after


def _check(case: Case) -> str:
    """The check that sees the trouble of a case."""
    return LISTINGS if case.is_listing else REFUSALS
