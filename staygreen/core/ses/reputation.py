"""What the numbers and decisions of SES mean for a sender: pure judgements over `staygreen.core.ses.standing`.

AWS puts an account under review at a bounce rate of 5 % or a complaint rate of 0.1 %, and may pause it at 10 % and
0.5 % (SES Developer Guide, "Reputation metrics messages", as third parties quote it; read 2026-11-24). The limit here
is the review.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import fmean
from types import MappingProxyType

from staygreen.core.finding import Severity, State
from staygreen.core.ses.standing import Account, Entity, Rates, Recommendation

BOUNCES, COMPLAINTS = "bounce_rate", "complaint_rate"
PAUSED, REVIEW, HURT = "sending_disabled", "under_review", "reputation_finding"
SUPPRESSION = "suppression_growth"
KINDS = ("IP_LISTING", "DKIM", "SPF", "DMARC", "BIMI", "COMPLAINT", "BOUNCE", "FEEDBACK_3P")
"""Advice of Virtual Deliverability Manager that has a cause of its own (botocore 1.43, RecommendationType)."""
OTHER_ADVICE = "advice_other"
NAMED = 10
"""This many resources are named in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From where on a rate is bad, as fractions."""

    bounces: float = 0.05
    complaints: float = 0.001
    warning: float = 0.4
    """Of the limit."""
    critical: float = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One cause with the severity that its measure calls for."""

    cause: str
    state: State
    text: str
    severity: Severity = Severity.WARNING
    reason: str = ""
    """Why it is UNKNOWN, as a stable word."""
    is_conclusive: bool = False
    data: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The same for programs: `rate`, and `sent` where the messages under it are counted."""


def rates(found: Rates, limits: Limits, what: str) -> Iterator[Measured]:
    """Judge the two rates of the account or of a configuration set."""
    yield _rate(BOUNCES, found, limits, what)
    yield _rate(COMPLAINTS, found, limits, what)


def _rate(cause: str, found: Rates, limits: Limits, what: str) -> Measured:
    rate, limit = (found.bounces, limits.bounces) if cause == BOUNCES else (found.complaints, limits.complaints)
    name = f"The {cause.replace('_', ' ')} of {what}"
    if rate is None:
        return Measured(cause=cause, state=State.UNKNOWN, text=f"{name} is not known", reason="no_data")
    # rounded: a product of two fractions misses the bound that a person reads by a hair
    share = round(rate / limit, 6)
    counted = "" if found.sent is None else f"; {found.sent:,} messages in a day"
    return Measured(
        cause=cause,
        state=State.BAD if share >= limits.warning else State.OK,
        text=f"{name} is {rate:.3%}, {share:.0%} of the {limit:.1%} at which AWS reviews accounts{counted}",
        severity=Severity.CRITICAL if share >= limits.critical else Severity.WARNING,
        data={"rate": f"{rate:.6f}", **({} if found.sent is None else {"sent": str(found.sent)})},
    )


def account(found: Account) -> Iterator[Measured]:
    """Judge whether the account may send."""
    is_shut = found.enforcement == "SHUTDOWN"
    is_paused = is_shut or not found.sending_enabled
    who = "AWS has paused sending of the account" if is_shut else "Sending is switched off for the account"
    yield _paused(who if is_paused else "The account sends", is_paused=is_paused)
    is_reviewed = found.enforcement == "PROBATION"
    yield Measured(
        cause=REVIEW,
        state=State.BAD if is_reviewed else State.OK,
        text="AWS reviews the account" if is_reviewed else "AWS does not review the account",
        is_conclusive=True,
    )


def configuration_set(name: str, *, is_sending: bool) -> Measured:
    """Judge whether a configuration set may send."""
    text = f"The configuration set {name} {'sends' if is_sending else 'is switched off'}"
    return _paused(text, is_paused=not is_sending)


def entity(found: Entity) -> Iterator[Measured]:
    """Judge a resource whose reputation SES follows."""
    name, because = short(found.arn), f": {found.cause}" if found.cause else ""
    is_stopped = found.status == "DISABLED"
    yield _paused(f"SES lists {name} as {found.status}{because}", is_paused=is_stopped)
    impact = found.impact.lower()
    yield Measured(
        cause=HURT,
        state=State.BAD if impact else State.OK,
        text=f"SES has a finding of {impact or 'no'} impact about {name}{because}",
        severity=Severity.WARNING if found.impact == "HIGH" else Severity.INFO,
    )


def _paused(text: str, *, is_paused: bool) -> Measured:
    state = State.BAD if is_paused else State.OK
    return Measured(cause=PAUSED, state=state, text=text, severity=Severity.CRITICAL, is_conclusive=True)


def recommendations(found: tuple[Recommendation, ...] | None) -> Iterator[Measured]:
    """Judge Virtual Deliverability Manager's open advice, one cause for each kind; nothing when it is off."""
    if found is None:
        return
    for kind in (*KINDS, ""):
        own = [each for each in found if (each.kind if each.kind in KINDS else "") == kind]
        told = [f"{short(each.arn)}: {each.description}" for each in own]
        more = f"; {len(told) - NAMED} more" if len(told) > NAMED else ""
        is_high = any(each.impact == "HIGH" for each in own)
        yield Measured(
            cause=f"advice_{kind.lower()}" if kind else OTHER_ADVICE,
            state=State.BAD if told else State.OK,
            text="; ".join(told[:NAMED]) + more or f"No open advice about {kind or 'anything else'}",
            severity=Severity.WARNING if is_high else Severity.INFO,
        )


_FEW = 50
_GROWTH = 3
_RECENT, _USUAL = (0, 1), range(2, 9)


def suppression(found: Mapping[date, int] | None, today: date) -> Measured:
    """Judge whether many more addresses than usual were suppressed yesterday or today."""
    if found is None:
        text = "Too many addresses were suppressed in nine days to count them by day"
        return Measured(cause=SUPPRESSION, state=State.UNKNOWN, text=text, reason="too_many")
    by_day = {back: found.get(today - timedelta(days=back), 0) for back in (*_RECENT, *_USUAL)}
    worst = max(_RECENT, key=lambda back: by_day[back])
    usual = fmean(by_day[back] for back in _USUAL)
    day = today - timedelta(days=worst)
    return Measured(
        cause=SUPPRESSION,
        state=State.BAD if by_day[worst] >= _FEW and by_day[worst] > _GROWTH * usual else State.OK,
        text=f"{by_day[worst]:,} addresses were suppressed on {day}; {usual:,.0f} a day in the week before",
    )


def short(arn: str) -> str:
    """The part of an ARN that people know: ``identity/example.com``."""
    return arn.split(":", 5)[-1]
