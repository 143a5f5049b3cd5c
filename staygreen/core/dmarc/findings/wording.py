"""Words that all findings of reports share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from staygreen.core.dmarc.judgement.reporters import Reporter
from staygreen.core.finding import Advice, Evidence, Finding, Severity, State, Subject, SubjectKind
from staygreen.core.wording import plural

DMARC = "dmarc"
SOURCE = "dmarc_reports"
BY_ITSELF = "Nothing more until reports of two days without it have come; they come a day late."


def of_day(day: date) -> str:
    """Return a day such as ``3 June 2026``."""
    return f"{day.day} {day:%B %Y}"


def percent(part: int, whole: int) -> str:
    """Return a share such as ``12.5 %``; of nothing, ``none``."""
    if not whole:
        return "none"
    share = 100 * part / whole
    return f"{share:.0f} %" if share >= 10 else f"{share:.1f} %"


def listed(names: Iterable[str], most: int = 4) -> str:
    """Names in one phrase, such as ``Google, Yahoo and 3 more``."""
    all_ = list(names)
    shown = all_[:most] if len(all_) > most + 1 else all_
    if len(shown) < len(all_):
        return f"{', '.join(shown)} and {len(all_) - len(shown)} more"
    return " and ".join((", ".join(shown[:-1]), shown[-1])) if len(shown) > 1 else "".join(shown)


def named(reporters: Sequence[Reporter]) -> str:
    """The reporters in one phrase."""
    return listed(each.name for each in reporters)


def messages(number: int) -> str:
    """Return such as ``1 message`` or ``1,200 messages``."""
    return plural(number, "message")


def end_of(day: date) -> datetime:
    """The last moment by which what was found of a day had begun.

    A report does not say at which hour of its day. Whatever was deployed on the day is then among what came before.
    """
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def said(text: str, at: datetime, codes: str = "") -> Evidence:
    """One line of evidence from reports; `codes` are what makes it news when they change."""
    return Evidence(source=SOURCE, text=text, observed_at=at, data={"name": "DMARC reports", "codes": codes})


def plain(domain: str, cause: str, state: State, at: datetime, check: str = DMARC) -> Finding:
    """A finding that is not bad: in order, or not enough is known."""
    return Finding(
        check=check,
        subject=Subject(SubjectKind.DOMAIN, domain),
        cause=cause,
        state=state,
        severity=Severity.WARNING,
        observed_at=at,
        reason="not_enough_reports" if state is State.UNKNOWN else "",
    )


def trouble(
    domain: str,
    cause: str,
    at: datetime,
    *,
    since: date,
    severity: Severity,
    evidence: Sequence[Evidence],
    advice: Advice,
    records: tuple[str, ...] = (),
    check: str = DMARC,
) -> Finding:
    """A finding about a domain that is bad since a day of its reports."""
    return Finding(
        check=check,
        subject=Subject(SubjectKind.DOMAIN, domain),
        cause=cause,
        state=State.BAD,
        severity=severity,
        observed_at=at,
        began_at=end_of(since),
        evidence=tuple(evidence),
        advice=advice,
        records=records,
    )


def slug(name: str) -> str:
    """A name of others as part of a cause, such as ``microsoft_365``."""
    return "".join(letter if letter.isalnum() else "_" for letter in name.lower())
