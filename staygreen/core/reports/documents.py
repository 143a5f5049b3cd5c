"""Reports and rows as JSON: one object for each report, and one for each record with all that its report says.

A row holds evidence and never a class: what it means is computed when it is read, so that a sender who is declared
later changes what earlier rows mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from staygreen.core.codec import encoded
from staygreen.core.reports import alignment
from staygreen.core.reports.report import (
    AggregateReport,
    Evidence,
    FailureReport,
    PublishedPolicy,
    Refusal,
    TlsReport,
)

Document = dict[str, Any]


def report(read: AggregateReport) -> Document:
    """The object of an aggregate report."""
    return {
        "kind": "report",
        "type": "dmarc",
        "report": read.identity,
        **_about(read),
        "email": read.email or None,
        "generator": read.generator or None,
        "rows": read.rows,
        "messages": read.messages,
        "reasons": list(read.reasons),
    }


def row_context(read: AggregateReport) -> Document:
    """What each row says of its report."""
    return {"kind": "row", "report": read.identity, **_about(read)}


def _about(read: AggregateReport) -> Document:
    policy = read.policy
    return {
        "org": read.org,
        "report_id": read.report_id,
        "submitter": read.submitter or None,
        "proven": None,
        "generation": read.generation.value,
        "policy_domain": policy.domain,
        "begin": _time(read.begin),
        "end": _time(read.end),
        "p": policy.p or None,
        "sp": policy.sp or None,
        "np": policy.np or None,
        "adkim": policy.adkim or None,
        "aspf": policy.aspf or None,
        "testing": policy.testing or None,
        "discovery": policy.discovery or None,
        "quality": read.quality.value,
    }


def evidence(said: Evidence, policy: PublishedPolicy, organizations: Iterable[str] = ()) -> Document:
    """What rows of the same evidence share."""
    aligned = alignment.of(said, policy, organizations)
    return {
        "header_from": said.header_from,
        "envelope_from": said.envelope_from,
        "envelope_to": said.envelope_to,
        "disposition": said.disposition,
        "eval_dkim": said.eval_dkim,
        "eval_spf": said.eval_spf,
        "reasons": [each._asdict() for each in said.reasons],
        "dkim": [each._asdict() for each in said.dkim],
        "spf": [each._asdict() for each in said.spf],
        "aligned_dkim": aligned.dkim,
        "aligned_spf": aligned.spf,
    }


def tls_report(read: TlsReport) -> Document:
    """The object of a TLS report."""
    domains = sorted({each.domain for each in read.policies if each.domain})
    return {
        "kind": "report",
        "type": "tls",
        "org": read.org,
        "report_id": read.report_id,
        "submitter": read.submitter or None,
        "policy_domain": domains[0] if len(domains) == 1 else None,
        "policy_domains": domains,
        "begin": _time(read.begin),
        "end": _time(read.end),
        "quality": read.quality.value,
        "contact": read.contact or None,
        "successful": _total(each.successful for each in read.policies),
        "failed": _total(each.failed for each in read.policies),
        "policies": [_plain(encoded(each)) for each in read.policies],
        "reasons": list(read.reasons),
    }


def failure_report(read: FailureReport) -> Document:
    """The object of a failure report."""
    return {
        "kind": "report",
        "type": "failure",
        "org": read.reporter,
        "report_id": None,
        "policy_domain": read.reported_domain,
        "begin": _time(read.arrival),
        "end": _time(read.arrival),
        **_plain({key: value for key, value in encoded(read).items() if key not in ("arrival", "reporter")}),
        "reasons": list(read.reasons),
    }


def refusal(read: Refusal) -> Document:
    """The object of something that is no report, or of which nothing can be used."""
    if read.is_other:
        return {"kind": "other", "reason": read.reason, "name": read.name or None}
    return {
        "kind": "report",
        "type": None,
        "org": None,
        "report_id": None,
        "policy_domain": None,
        "begin": None,
        "end": None,
        "quality": "refused",
        "reasons": [read.reason],
        "name": read.name or None,
    }


def _total(counts: Iterable[int | None]) -> int | None:
    """A sum; None where a part of it is not known."""
    held = list(counts)
    known = [each for each in held if each is not None]
    return sum(known) if len(known) == len(held) else None


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _plain(value: Any) -> Any:
    """Addresses as text, in whatever they stand."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)
