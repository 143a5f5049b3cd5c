"""A sparkline: one small bar for each day, the highest as high as the box."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from staygreen.core.pictures.markup import Markup, element, number
from staygreen.core.pictures.period import Period

_TALL = 10


def sparkline(values: Mapping[date, float], period: Period, title: str) -> Markup:
    """One path for all days; a day without a value has no bar."""
    top = max((values.get(day, 0) for day in period), default=0) or 1
    bars = "".join(
        f"M{number(period.place(day) + 0.5)} {_TALL}V{number(_TALL - max(values[day] / top * _TALL, 0.5))}"
        for day in period
        if values.get(day)
    )
    return element(
        "svg",
        element("title", title),
        element("path", d=bars) if bars else "",
        class_="spark",
        role="img",
        viewBox=f"0 0 {period.count} {_TALL}",
        preserveAspectRatio="none",
        height=22,
    )
