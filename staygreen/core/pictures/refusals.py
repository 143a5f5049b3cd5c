"""What receiving servers refused or slowed down, by provider and cause, beside what was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from staygreen.core.pictures.facts import Facts
from staygreen.core.pictures.figure import figure
from staygreen.core.pictures.markup import NOTHING, Markup
from staygreen.core.pictures.period import Gap
from staygreen.core.pictures.shapes.bars import MOST_SERIES, Series, bars
from staygreen.core.pictures.shapes.ranking import Rank, ranking
from staygreen.core.pictures.shapes.table import table
from staygreen.core.replies.counters import Tally
from staygreen.core.replies.decode import Cause, System

_SYSTEMS = {
    System.OUTLOOK_CONSUMER: "Outlook.com",
    System.EXCHANGE_ONLINE: "Microsoft 365",
    System.TENANT_POLICY: "a Microsoft 365 tenant",
    System.ON_PREMISES: "an Exchange server",
    System.GMAIL: "Gmail",
    System.YAHOO: "Yahoo",
    System.APPLE: "Apple",
    System.OTHER: "others",
}
_NEVER = "SES counts what it sent for all providers together"


def refusals(facts: Facts) -> Markup:
    """Bars by day of what concerns our standing or set-up, and a ranking of provider and cause."""
    if facts.tallies is None:
        return NOTHING
    ours = [each for each in facts.tallies if each.combination.cause.is_ours and each.hour.date() in facts.period]
    missing = tuple(day for day in facts.period if not facts.ran("refusals", day) and day not in _days(ours))
    total = sum(each.new_messages for each in ours)
    parts = []
    if facts.rates is not None and facts.rates.sent:
        sent = Series("messages sent through SES", facts.rates.sent)
        unknown = frozenset(facts.period) - facts.rates.sent.keys()
        parts.append(bars((sent,), facts.period, title="Messages sent through SES by day", missing=unknown))
    return figure(
        "refusals",
        "Refused and slowed down",
        f"{total:,} messages were refused or slowed down for our standing or set-up. {_sent(facts)}",
        bars(_series(ours), facts.period, title="Messages refused or slowed down by day", missing=frozenset(missing)),
        *parts,
        ranking(
            _ranks(ours),
            caption="Messages refused or slowed down, each counted once for a provider, cause and code",
            columns=("provider and cause", "messages", "codes"),
        ),
        gaps=(Gap("Receivers' replies", missing, "no run of the check refusals is on record"),),
        tables=(table("Days with refusals", ("day", "provider", "cause", "messages"), _rows(ours)),),
    )


def _sent(facts: Facts) -> str:
    if facts.rates is None or not facts.rates.sent:
        return "How much was sent is not known here."
    sent = sum(number for day, number in facts.rates.sent.items() if day in facts.period)
    return f"SES sent {sent:,} messages in these days; {_NEVER}, so no share of a provider follows."


def _series(found: Iterable[Tally]) -> list[Series]:
    counted: dict[str, Counter[date]] = {}
    for each in found:
        counted.setdefault(_name(each), Counter())[each.hour.date()] += each.messages
    ordered = sorted(counted.items(), key=lambda item: -item[1].total())
    shown = [Series(name, values) for name, values in ordered[: MOST_SERIES - 1]]
    rest = [values for _, values in ordered[MOST_SERIES - 1 :]]
    if rest:
        shown.append(Series(f"{len(rest)} others", sum(rest, Counter())))
    return shown


def _ranks(found: Iterable[Tally]) -> Iterator[Rank]:
    counted: dict[str, tuple[int, set[str]]] = {}
    for each in found:
        number, codes = counted.get(_name(each), (0, set()))
        counted[_name(each)] = number + each.new_messages, codes | {each.combination.code}
    for name, (number, codes) in counted.items():
        yield Rank(name, number, ", ".join(sorted(codes - {""})[:6]))


def _rows(found: Iterable[Tally]) -> Iterator[tuple[str, ...]]:
    counted: Counter[tuple[date, System, Cause]] = Counter()
    for each in found:
        counted[each.hour.date(), each.combination.system, each.combination.cause] += each.messages
    for (day, system, cause), number in sorted(counted.items(), key=lambda item: (-item[0][0].toordinal(), -item[1])):
        yield day.isoformat(), _SYSTEMS[system], cause.value.replace("_", " "), f"{number:,}"


def _name(tally: Tally) -> str:
    return f"{_SYSTEMS[tally.combination.system]}: {tally.combination.cause.value.replace('_', ' ')}"


def _days(found: Iterable[Tally]) -> frozenset[date]:
    return frozenset(each.hour.date() for each in found)
