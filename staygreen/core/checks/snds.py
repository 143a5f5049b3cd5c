"""What Microsoft thinks of a sender's addresses, from SNDS (docs/runbooks/snds.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, ip_address
from typing import TYPE_CHECKING, Any

from staygreen.core.checks.check import Check
from staygreen.core.checks.world import Ask, Source
from staygreen.core.confirmation import Confirmation, read, written
from staygreen.core.finding import Evidence, Finding, Severity, State, Subject, SubjectKind
from staygreen.core.incidents.report import Coverage, Metric, Report
from staygreen.core.naming import SNDS
from staygreen.core.snds import advice, judgement
from staygreen.core.snds.judgement import Judgement, Limits
from staygreen.core.snds.rest_answer import Reason
from staygreen.core.snds.rows import Colour
from staygreen.core.snds.run_result import (
    SES_CLOUDWATCH,
    SNDS_LINK,
    SNDS_REST,
    Places,
    Question,
    Reading,
    SourceReading,
    zone_named,
)
from staygreen.core.snds.token import Client
from staygreen.core.wording import named

if TYPE_CHECKING:
    from staygreen.core.config.config import Config

ID = "snds"
_OURS = {"name": "The check of Microsoft SNDS"}
"""Who reports what is wrong with our own access, where Microsoft says nothing."""
_REMIND_MONTHS = 9
_LAPSE_MONTHS = 10
_LINK_WARNING_DAYS = 23
_LINK_LAST_DAYS = 28
_METRIC_OF = {Colour.GREEN: "IpsGreen", Colour.YELLOW: "IpsYellow", Colour.RED: "IpsRed", None: "IpsUnknown"}


def settings(config: Config) -> Mapping[str, Any]:
    """What the function reads at run time, as JSON values."""
    snds = config.monitors.snds
    return {
        "token_secret": snds.token_secret,
        "link_secret": snds.link_secret,
        "table": config.names.table(SNDS),
        "bucket": config.names.bucket(SNDS, config.sender.account, config.sender.region),
        "timezone": snds.timezone,
        "networks": [{"network": network.network, "attested": network.attested} for network in snds.networks],
        "steady": [str(address) for address in snds.steady],
        "ips": [str(address) for address in config.subjects.ips],
        "limits": {
            "yellow_days": snds.yellow_days,
            "complaint_warning": snds.complaint_warning,
            "complaint_critical": snds.complaint_critical,
            "recipients_gap": snds.recipients_gap,
        },
        "per_ip_metrics": snds.per_ip_metrics,
        "schedule_seconds": int(snds.schedule.total_seconds()),
        "base_url": snds.base_url,
        "authority": snds.authority,
        "client_id": snds.client_id,
        "scope": snds.scope,
        "confirmation": written(snds.confirmation),
    }


def confirmation(settings: Mapping[str, Any]) -> Confirmation:
    """The incident rules of this check: a report is a statement, and is believed at once."""
    return read(settings, Confirmation(sightings=1, spacing=timedelta(0), clears=1))


def places(settings: Mapping[str, Any]) -> Places:
    """Where the sources are, from the settings; what is absent has its default."""
    default = Client()
    return Places(
        base_url=settings.get("base_url", "https://substrate.office.com/ip-domain-management-snds"),
        client=Client(
            authority=settings.get("authority", default.authority),
            client_id=settings.get("client_id", default.client_id),
            scope=settings.get("scope", default.scope),
        ),
        zone=zone_named(settings.get("timezone", "UTC")),
        token_secret=settings.get("token_secret", ""),
        link_secret=settings.get("link_secret", ""),
        table=settings.get("table", ""),
        bucket=settings.get("bucket", ""),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Network:
    network: IPv4Network
    attested: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """One run: what was asked, what is known, and under which rules it is judged."""

    question: Question
    reading: Reading
    now: datetime
    limits: Limits
    networks: tuple[_Network, ...]
    steady: frozenset[str]

    def source_of(self, address: IPv4Address) -> str:
        return SES_CLOUDWATCH if address in self.question.dedicated else self.question.own_source

    def has_lapsed(self, address: IPv4Address) -> bool:
        """Whether the newest confirmation of the address's network is more than ten months old."""
        dates = [network.attested for network in self.networks if address in network.network]
        return bool(dates) and judgement.months_since(max(dates), self.now.date()) >= _LAPSE_MONTHS


