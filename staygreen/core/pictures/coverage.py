"""Coverage: which check ran on which day, and whether its sources answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from staygreen.core.pictures.facts import Facts, Runs
from staygreen.core.pictures.figure import figure
from staygreen.core.pictures.incident_timeline import moment
from staygreen.core.pictures.markup import NOTHING, Markup
from staygreen.core.pictures.period import stretches
from staygreen.core.pictures.shapes.grid import Cell, Row, grid, key
from staygreen.core.pictures.shapes.level import Level
from staygreen.core.pictures.shapes.table import table
from staygreen.core.wording import plural

_FULL = Cell(Level.GOOD, "every source that was asked answered in full")
_PART = Cell(Level.MIDDLE, "a source did not answer in full in one run or more")
_NONE = Cell(Level.NO_DATA, "no run is on record")
_READ, _NO_ROWS = Cell(Level.GOOD, "read"), Cell(Level.QUIET, "read, and it had no row")
_NOT_READ = Cell(Level.NO_DATA, "not read")
_KEY = (
    (Level.GOOD, "ran, and every source answered in full"),
    (Level.MIDDLE, "ran, and a source did not"),
    (Level.QUIET, "read, and it had no row"),
    (Level.NO_DATA, "no run on record"),
)


def coverage(facts: Facts) -> Markup:
    """A row for each check and for each way to SNDS; silence that lasted is an incident of its own."""
    if not facts.runs and not facts.reads:
        return NOTHING
    rows = [*_checks(facts), *_snds(facts)]
    silent = [each for each in facts.incidents if each.is_coverage and each.within(facts.period)]
    told = (
        (each.incident.subject.id, each.incident.finding.check, moment(episode.begun), _until(episode.ended))
        for each in silent
        for episode in each.within(facts.period)
    )
    missing = ((row.name, ", ".join(map(str, stretches(days)))) for row, days in _missing(rows, facts) if days)
    return figure(
        "coverage",
        "Who answered when",
        "What nobody asked, and what nobody answered, is neither good nor bad.",
        key(_KEY),
        grid(rows, facts.period),
        tables=(
            table("Sources that were silent for long", ("source", "check", "from (UTC)", "to"), told),
            table("Days without a run or a reading", ("check or source", "days"), missing),
        ),
    )


def _checks(facts: Facts) -> Iterator[Row]:
    for check, found in sorted((facts.runs or {}).items()):
        cells = tuple(_ran(found, day) for day in facts.period)
        yield Row(check.replace("_", " "), f"ran on {plural(len(found.ran), 'day')}", (cells,), _summary(cells))


def _ran(found: Runs, day: date) -> Cell:
    if day not in found.ran:
        return _NONE
    return _PART if found.silent.get(day) else _FULL


def _snds(facts: Facts) -> Iterator[Row]:
    for source, marks in sorted(facts.reads.items()):
        cells = tuple(_NOT_READ if day not in marks else _READ if marks[day].rows else _NO_ROWS for day in facts.period)
        yield Row(f"SNDS by {source.replace('_', ' ')}", "report dates", (cells,), _summary(cells))


def _missing(rows: list[Row], facts: Facts) -> Iterator[tuple[Row, list[date]]]:
    for row in rows:
        (cells,) = row.lanes
        yield row, [day for day, cell in zip(facts.period, cells, strict=True) if cell.level is Level.NO_DATA]


def _summary(cells: tuple[Cell, ...]) -> str:
    counted: dict[str, int] = {}
    for cell in cells:
        counted[cell.text] = counted.get(cell.text, 0) + 1
    return "; ".join(f"{plural(number, 'day')}: {text}" for text, number in counted.items())


def _until(ended: object) -> str:
    return f"{ended:%Y-%m-%d %H:%M}" if ended else "silent now"
