"""Delisting cases in the incident table, and what the replies since make of them.

======== ============ ==================================
``pk``   ``sk``       item
======== ============ ==================================
``case`` ``ip#<ip>``  ``doc``: the case as JSON
======== ============ ==================================

A person and the check `cases` may both take a case a step on: a write states what it replaces.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from lambdas.adapters.table import IncidentTable
from lambdas.core import case as rules
from lambdas.core import case_document
from lambdas.core.case import Case
from lambdas.core.errors import SourceUnavailable
from lambdas.core.incident import Status

_PK = "case"
REFUSALS = "refusals"
_AWAKE = timedelta(days=1)
"""A check of replies that has not run this long has seen nothing: its silence verifies nothing."""


class CaseTable:
    """The cases of one deployed sender."""

    def __init__(self, table: IncidentTable) -> None:
        self._table = table

    def load(self, ip: str) -> Case | None:
        """The case about an address, or None."""
        item = self._table.item(_PK, f"ip#{ip}")
        return case_document.load(json.loads(item["doc"]["S"])) if item else None

    def all(self) -> Iterator[Case]:
        """Every case, the closed ones too."""
        for item in self._table.items(_PK):
            yield case_document.load(json.loads(item["doc"]["S"]))

    def save(self, case: Case, before: Case | None) -> str:
        """Write a case; gives where it is kept.

        Raises:
            SourceUnavailable: Somebody else changed it meanwhile.
        """
        if not self._table.replace_document(_PK, f"ip#{case.ip}", _text(case), _text(before) if before else None):
            raise SourceUnavailable(f"the case about {case.ip} was changed meanwhile; look at it and try again")
        return f"case {case.ip}"

    def watched(self, now: datetime) -> tuple[Case, ...]:
        """Every case after a look at the replies: those that stopped verify it, those that came back reopen it."""
        found = tuple(self.all())
        if not found:
            return ()
        incidents, last = self._table.load(REFUSALS)
        if last is None or now - last.at > _AWAKE:
            return found
        refused: dict[str, datetime] = {}
        for each in incidents.values():
            if each.finding.cause.startswith("blocked"):
                # open is not yet over, however long ago the last reply came
                at = last.at if each.status is Status.OPEN else each.last_seen
                refused[each.subject.id] = max(at, refused.get(each.subject.id, at))
        return tuple(self._step(each, refused.get(each.ip), now) for each in found)

    def _step(self, case: Case, last_refusal: datetime | None, now: datetime) -> Case:
        after = rules.watched(case, last_refusal, now)
        if after != case:
            self.save(after, case)
        return after


def _text(case: Case) -> str:
    return json.dumps(case_document.dump(case), ensure_ascii=False, sort_keys=True)
