"""From days and status rows to the state of one address, cause by cause.

No data is never green: an address without a recent day is UNKNOWN, with the reason. A complaint
rate of ``< 0.1%`` is only an upper bound and accuses nobody; empty trap hits are not 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from staygreen.core.finding import Severity, State
from staygreen.core.snds.history import Day
from staygreen.core.snds.own_sending import Sends
from staygreen.core.snds.rest_answer import Reason
from staygreen.core.snds.rows import Colour, StatusRow
from staygreen.core.snds.run_result import SourceReading

FILTER_RESULT = "filter_result"
COMPLAINTS = "complaints"
TRAPS = "traps"
RECIPIENTS = "recipients"
STATUS = "status"
DATA_STOPPED = "data_stopped"
SES_DATA_STOPPED = "ses_data_stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From where on something is bad."""

    yellow_days: int = 2
    complaint_warning: float = 0.001
    complaint_critical: float = 0.003
    recipients_gap: float = 0.10
    fresh: timedelta = timedelta(days=5)
    """A report date older than this says nothing about today."""
    silence: timedelta = timedelta(hours=48)
    """A source that was not read for this long is stale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One cause of one address."""

    cause: str
    state: State
    word: str
    """`yellow`, `red`, `junked`, `blocked`, `complaints`, `traps`, ...; the reason when UNKNOWN; empty when OK."""
    severity: Severity = Severity.WARNING
    text: str = ""
    """The fact, in one line."""
    day: Day | None = None
    row: StatusRow | None = None


def fresh_days(days: Sequence[Day], now: datetime, limits: Limits) -> tuple[Day, ...]:
    """The days that still say something about today, newest first."""
    oldest = now.date() - limits.fresh
    return tuple(sorted((day for day in days if day.on >= oldest), key=lambda day: day.on, reverse=True))


def why_unknown(source: SourceReading | None, now: datetime, limits: Limits, *, lapsed: bool) -> Reason:
    """Why there is no recent day.

    Args:
        source: How the address's source did; None when it has none.
        now: The present (aware).
        limits: The limits.
        lapsed: Whether access to the address's network is due to have ended.
    """
    if source is None:
        return Reason.NOT_ENROLLED
    if source.reason not in (None, Reason.NO_DATA):
        return source.reason
    if lapsed:
        return Reason.ACCESS_LAPSED
    if source.last_good is None or now - source.last_good > limits.silence:
        return Reason.STALE
    return Reason.NO_DATA


def judge_days(days: Sequence[Day], unknown: Reason, limits: Limits) -> tuple[Judgement, ...]:
    """What recent days say, cause by cause; with none, every cause is unknown.

    Args:
        days: Recent days, newest first (`fresh_days`).
        unknown: The reason to give when there are none.
        limits: The limits.
    """
    if not days:
        return tuple(
            Judgement(cause=cause, state=State.UNKNOWN, word=unknown.value)
            for cause in (FILTER_RESULT, COMPLAINTS, TRAPS, RECIPIENTS)
        )
    newest = days[0]
    return (_filter_result(days, limits), _complaints(newest, limits), _traps(newest), _recipients(newest, limits))


def judge_status(rows: Sequence[StatusRow] | None, days: Sequence[Day], unknown: Reason) -> Judgement:
    """What the status report says of one address.

    Args:
        rows: The rows whose range covers the address; None when the report could not be read.
        days: Recent days: without any, absence from the report proves nothing.
        unknown: The reason to give then.
    """
    if rows is None:
        why = Reason.SOURCE_DOWN if unknown is Reason.NO_DATA else unknown
        return Judgement(cause=STATUS, state=State.UNKNOWN, word=why.value)
    blocked = next((row for row in rows if row.blocked), None)
    if blocked:
        text = f"Microsoft blocks {_range(blocked)}: {blocked.details}"
        return Judgement(
            cause=STATUS, state=State.BAD, word="blocked", severity=Severity.CRITICAL, text=text, row=blocked
        )
    if rows:
        text = f"Microsoft puts mail from {_range(rows[0])} in the junk folder: {rows[0].details}"
        return Judgement(cause=STATUS, state=State.BAD, word="junked", text=text, row=rows[0])
    if not days:
        return Judgement(cause=STATUS, state=State.UNKNOWN, word=unknown.value)
    return Judgement(cause=STATUS, state=State.OK, word="", text="not in the status report")


