"""A domain's day that fits an item: the cells that matter least are lumped until it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from staygreen.core.dmarc.cells import claims_to_be_ours, lump, table
from staygreen.core.dmarc.day import MOST_CELLS, Cell, DomainDay, ReportSummary
from staygreen.core.dmarc.roll_up import roll_up
from staygreen.core.reports.estate import Estate


def fitting_day(
    domain: str, day: date, reports: Iterable[ReportSummary], estate: Estate | None, fits: Callable[[DomainDay], bool]
) -> DomainDay:
    """All reports about a domain and day, with as many cells as fit.

    A day of evidence as long as reporters could make it is longer than any item; none was seen.
    """
    held, most = list(reports), MOST_CELLS
    made = roll_up(domain, day, held, estate)
    while not fits(made) and most > 1:
        most //= 4
        held = [thinned(each, most, estate) for each in held]
        made = roll_up(domain, day, held, estate)
    return made


def thinned(report: ReportSummary, most: int, estate: Estate | None) -> ReportSummary:
    """The report with so many cells at most; the messages of the others stay in its totals."""
    if len(report.cells) <= most:
        return report

    def order(cell: Cell) -> tuple[bool, int]:
        evidence = report.evidence[cell.evidence]
        return not claims_to_be_ours(cell.source, evidence, report.policy, estate), -cell.messages

    ranked = sorted(report.cells, key=order)
    rest = report.rest
    for cell in ranked[most:]:
        rest += lump(cell.messages, report.evidence[cell.evidence], report.policy)
    places = table(report.evidence[cell.evidence] for cell in ranked[:most])
    cells = (Cell(cell.source, places[report.evidence[cell.evidence]], cell.messages) for cell in ranked[:most])
    return replace(report, evidence=tuple(places), cells=tuple(cells), rest=rest)
