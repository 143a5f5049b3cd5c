"""Lanes on a time axis: spans of each subject, and marks of what was done, numbered as in the table beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from staygreen.core.pictures.markup import Markup, element, number, percent
from staygreen.core.pictures.period import Period
from staygreen.core.pictures.shapes.axis import axis
from staygreen.core.pictures.shapes.level import Level

_WIDE = 1000
_LEAST = 4
"""Units of the shortest span: what took a minute is seen."""
_TALL = {Level.BAD: 18, Level.MIDDLE: 12, Level.GOOD: 6, Level.QUIET: 6}
_APART = 0.03
"""Share of the width between two numbers that can be told apart."""
_LAST_NUMBER = 0.94


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when something was so."""

    begun: datetime
    ended: datetime | None
    """None: it is so."""
    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One subject."""

    name: str
    note: str
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Tick:
    """Something that was done at a moment."""

    at: datetime
    number: int
    """As the table beside the picture numbers it."""
    text: str


def lanes(found: Iterable[Lane], ticks: Sequence[Tick], period: Period) -> Markup:
    """The lanes with the marks through them, and the axis below."""
    inside = [tick for tick in ticks if period.begin <= tick.at < period.end]
    drawn = [_lane(lane, inside, period) for lane in found]
    above = [_outside(_numbers(inside, period))] if inside else []
    return element("div", above, drawn, _outside(axis(period)), class_="picture")


def _outside(what: Markup) -> Markup:
    return element("div", element("div"), element("div", what), class_="row")


def _lane(lane: Lane, ticks: Sequence[Tick], period: Period) -> Markup:
    spans = [_span(each, period) for each in lane.spans if period.overlaps(each.begun, each.ended)]
    lines = [_line(tick, period) for tick in ticks]
    told = "; ".join(each.text for each in lane.spans[:5]) or "nothing"
    picture = element(
        "svg",
        element("title", f"{lane.name}: {told}"),
        spans,
        lines,
        class_="lane",
        role="img",
        viewBox=f"0 0 {_WIDE} 20",
        preserveAspectRatio="none",
        width="100%",
        height=20,
    )
    name = element("div", lane.name, element("small", lane.note) if lane.note else "", class_="name")
    return element("div", name, element("div", picture), class_="row")


def _span(span: Span, period: Period) -> Markup:
    begin = period.share(span.begun) * _WIDE
    end = _WIDE if span.ended is None else period.share(span.ended) * _WIDE
    width = max(end - begin, _LEAST)
    tall = _TALL.get(span.level, 6)
    return element(
        "rect",
        element("title", span.text),
        class_=span.level.value,
        x=min(begin, _WIDE - width),
        y=19 - tall,
        width=width,
        height=tall,
    )


def _line(tick: Tick, period: Period) -> Markup:
    at = number(period.share(tick.at) * _WIDE)
    return element("path", element("title", f"{tick.number}: {tick.text}"), class_="mark", d=f"M{at} 0V20")


def _numbers(ticks: Sequence[Tick], period: Period) -> Markup:
    """The numbers above the lanes; one that would touch its neighbour is left to its line's title and the table."""
    parts, last = [], -1.0
    for tick in ticks:
        at = period.share(tick.at)
        parts.append(element("line", class_="mark", x1=percent(at), x2=percent(at), y1=12, y2=16))
        if at - last >= _APART:
            anchor = "end" if at > _LAST_NUMBER else None
            parts.append(element("text", str(tick.number), class_="number", x=percent(at), y=10, text_anchor=anchor))
            last = at
    return element("svg", parts, class_="ticks", width="100%", height=16, aria_hidden="true")
