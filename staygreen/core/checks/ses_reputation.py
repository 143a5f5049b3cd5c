"""Whether SES still trusts the account, and how near its limits are (docs/runbooks/ses_reputation.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from staygreen.core.checks.check import Check
from staygreen.core.checks.world import Ask, Source
from staygreen.core.confirmation import Confirmation, read, written
from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.incidents.report import Coverage, Report
from staygreen.core.ses import reputation
from staygreen.core.ses.findings import finding, silence
from staygreen.core.ses.reputation import Limits, Measured
from staygreen.core.ses.reputation_causes import CAUSES
from staygreen.core.ses.standing import ACCOUNT, Rates, Standing

if TYPE_CHECKING:
    from staygreen.core.config.config import Config

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
    return config.monitors.ses_reputation.enabled and sends_through_ses(config)


def sends_through_ses(config: Config) -> bool:
    """Whether a configuration knows of anything that sends through SES."""
    return bool(config.configuration_sets or config.pools) or any(domain.ses for domain in config.domains)


def confirmation(settings: Mapping[str, Any]) -> Confirmation:
    """The incident rules of this check, from its settings."""
    return read(settings, Confirmation())


def run(settings: Mapping[str, Any], ask: Ask) -> Report:
    """Judge the account, its configuration sets, and what SES says of its resources."""
    now, found = ask.now(), ask.ses_standing()
    judged = _judged(found, Limits(**settings["limits"]), now)
    findings = [finding(ID, CAUSES, subject, each, now) for subject, group in judged for each in group]
    rates = found.rates.get(ACCOUNT, Rates())
    has_rates = rates.bounces is not None and rates.complaints is not None
    is_lost = not has_rates and found.account.sent_in_a_day >= _ENOUGH
    text = f"CloudWatch has no rates of the account, which sent {found.account.sent_in_a_day:,} messages in a day"
    findings.append(silence(ID, METRICS, text, now, is_lost=is_lost))
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
