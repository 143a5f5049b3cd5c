"""Whether SES still trusts the account, and how near its limits are (docs/runbooks/ses_reputation.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from lambdas.core import reputation
from lambdas.core.check import Check, Coverage, Report
from lambdas.core.config.model import Config, Confirmation
from lambdas.core.confirmation import read, written
from lambdas.core.finding import Advice, Evidence, Finding, Severity, State, Subject, SubjectKind
from lambdas.core.incident import COVERAGE
from lambdas.core.live.causes import advice
from lambdas.core.reputation import Limits, Measured
from lambdas.core.reputation_causes import CAUSES
from lambdas.core.ses import ACCOUNT, Rates, Standing
from lambdas.core.sources import Ask, Source

ID = "ses_reputation"
WHOLE_ACCOUNT = Subject(SubjectKind.ACCOUNT, "ses", "the SES account")
METRICS = Subject(SubjectKind.SOURCE, "reputation metrics")
EVENTS = ("Sending Status Disabled", "Advisor Recommendation Status Open")
"""What SES tells the default event bus at once; each starts a run.

Source: EventBridge Events Reference, "Amazon Simple Email Service events", verified 2026-11-24.
"""
_ENOUGH = 1000
"""So many messages a day cannot leave the account without rates."""
_KINDS = {"configuration-set": SubjectKind.CONFIGURATION_SET, "tenant": SubjectKind.TENANT}


def settings(config: Config) -> Mapping[str, Any]:
    """What the function reads at run time, as JSON values."""
    given = config.monitors.ses_reputation
    return {
        "limits": {
            "bounces": given.bounce_limit,
            "complaints": given.complaint_limit,
            "warning": given.warning_at,
            "critical": given.critical_at,
        },
        "confirmation": written(given.confirmation),
    }


def is_deployed(config: Config) -> bool:
    """Whether it is switched on and something sends through SES."""
    sends = config.configuration_sets or config.pools or any(domain.ses for domain in config.domains)
    return config.monitors.ses_reputation.enabled and bool(sends)


def confirmation(settings: Mapping[str, Any]) -> Confirmation:
    """The incident rules of this check, from its settings."""
    return read(settings, Confirmation())


def run(settings: Mapping[str, Any], ask: Ask) -> Report:
    """Judge the account, its configuration sets, and what SES says of its resources."""
    now, found = ask.now(), ask.ses_standing()
    judged = _judged(found, Limits(**settings["limits"]), now)
    findings = [_finding(subject, each, now) for subject, group in judged for each in group]
    rates = found.rates.get(ACCOUNT, Rates())
    has_rates = rates.bounces is not None and rates.complaints is not None
    is_lost = not has_rates and found.account.sent_in_a_day >= _ENOUGH
    findings.append(_silence(found.account.sent_in_a_day, now, is_lost=is_lost))
    return Report(
        findings=tuple(findings),
        coverage=(
            Coverage(source="ses", asked=1, answered=1),
            Coverage(source=METRICS.id, asked=1, answered=int(has_rates), reason="no_data" if is_lost else ""),
        ),
    )


def _judged(found: Standing, limits: Limits, now: datetime) -> Iterator[tuple[Subject, Iterable[Measured]]]:
    yield (
        WHOLE_ACCOUNT,
        (
            *reputation.account(found.account),
            *reputation.rates(found.rates.get(ACCOUNT, Rates()), limits, "the account"),
            *reputation.recommendations(found.recommendations),
            reputation.suppression(found.suppressed, now.date()),
        ),
    )
    for each in found.sets:
        yield (
            Subject(SubjectKind.CONFIGURATION_SET, each.name),
            (
                reputation.configuration_set(each.name, is_sending=each.sending_enabled),
                *reputation.rates(found.rates.get(each.name, Rates()), limits, f"the configuration set {each.name}"),
            ),
        )
    for entity in found.entities:
        yield _subject(entity.arn), reputation.entity(entity)


def _subject(arn: str) -> Subject:
    """A resource by its ARN: `tenant/NAME/ID`, `configuration-set/NAME`, `identity/NAME`."""
    kind, _, rest = reputation.short(arn).partition("/")
    if kind == "identity":
        return Subject(SubjectKind.IDENTITY if "@" in rest else SubjectKind.DOMAIN, rest.lower())
    if kind in _KINDS:
        return Subject(_KINDS[kind], rest.partition("/")[0])
    return Subject(SubjectKind.ACCOUNT, reputation.short(arn))


def _finding(subject: Subject, judged: Measured, now: datetime) -> Finding:
    is_bad = judged.state is State.BAD
    evidence = Evidence(source="ses", text=judged.text, observed_at=now, data={"name": "SES", **judged.data})
    return Finding(
        check=ID,
        subject=subject,
        cause=judged.cause,
        state=judged.state,
        severity=judged.severity,
        observed_at=now,
        evidence=() if judged.state is State.OK else (evidence,),
        advice=advice(ID, CAUSES, judged.cause, _called(subject), "") if is_bad else None,
        reason=judged.reason,
        group=judged.cause,
        is_conclusive=judged.is_conclusive,
    )


def _called(subject: Subject) -> str:
    return subject.label or f"the {subject.kind.value.replace('_', ' ')} {subject.id}"


def _silence(sent: int, now: datetime, *, is_lost: bool) -> Finding:
    """Whether there are rates where mail goes out."""
    text = f"CloudWatch has no bounce or complaint rate of the account, which sent {sent:,} messages in a day"
    lost = Advice(
        consequence="How near the account is to AWS's limits is not being watched.",
        meaning="SES publishes the rates to CloudWatch, and there are none. Nothing is known to be wrong.",
        next_step="Look for Reputation.BounceRate in the namespace AWS/SES of CloudWatch.",
        runbook=f"{ID}#coverage",
    )
    return Finding(
        check=ID,
        subject=METRICS,
        cause=COVERAGE,
        state=State.BAD if is_lost else State.OK,
        severity=Severity.WARNING,
        observed_at=now,
        evidence=(Evidence(source="cloudwatch", text=text, observed_at=now),) if is_lost else (),
        advice=lost if is_lost else None,
        group=COVERAGE,
    )


CHECK = Check(
    id=ID,
    title="SES reputation",
    sources=frozenset({Source.SES_STANDING}),
    timeout=timedelta(minutes=5),
    memory_mb=256,
    enabled=is_deployed,
    schedule=lambda config: config.monitors.ses_reputation.schedule,
    settings=settings,
    secrets=lambda _config: (),
    confirmation=confirmation,
    run=run,
    events=EVENTS,
)
