"""One picture as a custom widget of a CloudWatch dashboard: HTML with a style of its own, and small enough.

A widget may be HTML with SVG and a `<style>`; scripts, `iframe` and `use` are taken out (CloudWatch User Guide,
"Details about custom widgets in CloudWatch" and "Security and JavaScript for custom widgets", read 2026-12-01).
How large an answer may be is not said there: `LARGEST` is well below what a function may answer at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from staygreen.core.pictures import coverage, incident_timeline, refusals, reputation_calendar
from staygreen.core.pictures.facts import Facts
from staygreen.core.pictures.markup import Markup, element
from staygreen.core.pictures.period import Period
from staygreen.core.pictures.style import within
from staygreen.core.snds.history import KEPT
from staygreen.core.wording import utc_time

LARGEST = 200_000
"""Bytes of an answer."""
_STEPS = (50, 20, 8, 3, 1)
"""Rows that are tried, until the answer is small enough."""
_USUAL = timedelta(days=90)


class Kind(str, Enum):
    """Which picture."""

    CALENDAR = "calendar"
    TIMELINE = "timeline"
    REFUSALS = "refusals"
    COVERAGE = "coverage"


@dataclass(frozen=True, slots=True)
class View:
    """What the dashboard's reader looks at."""

    period: Period
    theme: str


def view(context: Mapping[str, Any], now: datetime) -> View:
    """What the dashboard says of itself; 90 days where it says nothing that can be read.

    Args:
        context: `widgetContext` of the call; times are milliseconds since 1970.
        now: The present (aware).
    """
    chosen = context.get("timeRange") or {}
    span = _span(chosen.get("zoom") or {}) or _span(chosen)
    theme = str(context.get("theme", ""))
    if span is None:
        return View(Period.until(now, _USUAL), theme)
    ended = min(span[1], now)
    begun = max(span[0], now - KEPT)
    return View(Period(min(begun, ended).date(), ended.date()), theme)


def _span(said: Mapping[str, Any]) -> tuple[datetime, datetime] | None:
    try:
        begun, ended = (datetime.fromtimestamp(float(said[key]) / 1000, UTC) for key in ("start", "end"))
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None
    return begun, ended


def drawn(kind: Kind, facts: Facts, theme: str) -> str:
    """One picture, with as many rows as `LARGEST` has room for."""
    made = ""
    for most in _STEPS:
        made = _answer(_figure(kind, facts, most), facts, theme)
        if len(made.encode()) <= LARGEST:
            return made
    return _answer(element("p", "This is too much for a widget: choose a shorter time."), facts, theme)


def _figure(kind: Kind, facts: Facts, most: int) -> Markup:
    if kind is Kind.CALENDAR:
        return reputation_calendar.calendar(facts, most)
    if kind is Kind.TIMELINE:
        return incident_timeline.timeline(facts, most)
    return refusals.refusals(facts) if kind is Kind.REFUSALS else coverage.coverage(facts)


def _answer(figure: Markup, facts: Facts, theme: str) -> str:
    said = f"Not in here: {'; '.join(facts.unread)}. " if facts.unread else ""
    nothing = element("p", "Nothing is known of these days.")
    foot = element("p", f"{said}Drawn at {utc_time(facts.now)}.", class_="gap")
    return element("div", element("style", within(theme)), figure or nothing, foot, class_="sg")
