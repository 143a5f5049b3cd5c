"""Stored days as the summary that reports from files make, so that both are shown alike.

Each day is judged by what was ours on it, as far as that was written down.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from staygreen.core.dmarc.day import DomainDay, Part
from staygreen.core.dmarc.store import StoredReports
from staygreen.core.reports.estate import Estate
from staygreen.core.reports.report import AggregateReport, Quality, Row, Rows
from staygreen.core.reports.services import Services
from staygreen.core.reports.summary import Summary


def summarised(stored: StoredReports, present: Estate, services: Services, *, proven: bool = True) -> Summary:
    """Count stored days.

    Args:
        stored: The days, and what was ours on them.
        present: What is ours by the configuration that is deployed.
        services: Names of services.
        proven: Whether reports count that are proven genuine, or the others.
    """
    made = Summary(present, services)
    for each in stored.days:
        made.judge_by(stored.estate_of(each.day, present))
        _count(made, each, proven=proven)
    return made


def unproven(days: Iterable[DomainDay]) -> tuple[int, int]:
    """How many reports nobody proved, and how many messages they count."""
    parts = [part for day in days for part in day.parts if not part.is_proven]
    return sum(part.reports for part in parts), sum(part.messages for part in parts)


def _count(made: Summary, day: DomainDay, *, proven: bool) -> None:
    rows: dict[int, list[Row]] = {}
    for cell in day.cells:
        rows.setdefault(cell.part, []).append(Row(cell.source, cell.messages, day.evidence[cell.evidence]))
    for place, part in enumerate(day.parts):
        if part.is_proven is proven:
            made.add(Rows(part.policy, rows.get(place, [])))
            made.add_stored(
                _carrier(part, day.day),
                reports=part.reports,
                partial=part.partial,
                lumped=part.rest.messages,
                lumped_aligned=part.rest.aligned,
            )


def _carrier(part: Part, day: date) -> AggregateReport:
    """What stands for a reporter's reports of a day: what tells them apart is no longer known."""
    noon = datetime.combine(day, time(12), UTC)
    return AggregateReport(
        quality=Quality.WHOLE,
        org=part.org,
        begin=noon,
        end=noon,
        generation=part.generation,
        policy=part.policy,
        messages=part.messages,
        submitter=part.submitter,
    )
