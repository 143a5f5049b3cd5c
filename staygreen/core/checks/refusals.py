"""What receiving servers say of our mail, from the counters of their replies (docs/runbooks/refusals.md).

A block is proof enough at its first reply, a throttle from its first cluster on. What opened closes when nothing
has been refused for a while in which something was sent. Replies that no rule knows are reported once a week.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from staygreen.core.checks.check import Check
from staygreen.core.checks.world import Ask, Source
from staygreen.core.confirmation import Confirmation
from staygreen.core.errors import SourceUnavailable
from staygreen.core.finding import Advice, Evidence, Finding, Severity, State, Subject, SubjectKind
from staygreen.core.incidents.incident import UNKNOWN_REPLIES
from staygreen.core.incidents.report import Coverage, Report
from staygreen.core.naming import REPLIES, ResourceNames
from staygreen.core.published.dns_cache import Answers
from staygreen.core.replies import explain
from staygreen.core.replies.counters import SHARED, Class, Tally
from staygreen.core.replies.decode import Cause, Decoded, Route, System
from staygreen.core.verdict import first_look
from staygreen.core.wording import duration, named, utc_time

if TYPE_CHECKING:
    from staygreen.core.config.config import Config

ID = "refusals"
HORIZON = timedelta(days=14)
"""How far back counters are read: longer than any time of quiet that may be set."""
WINDOW = timedelta(hours=6)
"""The length of a cluster, and how long after its last reply a throttle is over."""
SHOWN = 5
_ONE_EACH = Confirmation(sightings=1, spacing=timedelta(0), clears=1)
"""A counter is a fact: no second reading confirms it, and quiet is judged here."""
_ADDRESS_CAUSES = frozenset({Cause.IP_BLOCKED, Cause.RANGE_BLOCKED, Cause.IP_THROTTLED, Cause.CONNECTION_LIMIT})
_FILED = frozenset({Route.SUPPORT_FORM, Route.DELIST_PORTAL, Route.DELIST_MAIL, Route.AWS_SUPPORT})
_RESULT = re.compile(r"\b(spf|dkim|dmarc) ?= ?([a-z]{3,12})")


def settings(config: Config) -> Mapping[str, Any]:
    """What the function reads at run time, as JSON values."""
    given = config.monitors.refusals
    return {
        "table": config.names.table(REPLIES),
        "sender": config.names.sender,
        "environment": config.names.environment,
        "cluster": given.cluster,
        "quiet_seconds": int(given.quiet.total_seconds()),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """What one system does to one subject, in one way."""

    subject: Subject
    cause: str
    """The stable word of its incident."""
    tallies: tuple[Tally, ...]
    """Newest first."""

    @property
    def newest(self) -> Tally:
        return self.tallies[0]

    @property
    def decoded(self) -> Decoded:
        return self.newest.decoded

    @property
    def last(self) -> datetime:
        return self.newest.last_at

    @property
    def first(self) -> datetime:
        return min(each.first_at for each in self.tallies)

    @property
    def is_of_microsoft(self) -> bool:
        """Whether Microsoft said it of mail that SES sent."""
        return self.newest.combination.system.is_microsoft and self.newest.source == "ses"

    @property
    def messages(self) -> int:
        """Messages that were hit so far, each once."""
        return sum(each.new_messages for each in self.tallies)

    @property
    def recipients(self) -> int:
        """Recipients who were hit so far; 0 where none was named."""
        return sum(each.new_recipients for each in self.tallies)

    @property
    def is_throttle(self) -> bool:
        return self.newest.combination.cause.is_throttle

    @property
    def needs_cluster(self) -> bool:
        """Whether one reply is no news: everyday greylisting, or one server among many."""
        return self.is_throttle or self.newest.combination.system in (System.OTHER, System.ON_PREMISES)

    def has_cluster(self, size: int) -> bool:
        """Whether `size` messages were hit within the window at any time."""
        return any(
            sum(each.messages for each in self.tallies if timedelta(0) <= end.hour - each.hour < WINDOW) >= size
            for end in self.tallies
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """The settings, read."""

    names: ResourceNames
    cluster: int
    quiet: timedelta
    to_microsoft: Mapping[date, int] = field(default_factory=lambda: MappingProxyType({}))
    """Messages that SES sent to Microsoft since a day, where somebody counts them."""


def run(settings: Mapping[str, Any], ask: Ask) -> Report:
    """Judge the counters of the last two weeks."""
    now = ask.now()
    rules = _Rules(
        names=ResourceNames(sender=settings["sender"], environment=settings["environment"]),
        cluster=settings["cluster"],
        quiet=timedelta(seconds=settings["quiet_seconds"]),
    )
    tallies = ask.replies(settings["table"], now - HORIZON, (Class.OURS, Class.UNKNOWN))
    groups = _named(tuple(_groups(each for each in tallies if each.combination.cause.is_ours)), ask)
    to_microsoft, notes = _sent_to_microsoft(groups, rules, ask)
    rules = replace(rules, to_microsoft=to_microsoft)
    blocked = {(each.subject.key, each.newest.combination.system) for each in groups if _is_blocked(each, rules, now)}
    findings = []
    for group in groups:
        held = group.is_throttle and (group.subject.key, group.newest.combination.system) in blocked
        findings.append(_finding(group, rules, ask, is_held=held))
    findings.append(_unknown_codes([each for each in tallies if _is_unknown(each)], now))
    return Report(findings=tuple(findings), coverage=(Coverage(source="replies", asked=1, answered=1),), notes=notes)


def _groups(tallies: Iterable[Tally]) -> Iterator[_Group]:
    found: dict[tuple[str, str], list[Tally]] = {}
    for each in tallies:
        found.setdefault((each.combination.subject.key, cause_word(each)), []).append(each)
    for (_, cause), members in found.items():
        members.sort(key=lambda each: each.last_at, reverse=True)
        subject = members[0].combination.subject
        subject = SHARED if subject.key == SHARED.key else subject
        yield _Group(subject=subject, cause=cause, tallies=tuple(members))


def _named(groups: tuple[_Group, ...], ask: Ask) -> tuple[_Group, ...]:
    """The groups, with what people call their addresses; counters know numbers alone."""
    if not any(group.subject.kind is SubjectKind.IP for group in groups):
        return groups
    try:
        names = {each.id: each.label for each in (*ask.elastic_ips(), *ask.dedicated_ips())}
    except SourceUnavailable:
        # that mail is refused is told all the same, by the number
        return groups
    return tuple(
        replace(group, subject=replace(group.subject, label=names.get(group.subject.id, group.subject.label)))
        for group in groups
    )


def cause_word(tally: Tally) -> str:
    """The stable word of the incident that a counter feeds."""
    cause, system = tally.combination.cause, tally.combination.system
    kind = "throttled" if cause.is_throttle else "authentication" if cause is Cause.AUTHENTICATION else "blocked"
    return f"{kind}_{system.value}"


def _is_blocked(group: _Group, rules: _Rules, now: datetime) -> bool:
    return group.newest.combination.cause.is_block and now - group.last <= rules.quiet


def _finding(group: _Group, rules: _Rules, ask: Ask, *, is_held: bool) -> Finding:
    now = ask.now()
    over = now - group.last > (WINDOW if group.is_throttle else rules.quiet)
    if group.needs_cluster and not group.has_cluster(rules.cluster):
        return _quiet(group, State.OK, "", now)
    if over and not is_held:
        # Silence tells nothing when nothing was sent; the logs of mail servers tell of refusals alone.
        silent = group.newest.source == "ses" and ask.ses_sent(group.last, now) == 0
        return _quiet(group, State.UNKNOWN if silent else State.OK, "nothing_sent" if silent else "", now)
    # What is known since the last run is no new reading: the observation is the last reply's own.
    return Finding(
        check=ID,
        subject=group.subject,
        cause=group.cause,
        state=State.BAD,
        severity=Severity.WARNING if group.is_throttle else Severity.CRITICAL,
        observed_at=group.last,
        began_at=group.first,
        evidence=tuple(_evidence(each, group) for each in group.tallies[:SHOWN]),
        advice=_advice(group, rules, ask),
        group=group.cause,
        is_conclusive=not group.is_throttle,
    )


def _quiet(group: _Group, state: State, reason: str, now: datetime) -> Finding:
    return Finding(
        check=ID,
        subject=group.subject,
        cause=group.cause,
        state=state,
        severity=Severity.INFO,
        observed_at=now,
        reason=reason,
    )


def _evidence(tally: Tally, group: _Group) -> Evidence:
    decoded, combination = tally.decoded, tally.combination
    data: Mapping[str, str] = {
        "name": explain.NAMES[combination.system],
        "system": combination.system.value,
        "cause": combination.cause.value,
        "code": combination.code,
        "messages": str(tally.messages),
        "affected_messages": str(group.messages),
        "affected_recipients": str(group.recipients),
        "retrying": explain.retry(decoded),
        "first_at": tally.first_at.isoformat(),
        "last_at": tally.last_at.isoformat(),
        "certainty": decoded.certainty.value,
    }
    text = f"{_count(tally.messages, 'message')} in the hour from {utc_time(tally.hour)}"
    return Evidence(source="replies", text=text, observed_at=tally.last_at, raw=decoded.text, data=data)


def _advice(group: _Group, rules: _Rules, ask: Ask) -> Advice:
    decoded = replace(group.decoded, route=_route(group, ask))
    way = explain.WAYS[decoded.route]
    missing = _missing(decoded, ask) if decoded.cause is Cause.AUTHENTICATION else ()
    is_mail = bool(way.address) and "@" in way.address
    steps = [*way.steps, f"Send it to {way.address}." if is_mail else "", *missing, _command(group, decoded, rules)]
    length = WINDOW if group.is_throttle else rules.quiet
    return Advice(
        consequence=f"{explain.SYSTEMS[decoded.system]} {_does(group, decoded)}: {_affected(group, rules)}. "
        f"{explain.retry(decoded)}",
        meaning=decoded.meaning,
        title=_title(group, decoded, rules),
        title_over=f"{explain.NAMES[decoded.system]} takes mail from {_whom(group)} again",
        steps=tuple(step for step in steps if step),
        link="" if is_mail else way.address,
        runbook=f"{ID}#{anchor(decoded.route)}",
        by_itself=f"It closes when no such reply has come for {duration(length)} while mail was sent, and you are told."
        " No recipient is suppressed for it.",
    )


def _title(group: _Group, decoded: Decoded, rules: _Rules) -> str:
    """Who does what to whom, with the code, and how much it hit behind the colon."""
    who = explain.NAMES[decoded.system]
    verb = "slows down" if group.is_throttle else "refuses"
    code = f" ({decoded.code})" if decoded.code else ""
    sent = _sent_since(group, rules)
    hit = f"{group.messages:,} of {sent:,}" if sent else f"{group.messages:,}"
    return f"{who} {verb} {_whom(group)}{code}: {hit} {'message' if group.messages == 1 else 'messages'}"


def _whom(group: _Group) -> str:
    return "a shared SES address" if group.subject.key == SHARED.key else group.subject.id


def _does(group: _Group, decoded: Decoded) -> str:
    verb = "slows down" if group.is_throttle else "refuses"
    domain = f" for domain {decoded.domain}" if decoded.domain and decoded.domain != group.subject.id else ""
    return f"{verb} mail from {_called(group.subject)}{domain}"


def _called(subject: Subject) -> str:
    if subject.kind is not SubjectKind.IP:
        return subject.label or subject.id
    return named(subject.id, subject.label)


def _affected(group: _Group, rules: _Rules) -> str:
    """Counts, and never rates; beside them what went to Microsoft in all, where somebody counts it."""
    to = f" to {_count(group.recipients, 'recipient')}" if group.recipients else ""
    all_sent = _sent_since(group, rules)
    of_all = f", of {all_sent:,} that the account sent to Microsoft since {group.first:%-d %B}" if all_sent else ""
    return f"{_count(group.messages, 'message')}{to} so far{of_all}"


def _sent_since(group: _Group, rules: _Rules) -> int:
    """What went to Microsoft since the day of the first reply; 0 where nobody counts it."""
    sent = rules.to_microsoft.get(group.first.date(), 0) if group.is_of_microsoft else 0
    # a count below what was refused is behind: it would mislead
    return sent if sent >= group.messages else 0


def _sent_to_microsoft(groups: Iterable[_Group], rules: _Rules, ask: Ask) -> tuple[Mapping[date, int], tuple[str, ...]]:
    """What current refusals by Microsoft are out of, by the day of the first; and why it is not known."""
    now = ask.now()
    counted: dict[date, int] = {}
    current = (each for each in groups if each.is_of_microsoft and now - each.last <= rules.quiet)
    for since in {each.first.date(): each.first for each in current}.values():
        try:
            sent = ask.ses_to_microsoft(since)
        except SourceUnavailable as error:
            # an alert without it says less; no alert would say nothing
            return counted, (f"what went to Microsoft in all is not known: {error}",)
        if sent is not None:
            counted[since.date()] = sent
    return counted, ()


def _route(group: _Group, ask: Ask) -> Route:
    """The decoded route, but where only AWS can speak for the address or its range."""
    decoded = group.decoded
    if decoded.cause not in _ADDRESS_CAUSES:
        return decoded.route
    if group.subject.key == SHARED.key:
        return Route.AWS_SUPPORT
    if decoded.cause is Cause.RANGE_BLOCKED and group.subject.kind is SubjectKind.IP:
        of_aws = {each.id for each in (*ask.elastic_ips(), *ask.dedicated_ips())} - set(ask.brought_ips())
        return Route.AWS_SUPPORT if group.subject.id in of_aws else decoded.route
    return decoded.route


def _missing(decoded: Decoded, ask: Ask) -> Iterator[str]:
    """What authentication lacks: by the reply itself, and by what DNS holds."""
    failed = [name.upper() for name, result in _RESULT.findall(decoded.text.lower()) if result != "pass"]
    if failed:
        names = " and ".join(dict.fromkeys(failed))
        yield f"Repair {names} first: the reply says that {'it' if len(set(failed)) == 1 else 'they'} did not pass."
    if not decoded.domain:
        return
    lacks = [
        e for e in first_look.authentication(decoded.domain, Answers(ask.lookup), ask.now()) if e.state is State.BAD
    ]
    if lacks:
        yield f"Repair what DNS shows: {'; '.join(exhibit.text.rstrip('.') for exhibit in lacks)}."
    elif not failed:
        yield "Look whether SPF and DKIM pass and are aligned with the From domain: DNS holds SPF and DMARC records."


def _command(group: _Group, decoded: Decoded, rules: _Rules) -> str:
    """What makes the packet for the route, or the settings."""
    if decoded.route is Route.SLOW_DOWN:
        return "`staygreen slow-down postfix` (or exim, or ses) prints settings."
    ip = group.subject.id if group.subject.kind is SubjectKind.IP else decoded.ip
    if decoded.route not in _FILED or not ip:
        return ""
    return f"`staygreen case open {ip} {rules.names.options}` makes the packet from these replies."


def anchor(route: Route) -> str:
    """The section of the runbook."""
    return route.value.replace("_", "-")


def _is_unknown(tally: Tally) -> bool:
    """Whether no rule knows the reply; one may know a code whose cause is none of ours, such as that of a loop."""
    is_known = bool(tally.combination.code and tally.decoded.rule)
    return tally.combination.cause is Cause.UNKNOWN and not is_known


def _unknown_codes(tallies: Sequence[Tally], now: datetime) -> Finding:
    """What no rule knew in the last whole week, Monday to Sunday; `codes` makes each week news of its own."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    until = midnight - timedelta(days=now.weekday())
    since = until - timedelta(days=7)
    told = sorted(
        (each for each in tallies if since <= each.hour < until), key=lambda each: each.messages, reverse=True
    )
    week = f"{since:%G-W%V}"
    messages = sum(each.messages for each in told)
    return Finding(
        check=ID,
        subject=Subject(SubjectKind.SOURCE, "replies of no known kind"),
        cause=UNKNOWN_REPLIES,
        state=State.BAD if told else State.OK,
        severity=Severity.INFO,
        observed_at=now,
        evidence=tuple(_unknown_evidence(each, week) for each in _one_of_each(told)),
        advice=Advice(
            consequence=f"Replies to {_count(messages, 'message')} in the week from {since:%Y-%m-%d} are of no kind "
            "that is known. They were counted; what they mean was not guessed.",
            meaning="Servers change their words. A reply that no rule knows opens no incident of its own.",
            title=f"Replies of no known kind: {_count(messages, 'message')} last week",
            steps=(
                "Read them.",
                "Where one speaks of your address or domain, act on it and tell the project its text.",
            ),
            runbook=f"{ID}#none",
            by_itself="The next report comes after the next week that has any.",
        )
        if told
        else None,
    )


