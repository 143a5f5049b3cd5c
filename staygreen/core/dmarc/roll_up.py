"""Makes a domain's day from the summaries of its reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from staygreen.core.dmarc.cells import claims_to_be_ours, lump, ordered, source_order, table
from staygreen.core.dmarc.day import MOST_DAY_CELLS, MOST_PARTS, DayCell, DomainDay, Part, ReportSummary, Rest
from staygreen.core.finding import IPAddress
from staygreen.core.reports.estate import Estate
from staygreen.core.reports.report import Evidence, Generation, PublishedPolicy, Quality


class _PartKey(NamedTuple):
    submitter: str
    org: str
    is_proven: bool
    generation: Generation
    policy: PublishedPolicy


class _CellKey(NamedTuple):
    part: _PartKey
    source: IPAddress | None
    evidence: Evidence


def roll_up(domain: str, day: date, reports: Iterable[ReportSummary], estate: Estate | None = None) -> DomainDay:
    """All reports about a domain and day as one value, the same in whatever order they come.

    The reports are taken to be of this domain and day, each identity once.
    """
    parts: dict[_PartKey, Part] = {}
    cells: dict[_CellKey, int] = {}
    for report in reports:
        key = _PartKey(report.submitter, report.org, report.is_proven, report.generation, report.policy)
        parts[key] = _including(parts.get(key), report)
        for source, messages, evidence in report.counted():
            cell = _CellKey(key, source, evidence)
            cells[cell] = cells.get(cell, 0) + messages
    ranked = sorted(parts, key=lambda key: (not key.is_proven, -parts[key].messages, str(key)))
    named = {key: place for place, key in enumerate(ranked[:MOST_PARTS])}
    kept, lumped = _divided(cells, named, estate)
    others = sum((parts[key].rest for key in ranked[MOST_PARTS:]), Rest())
    for (key, _, evidence), messages in lumped:
        rest = lump(messages, evidence, key.policy)
        if key in named:
            parts[key] = replace(parts[key], rest=parts[key].rest + rest)
        else:
            others += rest
    places = table(cell.evidence for cell, _ in kept)
    return DomainDay(
        domain=domain,
        day=day,
        parts=tuple(parts[key] for key in named),
        evidence=tuple(places),
        cells=tuple(DayCell(named[key], source, places[each], messages) for (key, source, each), messages in kept),
        others=others,
    )


_Counted = list[tuple[_CellKey, int]]


def _divided(
    cells: dict[_CellKey, int], named: dict[_PartKey, int], estate: Estate | None
) -> tuple[_Counted, _Counted]:
    """The cells that are kept, and those that are lumped."""
    places = ordered(cell.evidence for cell in cells)

    def weight(item: tuple[_CellKey, int]) -> tuple[bool, int, int, tuple[int, int], int]:
        (part, source, evidence), messages = item
        is_ours = is_full and claims_to_be_ours(source, evidence, part.policy, estate)
        return not is_ours, -messages, named[part], source_order(source), places[evidence]

    is_full = len(cells) > MOST_DAY_CELLS
    ranked = sorted((item for item in cells.items() if item[0].part in named), key=weight)
    nameless = [item for item in cells.items() if item[0].part not in named]
    return ranked[:MOST_DAY_CELLS], ranked[MOST_DAY_CELLS:] + nameless


def _including(part: Part | None, report: ReportSummary) -> Part:
    partial = report.quality is Quality.PARTIAL
    if part is None:
        return Part(
            org=report.org,
            submitter=report.submitter,
            is_proven=report.is_proven,
            generation=report.generation,
            policy=report.policy,
            begin=report.begin,
            end=report.end,
            reports=1,
            partial=int(partial),
            messages=report.messages,
            rest=report.rest,
        )
    return replace(
        part,
        begin=min(part.begin, report.begin),
        end=max(part.end, report.end),
        reports=part.reports + 1,
        partial=part.partial + partial,
        messages=part.messages + report.messages,
        rest=part.rest + report.rest,
    )
