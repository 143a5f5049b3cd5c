"""Findings that the tests of incidents share."""

from datetime import UTC, datetime, timedelta

from staygreen.core.alerts.alert import Context
from staygreen.core.confirmation import Confirmation
from staygreen.core.finding import Advice, Evidence, Finding, Severity, State, Subject, SubjectKind
from staygreen.core.incidents.report import Report
from staygreen.core.incidents.run import Heartbeat, Run, Unfinished

START = datetime(2026, 6, 3, 14, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULE = Confirmation()
CONTEXT = Context(
    sender="acme", environment="staging", region="eu-central-1", runbook_base="https://docs.example/runbooks"
)
BEFORE = Heartbeat(check="blocklist", run_id="before", at=START - HOUR)


def listing(
    state=State.BAD,
    *,
    at=START,
    address="192.0.2.10",
    cause="psbl",
    severity=Severity.WARNING,
    codes="127.0.0.2",
    group="",
    conclusive=False,
    raw="127.0.0.2",
):
    bad = state is State.BAD
    return Finding(
        check="blocklist",
        subject=Subject(SubjectKind.IP, address, "mail.example.com"),
        cause=cause,
        state=state,
        severity=severity,
        observed_at=at,
        evidence=(
            Evidence(
                source=cause,
                text="PSBL lists this address",
                observed_at=at,
                raw=raw,
                data={"codes": codes},
            ),
        )
        if bad
        else (),
        advice=Advice(
            consequence=f"Mail from {address} is refused by receivers that use PSBL.",
            meaning="A trap address got mail from it.",
            title=f"{address} is listed on PSBL",
            title_over=f"{address} is off PSBL",
            steps=("Ask for removal.",),
            link="https://psbl.example/remove",
            runbook="blocklist#listed",
        )
        if bad
        else None,
        reason="timeout" if state is State.UNKNOWN else "",
        group=group,
        is_conclusive=conclusive,
    )


def silence(state=State.BAD, *, at=START, source="psbl"):
    return Finding(
        check="blocklist",
        subject=Subject(SubjectKind.SOURCE, source),
        cause="coverage",
        state=state,
        severity=Severity.WARNING,
        observed_at=at,
    )


def run(n=0, *, last=BEFORE, at=None, identifier=None, unfinished=()):
    identifier, at = identifier or f"run-{n}", at or START + n * HOUR
    return Run(check="blocklist", id=identifier, at=at, rule=RULE, last=last, unfinished=tuple(unfinished))


def note_of(outcome):
    """What a run with this outcome notes before it writes."""
    last = outcome.heartbeat
    return Unfinished(run_id=last.run_id, attempt="1", at=last.at, groups=outcome.groups)


def report(*findings):
    return Report(findings=findings, coverage=())
