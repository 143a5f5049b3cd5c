"""Whose mail aggregate reports show, and whether ours is in order (docs/runbooks/dmarc.md, docs/dmarc.md).

Reports come a day late and once. What they say is confirmed by a second reporter or a second day, in the judgement
itself; so a finding here opens at once, and looking again at the same reports changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from staygreen.core.checks.check import Check
from staygreen.core.checks.world import Ask, Source
from staygreen.core.codec import decoded, encoded
from staygreen.core.config.tables.monitors.dmarc import DmarcLimits
from staygreen.core.confirmation import Confirmation, read, written
from staygreen.core.declared.record import TTL
from staygreen.core.dmarc.findings import others, own_mail, reports
from staygreen.core.dmarc.judgement.judge import (
    Circumstances,
    DomainResult,
    judge_domain,
    judge_unreadable,
    read_days,
)
from staygreen.core.dmarc.judgement.reading import DayReading
from staygreen.core.dmarc.store import LOOKED_BACK, StoredQuestion
from staygreen.core.finding import Finding
from staygreen.core.incidents.report import Coverage, Report
from staygreen.core.naming import DMARC_PREFIX, INCIDENTS, REPORTS
from staygreen.core.records.dmarc import DmarcRecord, parse
from staygreen.core.reports import services
from staygreen.core.reports.estate import Estate
from staygreen.core.ses.standing import Whose

if TYPE_CHECKING:
    from staygreen.core.config.config import Config

ID = "dmarc"
AT_ONCE = Confirmation(sightings=1, spacing=timedelta(0), clears=1)


def settings(config: Config) -> Mapping[str, Any]:
    """What the function reads at run time, as JSON values."""
    from staygreen.core.declared.dmarc import declared
    from staygreen.core.declared.receiving import receipt_rules
    from staygreen.core.reports.estate_file import of_config

    sending = [each.name for each in config.domains if each.ses and not each.parked]
    return {
        "table": config.names.table(REPORTS),
        "incidents": config.names.table(INCIDENTS),
        "domains": domains(config),
        "estate": encoded(of_config(config)),
        "declared": {each.name: str(declared(each.dmarc)) for each in config.domains if each.manage and each.dmarc},
        "rules": [rule.name for rule in receipt_rules(config) if rule.prefix == DMARC_PREFIX],
        # SES counts messages of the account: they are a domain's where it is the only one
        "counted": sending[0] if len(sending) == 1 and len(domains(config)) == 1 else "",
        "limits": encoded(config.monitors.dmarc.limits),
        "confirmation": written(AT_ONCE),
    }


def domains(config: Config) -> list[str]:
    """The domains that reports are about, parked ones too."""
    return [each.name for each in config.domains]


def run(settings: Mapping[str, Any], ask: Ask) -> Report:
    """Judge the last weeks of every domain."""
    now = ask.now()
    limits = decoded(DmarcLimits, settings["limits"])
    stored = ask.reports(
        StoredQuestion(
            table=settings["table"],
            domains=tuple(settings["domains"]),
            since=now.date() - LOOKED_BACK,
            incidents=settings["incidents"],
            rules=tuple(settings["rules"]),
        )
    )
    present, catalogue = decoded(Estate, settings["estate"]), services.load()
    findings: list[Finding] = []
    all_days: list[DayReading] = []
    for domain in settings["domains"]:
        days = read_days(stored, domain, present, catalogue, now.date())
        all_days.extend(days)
        known = Circumstances(
            declared=_declared(settings, domain),
            policy_changed=stored.policy_changes.get(domain),
            ttl=TTL,
            sent=_sent(ask) if settings["counted"] == domain else None,
        )
        result = judge_domain(days, known, limits, now)
        if result is not None:
            findings.extend(_findings(result, stored.missing_rules, now))
    findings.extend(reports.unreadable(judge_unreadable(stored.unreadable, all_days, limits), now))
    asked = len(settings["domains"])
    return Report(findings=tuple(findings), coverage=(Coverage(source=REPORTS, asked=asked, answered=asked),))


def _findings(result: DomainResult, missing_rules: Sequence[str], now: datetime) -> Iterator[Finding]:
    domain, policy = result.domain, result.policy
    yield from own_mail.findings(domain, policy, result.own, now)
    yield from others.undeclared(domain, result.undeclared, now)
    yield others.campaign(domain, policy, result.campaign, now)
    yield reports.silence(domain, result.silence, missing_rules, now)
    yield from reports.absent(domain, result.absent, now)
    if result.difference is not None:
        yield reports.difference(domain, result.difference, now)


def _declared(settings: Mapping[str, Any], domain: str) -> DmarcRecord | None:
    text = settings["declared"].get(domain)
    found = parse(text) if text else None
    return found if isinstance(found, DmarcRecord) else None


def _sent(ask: Ask) -> Mapping[date, int] | None:
    counted = ask.ses_volume().counted
    return next((volume.days for volume in counted if volume.whose is Whose.ACCOUNT), None)


CHECK = Check(
    id=ID,
    title="what DMARC reports say of our mail",
    sources=frozenset({Source.REPORTS, Source.SES_VOLUME, Source.RECEIPT_RULES}),
    timeout=timedelta(minutes=5),
    memory_mb=512,
    enabled=lambda config: config.monitors.dmarc.enabled and config.reports is not None,
    schedule=lambda config: config.monitors.dmarc.schedule,
    settings=settings,
    secrets=lambda _config: (),
    confirmation=lambda settings: read(settings, AT_ONCE),
    run=run,
)
