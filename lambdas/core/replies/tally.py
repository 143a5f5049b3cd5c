"""Counts of replies, and the findings that follow from them.

Without Amazon's Virtual Deliverability Manager there is no denominator for each
provider: these are counts, never rates. A count is kept for each address or
pool, system, cause, code and hour, with one sample reply whose recipients'
local parts are redacted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lambdas.core.finding import Advice, Evidence, Finding, Severity, State, Subject, SubjectKind
from lambdas.core.replies import explain
from lambdas.core.replies.decode import Cause, Decoded, System
from lambdas.core.replies.notice import Kind, Notice, redacted

CHECK = "refusals"
CLUSTER = 3
"""Throttled messages in the window that make a cluster: one deferral is everyday greylisting."""
WINDOW = timedelta(hours=6)
QUIET = timedelta(hours=48)
"""How long nothing must be refused before a block is taken for lifted."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is counted apart."""

    subject: Subject
    system: System
    cause: Cause
    code: str
    hour: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One counter."""

    key: Key
    messages: int
    recipients: frozenset[str]
    """Keyed hashes of the recipients, as the caller made them; empty when it made none."""
    first_at: datetime
    last_at: datetime
    sample: str
    """A reply, local parts redacted."""
    decoded: Decoded


def counted(notices: Iterable[Notice], *, now: datetime, own_pool: str = "") -> tuple[Tally, ...]:
    """Count the replies of refusals and delays; the newest sample of each counter is kept.

    Args:
        notices: what was read.
        now: stands in for the time of a reply that names none.
        own_pool: what is charged when neither reply nor source names an address or a domain.
    """
    tallies: dict[Key, Tally] = {}
    for notice in notices:
        if notice.kind not in (Kind.REFUSED, Kind.DELAYED):
            continue
        decoded = notice.decoded()
        at = notice.at or now
        hour = at.replace(minute=0, second=0, microsecond=0)
        key = Key(subject(notice, decoded, own_pool), decoded.system, decoded.cause, decoded.code or "", hour)
        fresh = Tally(
            key=key,
            messages=1,
            recipients=frozenset(),
            first_at=at,
            last_at=at,
            sample=redacted(decoded.text),
            decoded=replace(decoded, text=redacted(decoded.text)),
        )
        tallies[key] = merged(tallies[key], fresh) if key in tallies else fresh
    return tuple(tallies.values())


def merged(one: Tally, other: Tally) -> Tally:
    """The sum of two counters of one key: commutative, so that batches may arrive in any order."""
    newest = max(one, other, key=lambda each: (each.last_at, each.sample))
    return replace(
        newest,
        messages=one.messages + other.messages,
        recipients=one.recipients | other.recipients,
        first_at=min(one.first_at, other.first_at),
    )


def subject(notice: Notice, decoded: Decoded, own_pool: str = "") -> Subject:
    """What a reply charges: the domain for authentication, else the address, else domain or pool."""
    domain = decoded.domain or notice.domain
    if decoded.cause is Cause.AUTHENTICATION and domain:
        return Subject(SubjectKind.DOMAIN, domain)
    ip = decoded.ip or notice.ip
    if ip and "/" not in ip:
        return Subject(SubjectKind.IP, ip)
    if domain:
        return Subject(SubjectKind.DOMAIN, domain)
    return Subject(SubjectKind.POOL, own_pool or "unknown")


def findings(tallies: Sequence[Tally], now: datetime) -> tuple[Finding, ...]:
    """The findings that the counters give, one for each subject, system and class of cause."""
    groups: dict[tuple[Subject, str], list[Tally]] = {}
    for each in tallies:
        cause = _cause(each)
        if cause:
            groups.setdefault((each.key.subject, cause), []).append(each)
    found = (_finding(who, cause, group, now) for (who, cause), group in groups.items())
    return tuple(each for each in found if each is not None)


def _cause(tally: Tally) -> str:
    """The stable word of an incident; causes that are not ours open none."""
    cause, system = tally.key.cause, tally.key.system
    if cause.is_block:
        return f"blocked_{system.value}"
    if cause.is_throttle:
        return f"throttled_{system.value}"
    return f"authentication_{system.value}" if cause is Cause.AUTHENTICATION else ""


def _finding(who: Subject, cause: str, group: Sequence[Tally], now: datetime) -> Finding | None:
    last = max(each.last_at for each in group)
    is_block = group[0].key.cause.is_block
    if now - last > (QUIET if is_block else WINDOW):
        return Finding(check=CHECK, subject=who, cause=cause, state=State.OK, severity=Severity.INFO, observed_at=now)
    recent = [each for each in group if now - each.last_at <= WINDOW]
    if group[0].key.cause.is_throttle and sum(each.messages for each in recent) < CLUSTER:
        return None
    newest = max(group, key=lambda each: each.last_at)
    return Finding(
        check=CHECK,
        subject=who,
        cause=cause,
        state=State.BAD,
        severity=Severity.CRITICAL if not group[0].key.cause.is_throttle else Severity.WARNING,
        observed_at=last,
        evidence=tuple(_evidence(each) for each in sorted(group, key=lambda each: each.last_at, reverse=True)[:5]),
        advice=_advice(who, newest, group),
    )


def _evidence(tally: Tally) -> Evidence:
    key = tally.key
    data: Mapping[str, str] = {
        "system": key.system.value,
        "cause": key.cause.value,
        "code": key.code,
        "messages": str(tally.messages),
        "first_at": tally.first_at.isoformat(),
        "last_at": tally.last_at.isoformat(),
        "certainty": tally.decoded.certainty.value,
    }
    text = f"{tally.messages} in the hour from {key.hour:%Y-%m-%d %H:%M} UTC: {tally.sample}"
    return Evidence(source="replies", text=text, observed_at=tally.last_at, raw=tally.sample, data=data)


def _advice(who: Subject, newest: Tally, group: Sequence[Tally]) -> Advice:
    decoded = newest.decoded
    way = explain.WAYS[decoded.route]
    messages = sum(each.messages for each in group)
    recipients = frozenset().union(*(each.recipients for each in group))
    counted_as = f"{messages} messages" if messages != 1 else "1 message"
    if recipients:
        counted_as += f" to {len(recipients)} recipients"
    does = "slows down" if decoded.cause.is_throttle else "refuses"
    about = f" for domain {decoded.domain}" if decoded.domain else ""
    return Advice(
        consequence=f"{explain.SYSTEMS[decoded.system]} {does} mail from {who.id}{about}: {counted_as} so far. "
        f"{explain.retry(decoded)}",
        meaning=decoded.meaning,
        next_step=way.step,
        link=way.address if way.address.startswith("https://") else "",
        runbook=f"{CHECK}#{anchor(decoded)}",
    )


def anchor(decoded: Decoded) -> str:
    """The section of the runbook, `docs/runbooks/refusals.md`."""
    return decoded.route.value.replace("_", "-")


def wrongly_suppressed(decoded: Decoded) -> bool:
    """Whether a recipient that SES suppressed for this reply should be taken off the list again.

    A recipient is never to blame for a refusal of our address, range or pace.
    """
    return decoded.cause.is_block or decoded.cause.is_throttle or decoded.cause is Cause.SERVER_BUSY
