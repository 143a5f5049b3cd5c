"""Days of reports, made by a line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from staygreen.core.dmarc.day import Part
from staygreen.core.dmarc.judgement.reading import DayReading, Kind
from staygreen.core.dmarc.judgement.reporters import Reporter
from staygreen.core.reports.report import Generation, PublishedPolicy

FIRST = date(2026, 3, 1)
GOOGLE = Reporter("Google", True)
OUTLOOK = Reporter("Microsoft (Outlook.com)", True)
YAHOO = Reporter("Yahoo", True)
SMALL = Reporter("small.example", False)
OTHER_SMALL = Reporter("tiny.example", False)

GOOD = Kind(GOOGLE, 1, "192.0.2.1", "s1", True, True, False)
UNSIGNED = GOOD._replace(row=5, selector="", is_signed=False, by_spf=False)
BROKEN = GOOD._replace(row=4, is_signed=False, by_spf=False)
BY_SPF = GOOD._replace(row=2, is_signed=False)
NOT_LOOKED_UP = GOOD._replace(row=3, is_signed=False, by_spf=False)
SPOOF = Kind(GOOGLE, 18, "198.18.0.0/24", "", False, False, True)


def at(number: int) -> date:
    """The day of that number, from 0."""
    return FIRST + timedelta(days=number)


def evening(number: int) -> datetime:
    """18:00 UTC of that day."""
    return datetime.combine(at(number), time(18), UTC)


def day(
    number: int,
    counted: Mapping[Kind, int] | None = None,
    *,
    partial: Iterable[Reporter] = (),
    also: Iterable[Reporter] = (),
    policy: PublishedPolicy | None = None,
) -> DayReading:
    """A day with what was counted on it; reporters are those of what was counted, and others who saw nothing."""
    counts = Counter(dict(counted or {}))
    reporters = frozenset({kind.reporter for kind in counts} | set(also))
    found = policy or PublishedPolicy(domain="brand.example", p="none")
    return DayReading(
        domain="brand.example",
        day=at(number),
        counts=counts,
        reporters=reporters,
        whole=reporters - set(partial),
        policies=tuple((each, found, _part(number, each, found)) for each in sorted(reporters)),
    )


def seen_by(kind: Kind, **messages: int) -> dict[Kind, int]:
    """The same messages as several reporters count them, by the reporter's variable name in lower case."""
    who = {"google": GOOGLE, "outlook": OUTLOOK, "yahoo": YAHOO, "small": SMALL, "other_small": OTHER_SMALL}
    return {kind._replace(reporter=who[name]): number for name, number in messages.items()}


def without_reports(made: DayReading) -> DayReading:
    """The same day as if nobody had reported."""
    return replace(made, counts=Counter(), reporters=frozenset(), whole=frozenset(), policies=())


def _part(number: int, reporter: Reporter, policy: PublishedPolicy) -> Part:
    begin = datetime.combine(at(number), time(), UTC)
    return Part(
        org=reporter.name,
        submitter=reporter.name,
        is_proven=True,
        generation=Generation.RFC_7489,
        policy=policy,
        begin=begin,
        end=begin + timedelta(hours=24),
        reports=1,
        partial=0,
        messages=1,
    )
