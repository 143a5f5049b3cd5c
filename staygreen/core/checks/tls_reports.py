"""Whether mail to our domains could be encrypted, by TLS reports (docs/runbooks/tls_reports.md).

As with `dmarc`, a second reporter or a second day confirms, in the judgement itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from staygreen.core.checks.check import Check
from staygreen.core.checks.world import Ask, Source
from staygreen.core.codec import decoded, encoded
from staygreen.core.config.tables.monitors.tls_reports import TlsLimits
from staygreen.core.confirmation import Confirmation, read, written
from staygreen.core.dmarc.findings import tls
from staygreen.core.dmarc.judgement.tls_failures import judge_tls
from staygreen.core.dmarc.store import LOOKED_BACK, StoredQuestion
from staygreen.core.finding import Finding
from staygreen.core.incidents.report import Coverage, Report
from staygreen.core.naming import REPORTS

if TYPE_CHECKING:
    from staygreen.core.config.config import Config

ID = tls.CHECK
AT_ONCE = Confirmation(sightings=1, spacing=timedelta(0), clears=1)


def settings(config: Config) -> Mapping[str, Any]:
    """What the function reads at run time, as JSON values."""
    return {
        "table": config.names.table(REPORTS),
        "domains": [each.name for each in config.domains if each.tls_rpt],
        "limits": encoded(config.monitors.tls_reports.limits),
        "confirmation": written(AT_ONCE),
    }


def is_deployed(config: Config) -> bool:
    """Whether reports are received, and a domain asks for TLS reports."""
    asks = any(each.tls_rpt for each in config.domains)
    return config.monitors.tls_reports.enabled and config.reports is not None and asks


def run(settings: Mapping[str, Any], ask: Ask) -> Report:
    """Judge the last weeks of every domain that asks for reports."""
    now = ask.now()
    limits = decoded(TlsLimits, settings["limits"])
    asked = tuple(settings["domains"])
    stored = ask.reports(StoredQuestion(table=settings["table"], domains=asked, since=now.date() - LOOKED_BACK))
    findings: list[Finding] = []
    for domain in asked:
        days = [day for day in stored.tls_days if day.domain == domain and day.day < now.date()]
        findings.extend(tls.findings(domain, tuple(judge_tls(days, limits)), now))
    coverage = Coverage(source=REPORTS, asked=len(asked), answered=len(asked))
    return Report(findings=tuple(findings), coverage=(coverage,))


CHECK = Check(
    id=ID,
    title="what TLS reports say of mail to us",
    sources=frozenset({Source.REPORTS}),
    timeout=timedelta(minutes=2),
    memory_mb=256,
    enabled=is_deployed,
    schedule=lambda config: config.monitors.tls_reports.schedule,
    settings=settings,
    secrets=lambda _config: (),
    confirmation=lambda settings: read(settings, AT_ONCE),
    run=run,
)
