"""What is told of failures to encrypt mail to our domains: one finding for each result type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from staygreen.core.dmarc.findings.wording import BY_ITSELF, listed, named, of_day, percent, plain, trouble
from staygreen.core.dmarc.judgement.tls_failures import TlsResult
from staygreen.core.finding import Advice, Evidence, Finding, Severity, State
from staygreen.core.reports.advice import TLS_NEXT_STEP
from staygreen.core.wording import plural

CHECK = "tls_reports"


def findings(domain: str, results: Sequence[TlsResult], now: datetime) -> Iterator[Finding]:
    """One finding for each result type that was seen."""
    for each in results:
        cause = f"tls_{each.result.replace('-', '_')}"
        if each.state is not State.BAD or each.first is None:
            yield plain(domain, cause, each.state, now, CHECK)
            continue
        hosts = f" at {listed(each.hosts)}" if each.hosts else ""
        sessions = plural(each.of, "session")
        text = f"{each.failed:,} of {sessions} ({percent(each.failed, each.of)}) since {of_day(each.first)}{hosts}"
        yield trouble(
            domain,
            cause,
            now,
            since=each.first,
            severity=Severity.CRITICAL if each.refuses_mail else Severity.WARNING,
            check=CHECK,
            evidence=(
                Evidence(
                    source="tls_reports",
                    text=f"{text}, by {named(each.reporters)}",
                    observed_at=now,
                    data={"name": "TLS reports", "codes": " ".join(each.hosts)},
                ),
            ),
            advice=Advice(
                consequence=f"Mail to {domain} meets failures of encryption{hosts}: {each.result}, {each.failed:,} of "
                f"{sessions} since {of_day(each.first)}.{_delivery(each)}",
                meaning="Servers that send to you report how encrypted sessions went (RFC 8460). It is about mail to "
                "you; mail that you send is not concerned.",
                title=f"Mail to {domain} fails to be encrypted: {each.result}",
                title_over=f"Mail to {domain} is encrypted again",
                steps=(TLS_NEXT_STEP.get(each.result, "Test the mail exchanger that the report names."),),
                runbook="tls_reports#failures",
                by_itself=BY_ITSELF,
            ),
        )


def _delivery(result: TlsResult) -> str:
    if result.refuses_mail:
        return " Servers that honour your policy do not deliver."
    return " Whether it was delivered all the same, the reports do not say."