def run(settings: Mapping[str, Any], ask: Ask) -> Report:
    """Judge every IPv4 address of the sender; SNDS has no IPv6."""
    labels = {subject.id: subject for subject in (*ask.elastic_ips(), *ask.dedicated_ips())}
    dedicated = frozenset(_ipv4(subject.id for subject in ask.dedicated_ips()))
    own = frozenset(_ipv4([*(subject.id for subject in ask.elastic_ips()), *settings.get("ips", [])])) - dedicated
    question = Question(places=places(settings), dedicated=dedicated, own=own)
    this = _Round(
        question=question,
        reading=ask.snds(question),
        now=ask.now(),
        limits=Limits(**settings.get("limits", {})),
        networks=tuple(_networks(settings)),
        steady=frozenset(settings.get("steady", [])),
    )
    findings: list[Finding] = []
    for address in sorted(dedicated | own):
        subject = labels.get(str(address), Subject(SubjectKind.IP, str(address)))
        findings.extend(_about_address(this, address, subject))
    for source in this.reading.sources:
        findings.extend(_about_source(source, this.now))
    findings.extend(_about_networks(this))
    return Report(
        findings=tuple(findings),
        coverage=tuple(_coverage(source) for source in this.reading.sources),
        metrics=tuple(_metrics(this, settings)),
        notes=tuple(_notes(this.reading)),
    )


def _notes(reading: Reading) -> Iterator[str]:
    for source in reading.sources:
        if source.detail:
            yield f"{source.source}: {source.detail}" + (f"; body kept at {source.kept_at}" if source.kept_at else "")
    if reading.foreign:
        yield f"{reading.foreign} rows about addresses that are not ours were ignored"


def judgements(this: _Round, address: IPv4Address) -> tuple[Judgement, ...]:
    """Everything that can be said of one address, cause by cause."""
    source = this.reading.of(this.source_of(address))
    days = this.reading.days.get(address, ())
    recent = judgement.fresh_days(days, this.now, this.limits)
    unknown = judgement.why_unknown(source, this.now, this.limits, lapsed=this.has_lapsed(address))
    silence = judgement.judge_silence(
        days,
        unknown,
        now=this.now,
        limits=this.limits,
        steady=str(address) in this.steady,
        # counted for SES alone: nothing here counts what other mail servers send
        sends=this.reading.sends if address in this.question.dedicated else None,
    )
    judged = (*judgement.judge_days(recent, unknown, this.limits), silence)
    if this.source_of(address) != SNDS_REST:
        return judged
    rows = None
    if this.reading.status is not None:
        rows = tuple(row for row in this.reading.status if row.covers(address))
    return (*judged, judgement.judge_status(rows, recent, unknown))


def _about_address(this: _Round, address: IPv4Address, subject: Subject) -> Iterator[Finding]:
    source = this.source_of(address) or "none"
    name = named(subject.id, subject.label)
    for judged in judgements(this, address):
        bad = judged.state is State.BAD
        yield Finding(
            check=ID,
            subject=subject,
            cause=judged.cause,
            state=judged.state,
            severity=judged.severity,
            observed_at=this.now,
            evidence=(_evidence(judged, source, this.now),) if judged.text else (),
            advice=advice.about_address(judged.word, name, subject.id) if bad else None,
            reason=judged.word if judged.state is State.UNKNOWN else "",
        )


def _evidence(judged: Judgement, source: str, now: datetime) -> Evidence:
    data = {"name": "Microsoft SNDS", "state": judged.word or "ok"}
    raw = ""
    if judged.day:
        data["report_date"] = judged.day.on.isoformat()
        source, raw = judged.day.source, judged.day.raw
    if judged.row:
        data |= {"first_ip": str(judged.row.first_ip), "last_ip": str(judged.row.last_ip)}
        raw = judged.row.raw
    return Evidence(source=source, text=judged.text, observed_at=now, raw=raw, data=data)


def _about_source(source: SourceReading, now: datetime) -> Iterator[Finding]:
    """Whether a source did its part. Each way of failing is its own incident: each has its own repair."""
    for reason, cause in (
        (Reason.AUTH_EXPIRED, "auth_expired"),
        (Reason.ACCESS_LAPSED, "access_lapsed"),
        (Reason.SCHEMA_DRIFT, "schema_drift"),
        (Reason.SOURCE_DOWN, "coverage"),
    ):
        bad = source.reason is reason or (cause == "coverage" and source.reason is Reason.STALE)
        fine = source.reason in (None, Reason.NO_DATA)
        state = State.BAD if bad else State.OK if fine else State.UNKNOWN
        kept = f"; the body is kept at {source.kept_at}" if bad and source.kept_at else ""
        text = f"{source.detail or (source.reason.value if source.reason else '')}{kept}"
        yield Finding(
            check=ID,
            subject=Subject(SubjectKind.SOURCE, source.source),
            cause=cause,
            state=state,
            severity=Severity.WARNING,
            observed_at=now,
            evidence=(Evidence(source=source.source, text=text, observed_at=now, data=_OURS),) if bad else (),
            advice=advice.about_source(source.reason, source.source) if bad and source.reason else None,
            reason=source.reason.value if state is State.UNKNOWN and source.reason else "",
        )
    if source.source == SNDS_LINK and source.link_created:
        yield _about_link_age(source.link_created, now)


