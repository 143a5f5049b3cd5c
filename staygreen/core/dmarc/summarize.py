"""Makes what is stored of a report from its rows, in bounded memory."""

from __future__ import annotations

from staygreen.core.dmarc.cells import claims_to_be_ours, lump, ordered, reduced, source_order, table
from staygreen.core.dmarc.day import MOST_CELLS, Cell, ReportSummary, Rest
from staygreen.core.finding import IPAddress
from staygreen.core.reports.estate import Estate
from staygreen.core.reports.report import AggregateReport, Evidence, PublishedPolicy, Quality, Rows

_MOST_HELD = 20_000
"""Cells that are held of a report while it is read: more are thinned out to a tenth."""


class Summarizer:
    """Makes the summary of a report from its rows, in bounded memory.

    Rows come first, then the report that they belong to, as the reader yields them. One summarizer may be used for many
    reports, one after the other.
    """

    def __init__(self, estate: Estate | None = None) -> None:
        """With an estate, records about other domains are left out, and what is ours is kept before what is not."""
        self._estate = estate
        self._start()

    def _start(self) -> None:
        self._messages: dict[tuple[IPAddress | None, Evidence], int] = {}
        self._policy = PublishedPolicy()
        self._rest = Rest()
        self._foreign = 0
        self._reduced: dict[Evidence, Evidence | None] = {}

    def add(self, batch: Rows) -> None:
        """Count some rows of the report that follows."""
        self._policy = batch.policy
        for source, messages, evidence in batch.rows:
            self._count(source, messages, evidence)

    def end(self, report: AggregateReport, *, is_proven: bool) -> ReportSummary | None:
        """The summary; None for a report that was refused, since it has no period or no rows."""
        if report.quality is Quality.REFUSED or report.begin is None or report.end is None:
            self._start()
            return None
        self._thin_out(MOST_CELLS)
        places = ordered(each for _, each in self._messages)
        counted = sorted(
            self._messages.items(), key=lambda item: (-item[1], source_order(item[0][0]), places[item[0][1]])
        )
        evidence = table(each for (_, each), _ in counted)
        cells = [Cell(source, evidence[each], messages) for (source, each), messages in counted]
        made = ReportSummary(
            identity=report.identity,
            org=report.org,
            submitter=report.submitter,
            is_proven=is_proven,
            generation=report.generation,
            quality=report.quality,
            policy=report.policy,
            begin=report.begin,
            end=report.end,
            rows=report.rows,
            messages=report.messages - self._foreign,
            evidence=tuple(evidence),
            cells=tuple(cells),
            rest=self._rest,
            foreign_messages=self._foreign,
        )
        self._start()
        return made

    def _count(self, source: IPAddress | None, messages: int, evidence: Evidence) -> None:
        if self._estate is not None and not self._estate.is_domain_of_ours(evidence.header_from):
            self._foreign += messages
            return
        kept = self._reduce(evidence)
        if kept is None:
            self._rest += lump(messages, evidence, self._policy)
            return
        self._messages[source, kept] = self._messages.get((source, kept), 0) + messages
        if len(self._messages) > _MOST_HELD:
            self._thin_out(_MOST_HELD // 10)

    def _reduce(self, evidence: Evidence) -> Evidence | None:
        """What is kept of evidence; None: it is too long."""
        if evidence not in self._reduced:
            if len(self._reduced) >= _MOST_HELD:
                self._reduced.clear()
            self._reduced[evidence] = reduced(evidence)
        return self._reduced[evidence]

    def _thin_out(self, most: int) -> None:
        """Lump all but the cells that matter most."""
        if len(self._messages) <= most:
            return
        places = ordered(each for _, each in self._messages)

        def weight(item: tuple[tuple[IPAddress | None, Evidence], int]) -> tuple[bool, int, tuple[int, int], int]:
            (source, evidence), messages = item
            is_ours = claims_to_be_ours(source, evidence, self._policy, self._estate)
            return not is_ours, -messages, source_order(source), places[evidence]

        by_weight = sorted(self._messages.items(), key=weight)
        self._messages = dict(by_weight[:most])
        for (_, evidence), messages in by_weight[most:]:
            self._rest += lump(messages, evidence, self._policy)
