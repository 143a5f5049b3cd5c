"""A sender that is made up, of any size: what the page of pictures is measured, tested and shown with."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv4Address

from staygreen.core.dmarc.readiness.answer import Condition, Readiness, Standing
from staygreen.core.finding import Advice, Finding, IPAddress, Severity, State, Subject, SubjectKind
from staygreen.core.incidents.incident import Incident, Kind, Status, id_of
from staygreen.core.pictures.facts import Doing, Facts, Rates, Runs
from staygreen.core.pictures.lived import Lived, Step, lived
from staygreen.core.pictures.period import Period
from staygreen.core.records.dmarc import Policy
from staygreen.core.replies.complaints import Complaint
from staygreen.core.replies.counters import Combination, Tally
from staygreen.core.replies.decode import Cause, System, decode
from staygreen.core.snds.history import Day, Mark
from staygreen.core.snds.rows import Colour
from staygreen.core.verdict import evidence, verdict

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
_FIRST = IPv4Address("198.18.0.1")
_BLOCKED = (
    "550 5.7.1 Unfortunately, messages from [{ip}] weren't sent. Please contact your Internet service provider since "
    "part of their network is on our block list (S3150)."
)
_CONDITIONS = 10
_CHECKS = ("blocklist", "snds", "refusals", "auth_records", "complaints", "ses_reputation")


def facts(count: int, days: int = 90, *, worst: bool = False) -> Facts:
    """A sender with so many addresses, the same every time.

    Args:
        count: Addresses.
        days: Length of the period.
        worst: No two days in a row are alike.
    """
    chance = random.Random(count)
    period = Period.until(NOW, timedelta(days=days))
    addresses: dict[IPAddress, str] = {_FIRST + n: f"mail{n + 1}.example.com" for n in range(count)}
    troubled = list(addresses)[: max(1, count // 5)]
    incidents = tuple(_listing(address, period, chance) for address in troubled)
    return Facts(
        sender="acme (production)",
        period=period,
        now=NOW,
        addresses=addresses,
        verdicts=tuple(_verdicts(incidents)),
        days={address: tuple(_grades(address, period, chance, worst=worst)) for address in addresses},
        reads={"snds_rest": {day: Mark(read_at=NOW, rows=count) for day in list(period)[3:-1]}},
        incidents=incidents,
        runs={check: Runs(ran=frozenset(list(period)[4:])) for check in _CHECKS},
        tallies=tuple(_tallies(troubled, period, chance)),
        complaints=tuple(
            Complaint(id=str(n), at=NOW - timedelta(days=n), reporter="jmrp", is_proven=n % 3 > 0) for n in range(20)
        ),
        complaints_since=(NOW - timedelta(days=35)).date(),
        rates=Rates(
            bounces={day: 0.012 + chance.random() / 100 for day in period},
            complaints={day: chance.random() / 2500 for day in period},
            sent={day: 40_000 + chance.randrange(20_000) for day in period},
        ),
        doings=tuple(
            Doing(at=period.begin + timedelta(days=n * days / 4, hours=9), text=f"release {n}", kind="deployment")
            for n in (1, 2, 3)
        ),
        readiness=(_readiness("example.com"), _readiness("news.example.com", met=7)),
        unread=("DMARC reports (none were handed in)",),
    )


def _readiness(domain: str, met: int = 10) -> Readiness:
    """How far a domain's policy is, with so many of ten conditions met."""
    return Readiness(
        domain=domain,
        on=NOW.date(),
        standing=Standing.READY if met == _CONDITIONS else Standing.NOT_YET,
        present=Policy.NONE,
        next=Policy.QUARANTINE,
        conditions=tuple(
            Condition(
                id=f"R{n}",
                title="share of what was sent that reports cover",
                value="11 %",
                limit="30 %",
                is_met=n <= met,
                act="Wait. If days are missing in between, look whether reports arrive.",
            )
            for n in range(1, _CONDITIONS + 1)
        ),
        not_asked=(),
        window_days=35,
        own_messages=770,
        own_failing=0,
        forwards_lost=0,
    )


