"""Rows of a report as JSON Lines, waiting for their report, which comes behind them; on disk when they are many."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

from staygreen.core.finding import IPAddress
from staygreen.core.reports import documents
from staygreen.core.reports.report import AggregateReport, Evidence, PublishedPolicy, Rows

_IN_MEMORY = 4 << 20
_MOST_KNOWN = 5_000
Wanted = Callable[[Evidence], bool]
More = Callable[[PublishedPolicy, IPAddress | None, Evidence], str]
"""What else a line says: JSON members with a comma in front, or nothing."""


class RowSpool:
    """Takes rows, and gives them as lines once their report is known."""

    def __init__(
        self,
        organizations: tuple[str, ...] = (),
        wanted: Wanted = lambda _: True,
        more: More = lambda *_: "",
    ) -> None:
        """Rows that are not wanted are left out and counted; organizational domains that are known show alignment."""
        self._organizations, self._wanted, self._more = organizations, wanted, more
        self._known: dict[tuple[Evidence, PublishedPolicy], str] = {}
        self._waiting: Any = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, mode="w+", encoding="ascii")  # noqa: SIM115
        self.rows = self.left_out = 0

    def __enter__(self) -> RowSpool:
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting.close()

    def add(self, item: Rows) -> None:
        """Keep some rows of the report that follows."""
        write = self._waiting.write
        for source, messages, evidence in item.rows:
            said = self._said(evidence, item.policy)
            if not said:
                self.left_out += 1
                continue
            self.rows += 1
            address = f'"{source}"' if source is not None else "null"
            more = self._more(item.policy, source, evidence)
            write(f'"source_ip": {address}, "count": {messages}, {said}{more}}}\n')

    def lines(self, report: AggregateReport, **more: Any) -> Iterator[str]:
        """The rows with what each says of its report; `more` takes the place of what the report says."""
        context = json.dumps({**documents.row_context(report), **more})[:-1]
        self._waiting.seek(0)
        for line in self._waiting:
            yield f"{context}, {line}"

    def forget(self) -> None:
        """Be ready for the rows of the next report."""
        self._waiting.seek(0)
        self._waiting.truncate()
        self.rows = self.left_out = 0

    def _said(self, evidence: Evidence, policy: PublishedPolicy) -> str:
        """What rows of the same evidence share; empty: they are not wanted."""
        key = (evidence, policy)
        said = self._known.get(key)
        if said is None:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            document = documents.evidence(evidence, policy, self._organizations) if self._wanted(evidence) else {}
            said = self._known[key] = json.dumps(document)[1:-1]
        return said
