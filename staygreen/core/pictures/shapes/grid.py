"""Calendar grid: a row for each subject, a column for each day, several lanes in a cell.

A cell's height says how bad it is, so that no colour is needed. Equal neighbours are one path of dashes, a dash for
each day: 50 subjects and 90 days are some kilobytes. A path that is not good has a `<title>` with its days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from staygreen.core.pictures.markup import Markup, element, joined, number
from staygreen.core.pictures.period import Period, Stretch, runs
from staygreen.core.pictures.shapes.axis import axis
from staygreen.core.pictures.shapes.level import Level

_HEIGHT = 4.0
"""Units of one lane; 2.5 pixels each."""
_PIXELS = 10
_THICK = {Level.BAD: 3.6, Level.MIDDLE: 2.4, Level.GOOD: 1.2, Level.QUIET: 0.5}


@dataclass(frozen=True, slots=True)
class Cell:
    """One day in one lane."""

    level: Level
    text: str = ""
    """What a person reads of it; equal neighbours are told together."""


@dataclass(frozen=True, slots=True)
class Row:
    """One subject."""

    name: str
    note: str
    """Beside the name, small."""
    lanes: Sequence[Sequence[Cell]]
    """From the top; a cell for each day of the period."""
    summary: str
    """What the row shows, in a sentence: its `<title>`."""


def grid(rows: Iterable[Row], period: Period) -> Markup:
    """The rows, and the axis below them."""
    drawn = [_row(row, period) for row in rows]
    below = element("div", element("div"), element("div", axis(period)), class_="row")
    return element("div", drawn, below, class_="picture")


def _row(row: Row, period: Period) -> Markup:
    height = _HEIGHT * len(row.lanes)
    lanes = [_lane(lane, period, number_of * _HEIGHT) for number_of, lane in enumerate(row.lanes)]
    picture = element(
        "svg",
        element("title", f"{row.name}: {row.summary}"),
        lanes,
        class_="grid",
        role="img",
        viewBox=f"0 0 {period.count} {number(height)}",
        preserveAspectRatio="none",
        width="100%",
        height=_PIXELS * len(row.lanes),
    )
    name = element("div", row.name, element("small", row.note) if row.note else "", class_="name")
    return element("div", name, element("div", picture), class_="row")


def _lane(cells: Sequence[Cell], period: Period, top: float) -> Markup:
    days = list(period)
    return joined(_path(cell, start, end, top, Stretch(days[start], days[end - 1])) for start, end, cell in runs(cells))


def _path(cell: Cell, start: int, end: int, top: float, days: Stretch | None) -> Markup:
    thick = _THICK.get(cell.level)
    middle = top + (_HEIGHT / 2 if thick is None else _HEIGHT - 0.2 - thick / 2)
    told = [element("title", f"{days}: {cell.text}")] if cell.text and cell.level is not Level.GOOD else []
    return element("path", told, class_=cell.level.value, d=f"M{start} {number(middle)}H{end}")


def key(entries: Iterable[tuple[Level, str]]) -> Markup:
    """The legend: each level as it is drawn, and what it means."""
    return element("ul", [element("li", _sample(level), meaning) for level, meaning in entries], class_="key")


def _sample(level: Level) -> Markup:
    path = _path(Cell(level), 0, 4, 0, None)
    return element(
        "svg",
        path,
        class_="grid",
        viewBox="0 0 4 4",
        preserveAspectRatio="none",
        width=28,
        height=12,
        aria_hidden="true",
    )