def _about_link_age(created: date, now: datetime) -> Finding:
    age = (now.date() - created).days
    state = State.BAD if age >= _LINK_WARNING_DAYS else State.OK
    severity = Severity.WARNING if age >= _LINK_LAST_DAYS else Severity.INFO
    text = f"the report link was made {age} days ago, on {created.isoformat()}"
    evidence = Evidence(source=SNDS_LINK, text=text, observed_at=now, data={**_OURS, "age_days": str(age)})
    return Finding(
        check=ID,
        subject=Subject(SubjectKind.SOURCE, SNDS_LINK),
        cause="link_age",
        state=state,
        severity=severity,
        observed_at=now,
        evidence=(evidence,),
        advice=advice.about_link_age(age) if state is State.BAD else None,
    )


def _about_networks(this: _Round) -> Iterator[Finding]:
    today = this.now.date()
    for network in this.networks:
        months = judgement.months_since(network.attested, today)
        state = State.BAD if months >= _REMIND_MONTHS else State.OK
        text = f"access to {network.network} was last confirmed on {network.attested.isoformat()}, {months} months ago"
        told = advice.about_attestation(str(network.network), network.attested, months)
        yield Finding(
            check=ID,
            subject=Subject(SubjectKind.SOURCE, f"snds:{network.network}"),
            cause="attestation",
            state=state,
            severity=Severity.WARNING,
            observed_at=this.now,
            evidence=(Evidence(source="config", text=text, observed_at=this.now, data=_OURS),),
            advice=told if state is State.BAD else None,
        )


def _coverage(source: SourceReading) -> Coverage:
    reason = source.reason.value if source.reason not in (None, Reason.NO_DATA) else ""
    return Coverage(source=source.source, asked=source.asked, answered=source.answered, reason=reason)


def _metrics(this: _Round, settings: Mapping[str, Any]) -> Iterator[Metric]:
    addresses = sorted(this.question.dedicated | this.question.own)
    newest = {
        address: next(iter(judgement.fresh_days(this.reading.days.get(address, ()), this.now, this.limits)), None)
        for address in addresses
    }
    colours = Counter(day.filter_result if day else None for day in newest.values())
    for colour, name in _METRIC_OF.items():
        yield Metric(name=name, value=colours[colour])
    # Custom metrics are billed by the hour in which they are sent: once a day is enough for daily data.
    since_midnight = this.now.hour * 3600 + this.now.minute * 60 + this.now.second
    if not settings.get("per_ip_metrics") or since_midnight >= settings.get("schedule_seconds", 86400):
        return
    for address, day in newest.items():
        if day is None:
            continue
        share = {Colour.GREEN: 0.0, Colour.YELLOW: 0.5, Colour.RED: 1.0}.get(day.filter_result or Colour.GREEN)
        values = {
            "SpamRate": share if day.filter_result else None,
            "ComplaintRate": day.complaint_rate.at_least if day.complaint_rate else None,
            "RcptCommands": day.rcpt_commands,
            "Recipients": day.recipients,
            "TrapHits": day.trap_hits,
        }
        for name, value in values.items():
            if value is not None:
                yield Metric(name=name, value=value, dimensions={"Ip": str(address)})


def _ipv4(texts: Iterable[str]) -> Iterator[IPv4Address]:
    for text in texts:
        address = ip_address(text)
        if isinstance(address, IPv4Address):
            yield address


def _networks(settings: Mapping[str, Any]) -> Iterator[_Network]:
    for entry in settings.get("networks", []):
        yield _Network(network=IPv4Network(entry["network"]), attested=date.fromisoformat(entry["attested"]))


CHECK = Check(
    id=ID,
    title="Microsoft SNDS",
    sources=frozenset(
        {Source.SES_DEDICATED_IPS, Source.ELASTIC_IPS, Source.SNDS, Source.CLOUDWATCH_SNDS, Source.SECRETS}
    ),
    timeout=timedelta(minutes=5),
    memory_mb=512,
    enabled=lambda config: config.monitors.snds.enabled,
    schedule=lambda config: config.monitors.snds.schedule,
    settings=settings,
    secrets=lambda config: tuple(
        name for name in (config.monitors.snds.token_secret, config.monitors.snds.link_secret) if name
    ),
    confirmation=confirmation,
    run=run,
)