def _one_of_each(tallies: Iterable[Tally]) -> list[Tally]:
    """The first of each system and code: many subjects may get the same reply."""
    chosen: dict[tuple[System, str], Tally] = {}
    for each in tallies:
        chosen.setdefault((each.combination.system, each.combination.code), each)
    return list(chosen.values())[: 4 * SHOWN]


def _unknown_evidence(tally: Tally, week: str) -> Evidence:
    text = f"{explain.NAMES[tally.combination.system]}, {_count(tally.messages, 'message')}"
    data = {"codes": week, "name": "The weekly report", "code": tally.combination.code}
    return Evidence(source="replies", text=text, observed_at=tally.last_at, raw=tally.decoded.text, data=data)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


CHECK = Check(
    id=ID,
    title="replies of receiving servers",
    sources=frozenset(
        {
            Source.REPLIES,
            Source.SES_SENT,
            Source.SES_TO_MICROSOFT,
            Source.SES_DEDICATED_IPS,
            Source.ELASTIC_IPS,
            Source.DNS,
        }
    ),
    timeout=timedelta(minutes=2),
    memory_mb=256,
    enabled=lambda config: config.monitors.refusals.enabled,
    schedule=lambda config: config.monitors.refusals.schedule,
    settings=settings,
    secrets=lambda config: (),
    confirmation=lambda settings: _ONE_EACH,
    run=run,
)