def month() -> Facts:
    """The month of the story `month`: a listing, a yellow week, throttling, a broken selector, deployments."""
    period = Period.until(NOW, timedelta(days=30))
    own, leased = IPv4Address("192.0.2.25"), IPv4Address("198.51.100.7")

    def on(day: int, hour: int = 9) -> datetime:
        return period.begin + timedelta(days=day, hours=hour)

    graded = {
        day: Colour.RED if n == 16 else Colour.YELLOW if 9 <= n < 16 else Colour.GREEN for n, day in enumerate(period)
    }
    seen = list(period)[:-1]
    incidents = (
        incident("blocklist", str(own), "psbl", on(3), on(8)),
        incident("snds", str(own), "yellow", on(11), on(19), severity=Severity.WARNING),
        incident("refusals", str(leased), "throttled_outlook_consumer", on(18), on(22), severity=Severity.WARNING),
        incident("auth_records", "example.com", "dkim_missing", on(22), on(25), severity=Severity.WARNING),
    )
    wave = ((18, 6), (19, 14), (20, 9))
    slow = (Cause.IP_THROTTLED, "S844")
    return Facts(
        sender="acme (production)",
        period=period,
        now=NOW,
        addresses={own: "mail1.example.com", leased: "dedicated IP in pool warm"},
        days={
            own: tuple(_day(own, day, graded[day]) for day in seen),
            leased: tuple(_day(leased, day, Colour.GREEN) for day in seen),
        },
        reads={"snds_rest": {day: Mark(read_at=NOW, rows=2) for day in seen}},
        incidents=incidents,
        runs={check: Runs(ran=frozenset(period)) for check in _CHECKS},
        tallies=tuple(tally(str(leased), on(day), number, *slow) for day, number in wave),
        rates=Rates(bounces={}, complaints={}, sent={day: 4000 + 90 * n for n, day in enumerate(period)}),
        doings=(
            Doing(at=on(0, 6), text="created state, addresses, example-com, monitoring", kind="deployment"),
            Doing(at=on(10, 14), text="updated example-com", kind="deployment"),
            Doing(
                at=on(23, 10),
                text="restore_records applied: Restore a name of DKIM to the deployed value.",
                kind="repair",
                subject="example.com",
            ),
            Doing(at=on(26, 15), text="updated example-com", kind="deployment"),
        ),
    )


def _grades(ip: IPAddress, period: Period, chance: random.Random, *, worst: bool) -> Iterator[Day]:
    yellow_from = chance.randrange(period.count)
    for place, day in enumerate(period):
        if worst:
            colour = (Colour.YELLOW, Colour.RED)[place % 2]
        elif chance.random() < 0.05:
            continue
        elif yellow_from <= place < yellow_from + 6 and int(ip) % 4 == 1:
            colour = Colour.YELLOW if place < yellow_from + 4 else Colour.RED
        else:
            colour = Colour.GREEN
        yield _day(ip, day, colour)


def _day(ip: IPAddress, on: date, colour: Colour) -> Day:
    return Day(
        ip=IPv4Address(int(ip)),
        on=on,
        source="snds_rest",
        filter_result=colour,
        rcpt_commands=4220,
        data_commands=4090,
        recipients=4220,
        complaint_rate=None,
        trap_hits=None,
    )


def _listing(ip: IPAddress, period: Period, chance: random.Random) -> Lived:
    begun = period.begin + timedelta(days=chance.randrange(period.count - 5), hours=3)
    is_open = chance.random() < 0.2
    ended = None if is_open else begun + timedelta(days=2, hours=5)
    return incident("blocklist", str(ip), "spamhaus-zen", begun, ended)


def incident(
    check: str,
    subject: str,
    cause: str,
    begun: datetime,
    ended: datetime | None,
    *,
    severity: Severity = Severity.CRITICAL,
) -> Lived:
    """An incident with one episode."""
    advice = Advice(
        consequence=f"Mail from {subject} is refused where {cause} is asked.",
        meaning="It is listed.",
        title=f"{subject} is listed on {cause}",
        steps=(f"Ask {cause} to take {subject} off.",),
    )
    kind = SubjectKind.IP if subject[0].isdigit() else SubjectKind.DOMAIN
    finding = Finding(
        check=check,
        subject=Subject(kind, subject),
        cause=cause,
        state=State.BAD,
        severity=severity,
        observed_at=begun,
        advice=advice,
    )
    last = ended or NOW
    known = Incident(
        id=id_of(finding),
        finding=finding,
        status=Status.CLOSED if ended else Status.OPEN,
        first_seen=begun,
        last_seen=last,
        last_reading=last,
        counted_at=last,
        opened_at=begun + timedelta(hours=1),
        closed_at=ended,
    )
    steps = [Step(Kind.OPENED, begun + timedelta(hours=1))]
    return lived(known, [*steps, *([Step(Kind.CLEARED, ended)] if ended else [])])


def _verdicts(incidents: Sequence[Lived]) -> Iterator[verdict.Verdict]:
    for each in incidents:
        if each.incident.status is Status.OPEN:
            yield verdict.judge(each.incident.subject, [evidence.of_incident(each.incident)], NOW)


def _tallies(addresses: Sequence[IPAddress], period: Period, chance: random.Random) -> Iterator[Tally]:
    for address in addresses:
        start = chance.randrange(period.count)
        for place in range(start, min(start + 3, period.count)):
            yield tally(str(address), period.begin + timedelta(days=place, hours=9), 40 + chance.randrange(100))


def tally(ip: str, hour: datetime, messages: int, cause: Cause = Cause.IP_BLOCKED, code: str = "S3150") -> Tally:
    """What Outlook.com refused or slowed down, counted in one hour."""
    return Tally(
        combination=Combination(Subject(SubjectKind.IP, ip), System.OUTLOOK_CONSUMER, cause, code),
        hour=hour,
        messages=messages,
        new_messages=messages,
        new_recipients=messages,
        first_at=hour,
        last_at=hour,
        source="ses",
        decoded=decode(_BLOCKED.format(ip=ip)),
    )