def judge_silence(
    days: Sequence[Day], unknown: Reason, *, now: datetime, limits: Limits, steady: bool, sends: Sends | None = None
) -> Judgement:
    """Whether data stopped coming while mail goes on.

    Args:
        days: All days of the window, newest first.
        unknown: Why there is no recent day.
        now: The present (aware).
        limits: The limits.
        steady: Whether the configuration says that the address sends more than 100 messages a day to Microsoft.
        sends: What is known of our own sending; a weaker sign, and so only information.
    """
    oldest = now.date() - limits.fresh
    if any(day.on >= oldest for day in days):
        return Judgement(cause=DATA_STOPPED, state=State.OK, word="")
    if unknown is not Reason.NO_DATA or not days:
        return Judgement(cause=DATA_STOPPED, state=State.UNKNOWN, word=unknown.value)
    since = f"no data since {days[0].on.isoformat()}"
    if steady:
        text = f"{since}, though the configuration names the address as one that always sends to Microsoft"
        return Judgement(cause=DATA_STOPPED, state=State.BAD, word=DATA_STOPPED, text=text, day=days[0])
    if sends and (went_on := sends.went_on([day.on for day in days], now.date())):
        text = f"{since}, though SES went on sending: {went_on}"
        return Judgement(
            cause=DATA_STOPPED, state=State.BAD, word=SES_DATA_STOPPED, severity=Severity.INFO, text=text, day=days[0]
        )
    return Judgement(cause=DATA_STOPPED, state=State.UNKNOWN, word=unknown.value)


def months_since(day: date, today: date) -> int:
    """Whole calendar months from `day` to `today`."""
    return (today.year - day.year) * 12 + today.month - day.month - (today.day < day.day)


def _filter_result(days: Sequence[Day], limits: Limits) -> Judgement:
    newest = days[0]
    if newest.filter_result is None:
        return Judgement(cause=FILTER_RESULT, state=State.UNKNOWN, word=Reason.NO_DATA.value, day=newest)
    text = f"{newest.filter_result.value} on {newest.on.isoformat()}"
    if newest.filter_result is Colour.RED:
        return Judgement(
            cause=FILTER_RESULT, state=State.BAD, word="red", severity=Severity.CRITICAL, text=text, day=newest
        )
    recent = days[: limits.yellow_days]
    in_a_row = len(recent) == limits.yellow_days and all(
        day.filter_result in (Colour.YELLOW, Colour.RED) for day in recent
    )
    if newest.filter_result is Colour.YELLOW and in_a_row:
        text = f"YELLOW or worse on {limits.yellow_days} days of data in a row, last on {newest.on.isoformat()}"
        return Judgement(cause=FILTER_RESULT, state=State.BAD, word="yellow", text=text, day=newest)
    return Judgement(cause=FILTER_RESULT, state=State.OK, word="", text=text, day=newest)


def _complaints(day: Day, limits: Limits) -> Judgement:
    rate = day.complaint_rate
    if rate is None:
        return Judgement(cause=COMPLAINTS, state=State.UNKNOWN, word=Reason.NO_DATA.value, day=day)
    text = f"complaint rate {rate.op} {rate.value:.2%} on {day.on.isoformat()}"
    if rate.at_least < limits.complaint_warning:
        return Judgement(cause=COMPLAINTS, state=State.OK, word="", text=text, day=day)
    severity = Severity.CRITICAL if rate.at_least >= limits.complaint_critical else Severity.WARNING
    return Judgement(cause=COMPLAINTS, state=State.BAD, word=COMPLAINTS, severity=severity, text=text, day=day)


def _traps(day: Day) -> Judgement:
    if day.trap_hits is None:
        return Judgement(cause=TRAPS, state=State.UNKNOWN, word=Reason.NO_DATA.value, day=day)
    text = f"{day.trap_hits} trap hits on {day.on.isoformat()}"
    state = State.BAD if day.trap_hits else State.OK
    return Judgement(cause=TRAPS, state=state, word=TRAPS if day.trap_hits else "", text=text, day=day)


def _recipients(day: Day, limits: Limits) -> Judgement:
    if day.rcpt_commands is None or day.recipients is None:
        return Judgement(cause=RECIPIENTS, state=State.UNKNOWN, word=Reason.NO_DATA.value, day=day)
    refused = max(day.rcpt_commands - day.recipients, 0)
    share = refused / day.rcpt_commands if day.rcpt_commands else 0.0
    text = f"{refused} of {day.rcpt_commands} recipients ({share:.0%}) not accepted on {day.on.isoformat()}"
    state = State.BAD if share > limits.recipients_gap else State.OK
    return Judgement(cause=RECIPIENTS, state=state, word=RECIPIENTS if state is State.BAD else "", text=text, day=day)


def _range(row: StatusRow) -> str:
    return str(row.first_ip) if row.first_ip == row.last_ip else f"{row.first_ip} to {row.last_ip}"
