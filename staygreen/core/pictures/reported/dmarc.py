"""DMARC and TLS reports: messages in the sender's name by class and day, their sources, and who reported when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from staygreen.core.pictures.facts import Facts
from staygreen.core.pictures.figure import figure
from staygreen.core.pictures.markup import NOTHING, Markup
from staygreen.core.pictures.period import Gap, Period
from staygreen.core.pictures.shapes.bars import MOST_SERIES, Series, bars
from staygreen.core.pictures.shapes.grid import Cell, Row, grid
from staygreen.core.pictures.shapes.level import Level
from staygreen.core.pictures.shapes.sparkline import sparkline
from staygreen.core.pictures.shapes.table import table
from staygreen.core.reports.summary import Source, Summary
from staygreen.core.wording import plural

_REPORTED, _SILENT = Cell(Level.QUIET, "reported"), Cell(Level.NO_DATA, "no report")
_MOST_SOURCES = 20
_MOST_REPORTERS = 12
_UNJUDGED = "not judged: nothing says what is yours"


def dmarc(facts: Facts) -> Markup:
    """All that the reports that were handed in say."""
    found = facts.reports
    if found is None:
        return NOTHING
    messages, aligned = found.messages
    reported = {day for _, day in found.days}
    missing = tuple(day for day in facts.period if day not in reported)
    share = f"{aligned / messages:.1%} of them aligned" if messages else "nothing counted"
    sources = found.sources
    reports = sum(each.reports for each in found.days.values())
    return figure(
        "dmarc",
        "Mail in your name, as receivers report it",
        f"{messages:,} messages in {plural(reports, 'report')} of {plural(len(found.reporters), 'reporter')}, {share}. "
        "Receivers that send no reports are not in here.",
        bars(_classes(found), facts.period, title="Messages by class and day", missing=frozenset(missing)),
        grid(_reporters(found, facts.period), facts.period),
        gaps=(Gap("DMARC reports", missing, "none of those handed in is about these days"),),
        tables=(
            table(
                "Sources: faults of your own mail first, then by messages",
                ("source", "class", "messages", "aligned", "by day"),
                (_source(each, facts.period) for each in sources[:_MOST_SOURCES]),
            ),
            *_left_out(sources),
            table("Sessions to your mail servers (TLS reports)", ("domain", "sessions", "failed"), _tls(found)),
        ),
    )


def _classes(found: Summary) -> list[Series]:
    by_class: dict[str, Counter[date]] = {}
    for (_, day), counted in found.days.items():
        for name, number in counted.classes.items():
            by_class.setdefault(name, Counter())[day] += number
        rest = counted.messages - counted.classes.total()
        if rest > 0:
            by_class.setdefault(_UNJUDGED, Counter())[day] += rest
    ordered = sorted(by_class.items(), key=lambda item: -item[1].total())
    shown = [Series(name, values) for name, values in ordered[: MOST_SERIES - 1]]
    others = [values for _, values in ordered[MOST_SERIES - 1 :]]
    return [*shown, Series(f"{len(others)} other classes", sum(others, Counter()))] if others else shown


def _reporters(found: Summary, period: Period) -> Iterator[Row]:
    days: dict[str, set[date]] = {}
    for (_, day), counted in found.days.items():
        for name in counted.reporters:
            days.setdefault(name, set()).add(day)
    for name, _ in found.reporters.most_common(_MOST_REPORTERS):
        reported = days.get(name, set())
        cells = tuple(_REPORTED if day in reported else _SILENT for day in period)
        within = sum(day in period for day in reported)
        yield Row(name, f"{found.reporters[name]:,} messages", (cells,), f"reported on {plural(within, 'day')}")


def _source(source: Source, period: Period) -> tuple[str | Markup, ...]:
    own = source.judgement.mail_class.value if source.judgement else _UNJUDGED
    shown = sparkline(source.days, period, f"{source.name}: messages by day")
    share = f"{source.aligned / source.messages:.0%}" if source.messages else "-"
    return source.name, own, f"{source.messages:,}", share, shown


def _left_out(sources: list[Source]) -> Iterator[Markup]:
    rest = sources[_MOST_SOURCES:]
    if rest:
        messages = sum(each.messages for each in rest)
        yield table(f"{len(rest)} more sources", ("what", "messages"), [("together", f"{messages:,}")])


def _tls(found: Summary) -> Iterator[tuple[str, ...]]:
    counted: dict[str, tuple[int, int]] = {}
    unread: set[str] = set()
    for policy in (policy for report in found.tls_reports for policy in report.policies):
        good, failed = counted.get(policy.domain, (0, 0))
        counted[policy.domain] = good + (policy.successful or 0), failed + (policy.failed or 0)
        if policy.successful is None or policy.failed is None:
            unread.add(policy.domain)
    for domain, (good, failed) in sorted(counted.items(), key=lambda item: -item[1][1]):
        least = "at least " if domain in unread else ""
        yield domain, f"{least}{good + failed:,}", f"{least}{failed:,}"
