"""The axis of days below a picture."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from staygreen.core.pictures.markup import Markup, element, percent
from staygreen.core.pictures.period import Period

_MOST_LABELS = 7
_APART = 0.15
_LAST_LABEL = 0.86
"""A label that begins further to the right may not fit on a narrow screen."""


def axis(period: Period) -> Markup:
    """Labels of months, or of weeks where there are few days; they keep their size at every width."""
    marks = list(_labels(period))
    parts = []
    for day, label in marks:
        at = period.place(day) / period.count
        parts.append(element("line", x1=percent(at), x2=percent(at), y1=0, y2=5))
        if at <= _LAST_LABEL:
            parts.append(element("text", label, x=percent(at), y=16))
    return element("svg", parts, class_="axis", width="100%", height=20, aria_hidden="true")


def _labels(period: Period) -> Iterator[tuple[date, str]]:
    if period.count <= 45:
        step = max(7, -(-period.count // _MOST_LABELS))
        yield from ((day, f"{day.day} {day:%b}") for n, day in enumerate(period) if n % step == 0)
        return
    firsts = [day for day in period if day.day == 1]
    step = -(-len(firsts) // _MOST_LABELS)
    chosen = firsts[::step]
    if not chosen or period.place(chosen[0]) / period.count >= _APART:
        yield period.first, f"{period.first.day} {period.first:%b}"
    yield from ((day, f"{day:%b}" if day.month > 1 else f"{day:%b %Y}") for day in chosen)
