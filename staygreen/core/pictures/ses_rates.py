"""SES's bounce and complaint rates with the thresholds at which AWS acts, and complaints that came in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from staygreen.core.pictures.facts import Facts
from staygreen.core.pictures.figure import figure
from staygreen.core.pictures.markup import NOTHING, Markup, element
from staygreen.core.pictures.period import Gap, stretches
from staygreen.core.pictures.shapes.bars import Limit, Series, bars
from staygreen.core.pictures.shapes.table import table
from staygreen.core.ses.reputation import Limits

_REVIEWED, _PAUSED = "AWS reviews accounts from", "AWS may pause them from"
_PAUSE_BOUNCES, _PAUSE_COMPLAINTS = 0.10, 0.005
"""SES Developer Guide, "Reputation metrics messages", as third parties quote it; read 2026-11-24."""
_SHOWN_FROM = 0.5
"""Of the threshold of a pause: from here on its line is in view."""


def rates(facts: Facts) -> Markup:
    """Both rates of the account by day, each with its lines."""
    if facts.rates is None:
        return NOTHING
    limits = Limits()
    known = facts.rates
    return figure(
        "rates",
        "SES's bounce and complaint rates",
        "Each bar is the day's mean of what SES publishes about the account; it covers a stretch of mail that SES "
        "chooses, and not the day alone.",
        _rate(facts, "Bounces", known.bounces, (limits.bounces, _PAUSE_BOUNCES)),
        _rate(facts, "Complaints", known.complaints, (limits.complaints, _PAUSE_COMPLAINTS)),
        gaps=(
            Gap("SES's bounce rate", _absent(facts, known.bounces), "CloudWatch has no value"),
            Gap("SES's complaint rate", _absent(facts, known.complaints), "CloudWatch has no value"),
        ),
        tables=(
            table(
                f"Days at {limits.warning:.0%} or more of where AWS reviews accounts",
                ("rate", "days", "highest", "where AWS reviews"),
                _near(facts, limits),
            ),
        ),
    )


def complaints(facts: Facts) -> Markup:
    """Complaints by day, those that are proven and those that may be forged."""
    if facts.complaints is None:
        return NOTHING
    proven, other = Counter[date](), Counter[date]()
    for each in facts.complaints:
        (proven if each.is_proven else other)[each.at.date()] += 1
    since = facts.complaints_since or facts.period.first
    missing = tuple(day for day in facts.period if day < since)
    reporters = Counter((each.reporter, each.is_proven) for each in facts.complaints)
    rows = (
        (name or "not named", "proven" if is_proven else "may be forged", f"{number:,}")
        for (name, is_proven), number in reporters.most_common()
    )
    return figure(
        "complaints",
        "Complaints that came in",
        f"{proven.total():,} proven, {other.total():,} that may be forged and count for nothing. No complaint on a day "
        "is no praise: most mailbox providers send none.",
        bars(
            (Series("proven", proven), Series("may be forged", other)),
            facts.period,
            title="Complaints by day",
            missing=frozenset(missing),
        ),
        gaps=(Gap("Complaints", missing, "they are kept for 35 days"),),
        tables=(table("Who complained", ("reporter", "proof", "complaints"), rows),),
    )


def _rate(facts: Facts, name: str, values: Mapping[date, float], lines: tuple[float, float]) -> Markup:
    review, pause = lines
    highest = max((value for day, value in values.items() if day in facts.period), default=0)
    limits = [Limit(review, _REVIEWED)]
    if highest >= pause * _SHOWN_FROM:
        limits.append(Limit(pause, _PAUSED))
    missing = frozenset(facts.period) - values.keys()
    picture = bars(
        (Series(name, values),),
        facts.period,
        title=f"{name} by day; the highest is {highest:.2%}",
        missing=missing,
        limits=limits,
        shown=lambda value: f"{value:.2%}",
    )
    return element("div", element("h3", name), picture)


def _absent(facts: Facts, values: Mapping[date, float]) -> tuple[date, ...]:
    return tuple(day for day in facts.period if day not in values)


def _near(facts: Facts, limits: Limits) -> Iterator[tuple[str, ...]]:
    if facts.rates is None:
        return
    both = (("bounces", facts.rates.bounces, limits.bounces), ("complaints", facts.rates.complaints, limits.complaints))
    for name, values, limit in both:
        near = [day for day in facts.period if values.get(day, 0) >= limit * limits.warning]
        for stretch in stretches(near):
            highest = max(value for day, value in values.items() if stretch.first <= day <= stretch.last)
            yield name, str(stretch), f"{highest:.3%}", f"{limit:.1%}"
