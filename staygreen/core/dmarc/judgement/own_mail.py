"""Whether our own mail, and that of declared senders, is in order: which share of it is signed, passes and is let in.

Each cause and target is a series of days. Mail whose key the receiver could not look up (row 3) counts in none but its
own: it says something of DNS and nothing of the mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from staygreen.core.config.tables.monitors.dmarc import DmarcLimits
from staygreen.core.dmarc.judgement.reading import SES, DayReading, Kind
from staygreen.core.dmarc.judgement.share import ShareDay, ShareResult, ShareRule, judge


class OwnFault(str, Enum):
    """What can be wrong with our own mail."""

    BROKEN_SIGNATURE = "broken_signature"
    """Of a selector: signatures with it do not hold, and nothing else passes."""
    UNSIGNED = "unsigned"
    """Of an address of ours, or SES: it sends without a signature of ours, and SPF does not pass."""
    DECLARED_BROKEN = "declared_broken"
    """Of a declared sender: nothing of its mail is aligned."""
    SPF_ALONE = "spf_alone"
    """Of an address of ours, or SES: SPF alone passes."""
    STOPPED = "stopped"
    """At a reporter: our mail was quarantined or rejected."""
    NOT_LOOKED_UP = "not_looked_up"
    """Receivers could not look up our keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnResult:
    """One fault of one selector, source or reporter."""

    fault: OwnFault
    target: str
    result: ShareResult


_STILL_SIGNED = 0.7
"""Of what was signed a week before: so much, and nothing turned."""
Series = dict[tuple[OwnFault, str], list[ShareDay]]
_Key = tuple[OwnFault, str]


def judge_own_mail(days: Sequence[DayReading], limits: DmarcLimits) -> Iterator[OwnResult]:
    """Every fault that the days could show, in order or not.

    Args:
        days: The days of one domain in order.
        limits: The limits of the configuration.
    """
    return judge_series((shares(day) for day in days), limits)


def judge_series(days: Iterable[Mapping[_Key, ShareDay]], limits: DmarcLimits) -> Iterator[OwnResult]:
    """The same, from the shares of each day."""
    rules = _rules(limits)
    series: Series = {}
    for day in days:
        for key, share in day.items():
            series.setdefault(key, []).append(share)
    for (fault, target), course in series.items():
        result = judge(course, rules[fault])
        if target == SES and fault is OwnFault.UNSIGNED and not _turned(course, result.first):
            continue
        yield OwnResult(fault=fault, target=target, result=result)


def _turned(course: Sequence[ShareDay], first: date | None) -> bool:
    """Whether mail through SES is our own that lost its signature: what was signed became less than a week before.

    Unsigned mail beside as much signed mail as ever is somebody else's: `strangers` tells it.
    """
    if first is None:
        return True
    signed = {day.day: day.messages - day.faulty_messages for day in course}
    week_before = signed.get(first - timedelta(days=7), 0)
    return week_before > 0 and signed.get(first, 0) <= _STILL_SIGNED * week_before


def shares(day: DayReading) -> dict[_Key, ShareDay]:
    """Of each fault and target, the messages that have it and those that could."""
    found: dict[_Key, ShareDay] = {}
    for kind, number in day.counts.items():
        for key, is_faulty in _questions(kind):
            share = found.get(key)
            if share is None:
                share = found[key] = ShareDay(day.day, day.whole)
            share.count(kind.reporter, number, is_faulty=is_faulty, passes=kind.passes)
    return found


def _questions(kind: Kind) -> Iterator[tuple[_Key, bool]]:
    """Each fault that a message could have, and whether it does."""
    row = kind.row
    if kind.is_own and row != 3:
        yield (OwnFault.STOPPED, kind.reporter.name), kind.is_stopped
    if row in (8, 9):
        yield (OwnFault.DECLARED_BROKEN, kind.source), row == 9
    elif row == 3:
        yield (OwnFault.NOT_LOOKED_UP, ""), True
    elif row in (1, 2, 4, 5):
        yield (OwnFault.NOT_LOOKED_UP, ""), False
        yield (OwnFault.UNSIGNED, kind.source), row == 5
        yield (OwnFault.SPF_ALONE, kind.source), row == 2
        if kind.selector:
            yield (OwnFault.BROKEN_SIGNATURE, kind.selector), row == 4
            # a key that breaks on many addresses is more than each of them shows
            yield (OwnFault.SPF_ALONE, f"selector {kind.selector}"), row == 2
    elif row == 6:
        yield (OwnFault.UNSIGNED, SES), False
        yield (OwnFault.SPF_ALONE, SES), not kind.is_signed
        if kind.selector:
            yield (OwnFault.BROKEN_SIGNATURE, kind.selector), False
    elif row == 7 and kind.selector:
        yield (OwnFault.BROKEN_SIGNATURE, kind.selector), True
    elif row == 7:
        yield (OwnFault.UNSIGNED, SES), True


def _rules(limits: DmarcLimits) -> dict[OwnFault, ShareRule]:
    broken = ShareRule(
        share=limits.broken_share,
        messages=limits.broken_messages,
        share_alone=limits.broken_share_alone,
        messages_alone=limits.broken_messages_alone,
        before=limits.quiet_share,
        quiet=limits.quiet_share,
        quiet_messages=limits.broken_messages,
    )
    return {
        OwnFault.BROKEN_SIGNATURE: broken,
        OwnFault.UNSIGNED: broken,
        OwnFault.DECLARED_BROKEN: broken,
        OwnFault.SPF_ALONE: ShareRule(
            share=limits.spf_alone_share,
            messages=limits.spf_alone_messages,
            days=limits.spf_alone_days,
            is_days_only=True,
            quiet=limits.spf_alone_quiet,
            quiet_days=limits.spf_alone_days,
        ),
        OwnFault.STOPPED: ShareRule(
            share=limits.stopped_share,
            messages=limits.stopped_messages,
            share_alone=limits.broken_share_alone,
            messages_alone=limits.broken_messages_alone,
            quiet=limits.stopped_share,
        ),
        OwnFault.NOT_LOOKED_UP: ShareRule(
            share=limits.not_looked_up_share,
            messages=limits.broken_messages,
            needs_reporters=True,
            quiet=limits.not_looked_up_share,
        ),
    }
