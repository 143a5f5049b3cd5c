"""From what was measured about a sender at SES to findings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from staygreen.core.advice import AdviceTemplate, fill
from staygreen.core.finding import Advice, Evidence, Finding, Severity, State, Subject
from staygreen.core.incidents.incident import COVERAGE
from staygreen.core.ses.reputation import Measured


def finding(
    check: str, causes: Mapping[str, AdviceTemplate], subject: Subject, judged: Measured, now: datetime
) -> Finding:
    """One judgement as a finding, with its advice where it is bad."""
    evidence = Evidence(source="ses", text=judged.text, observed_at=now, data={"name": "SES", **judged.data})
    name = subject.label or f"the {subject.kind.value.replace('_', ' ')} {subject.id}"
    return Finding(
        check=check,
        subject=subject,
        cause=judged.cause,
        state=judged.state,
        severity=judged.severity,
        observed_at=now,
        evidence=() if judged.state is State.OK else (evidence,),
        advice=fill(check, causes, judged.cause, name, "") if judged.state is State.BAD else None,
        reason=judged.reason,
        group=judged.cause,
        is_conclusive=judged.is_conclusive,
    )


def silence(check: str, source: Subject, text: str, now: datetime, *, is_lost: bool) -> Finding:
    """Whether CloudWatch has nothing about a sender that sends.

    Args:
        check: The check that asked.
        source: The metrics that were asked for.
        text: What is missing, in one line.
        now: When it was looked at.
        is_lost: Whether it is missing.
    """
    lost = Advice(
        consequence=f"Part of what SES knows of the sender is not being watched: there are no {source.id}.",
        meaning="SES publishes them to CloudWatch, and there are none. Nothing is known to be wrong.",
        title=f"Amazon SES publishes no {source.id}",
        steps=("Look for the metrics in the namespace AWS/SES of CloudWatch, in the sender's region.",),
        runbook=f"{check}#coverage",
    )
    return Finding(
        check=check,
        subject=source,
        cause=COVERAGE,
        state=State.BAD if is_lost else State.OK,
        severity=Severity.WARNING,
        observed_at=now,
        evidence=(Evidence(source="cloudwatch", text=text, observed_at=now, data={"name": "CloudWatch"}),)
        if is_lost
        else (),
        advice=lost if is_lost else None,
        group=COVERAGE,
    )
