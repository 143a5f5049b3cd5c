"""Stacked bars by day, with lines at the values that matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from staygreen.core.pictures.markup import NOTHING, Markup, element, number
from staygreen.core.pictures.period import Period, day_text, runs
from staygreen.core.pictures.shapes.axis import axis

MOST_SERIES = 6
"""Shades that can be told apart; whoever has more makes the last one "others"."""
_TALL = 100
_FLOOR = 8
"""Units below the bars, where days without data are dotted."""
_PIXELS = 140


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of what is counted."""

    name: str
    values: Mapping[date, float]


@dataclass(frozen=True, slots=True)
class Limit:
    """A line at a value."""

    value: float
    name: str


def _plain(value: float) -> str:
    return f"{value:,.0f}"


def bars(
    series: Sequence[Series],
    period: Period,
    *,
    title: str,
    missing: frozenset[date] = frozenset(),
    limits: Sequence[Limit] = (),
    shown: Callable[[float], str] = _plain,
) -> Markup:
    """A bar for each day, the first series at the bottom.

    Args:
        series: `MOST_SERIES` at most.
        period: The days.
        title: What the whole shows, in a sentence.
        missing: Days of which nothing is known: dotted, which a day without a bar is not.
        limits: Lines; they are in view whatever the values are.
        shown: Writes a value, such as ``1,200 messages``.
    """
    top = _top(series, period, limits)
    drawn = [_day(series, day, period.place(day), top, shown) for day in period]
    lines = [_limit(each, top, period, shown) for each in limits]
    picture = element(
        "svg",
        element("title", title),
        drawn,
        lines,
        _dots(period, missing),
        class_="bars",
        role="img",
        viewBox=f"0 0 {period.count} {_TALL + _FLOOR}",
        preserveAspectRatio="none",
        width="100%",
        height=_PIXELS,
    )
    scale = element("div", f"up to {shown(top)}", class_="name")
    below = element("div", element("div"), element("div", axis(period)), class_="row")
    row = element("div", scale, element("div", picture), class_="row")
    names = [each.name for each in series]
    return element("div", key(names, limits, shown) if names else NOTHING, row, below, class_="picture")


def _limit(limit: Limit, top: float, period: Period, shown: Callable[[float], str]) -> Markup:
    path = f"M0 {number(_TALL * (1 - limit.value / top))}H{period.count}"
    return element("path", element("title", f"{limit.name}: {shown(limit.value)}"), class_="limit", d=path)


def key(names: Sequence[str], limits: Sequence[Limit] = (), shown: Callable[[float], str] = _plain) -> Markup:
    """The legend, from the bottom of a bar to its top."""
    entries = [element("li", _swatch(place), name) for place, name in enumerate(names)]
    entries += [element("li", _dashes(), f"{each.name}: {shown(each.value)}") for each in limits]
    return element("ul", entries, class_="key")


def _top(series: Sequence[Series], period: Period, limits: Sequence[Limit]) -> float:
    highest = max((sum(each.values.get(day, 0) for each in series) for day in period), default=0)
    return max(highest, *(each.value * 1.1 for each in limits), 0) or 1


def _day(series: Sequence[Series], day: date, place: int, top: float, shown: Callable[[float], str]) -> Markup:
    rects, floor, told = [], float(_TALL), []
    for number_of, each in enumerate(series):
        value = each.values.get(day, 0)
        if value:
            # what was counted is seen, however small it is
            height = max(value / top * _TALL, 0.6)
            floor -= height
            rects.append(element("rect", class_=f"s{number_of}", x=place + 0.07, y=floor, width=0.86, height=height))
            told.append(f"{each.name} {shown(value)}")
    if not rects:
        return NOTHING
    return element("g", element("title", f"{day_text(day)}: {', '.join(told)}"), rects)


def _dots(period: Period, missing: frozenset[date]) -> list[Markup]:
    middle = _TALL + _FLOOR // 2
    stretches = runs([day in missing for day in period])
    return [
        element("path", class_="n", d=f"M{start} {middle}H{end}") for start, end, is_missing in stretches if is_missing
    ]


def _swatch(place: int) -> Markup:
    square = element("rect", class_=f"s{place}", width=12, height=12)
    return element("svg", square, width=12, height=12, aria_hidden="true")


def _dashes() -> Markup:
    line = element("path", class_="limit", d="M0 6H24")
    return element("svg", line, class_="bars", width=24, height=12, aria_hidden="true")
