"""What is owed in delisting cases: reminders, and that what was seen since verified or reopened one.

Every finding is an event: it is told once, by the road of incidents, and leaves nothing open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from staygreen.core.checks.check import Check
from staygreen.core.checks.world import Ask, Source
from staygreen.core.config.mode import ACTS
from staygreen.core.confirmation import Confirmation
from staygreen.core.delisting import case as rules
from staygreen.core.delisting.case import Case, Stage
from staygreen.core.finding import Advice, Evidence, Finding, Severity, State, Subject, SubjectKind
from staygreen.core.incidents.report import Coverage, Report
from staygreen.core.naming import INCIDENTS, ResourceNames

if TYPE_CHECKING:
    from staygreen.core.config.config import Config

ID = "cases"
RECENT = timedelta(days=2)
"""How long a step that the replies made is news; what was told is not told again."""


def settings(config: Config) -> Mapping[str, Any]:
    """What the function reads at run time."""
    return {
        "sender": config.names.sender,
        "environment": config.names.environment,
        "table": config.names.table(INCIDENTS),
    }


def run(settings: Mapping[str, Any], ask: Ask) -> Report:
    """Look at every case once."""
    now = ask.now()
    names = ResourceNames(sender=settings["sender"], environment=settings["environment"])
    cases = ask.cases(settings["table"])
    findings = tuple(finding for each in cases for finding in _findings(each, now, names.options))
    return Report(findings=findings, coverage=(Coverage(source="cases", asked=1, answered=1),))


def _findings(case: Case, now: datetime, options: str) -> Iterator[Finding]:
    since = case.history[-1].at
    if case.stage in _SEEN and now - since <= RECENT:
        yield _event(case, case.stage.value, since, _said(case, _SEEN), options)
    wait, due = rules.REMIND_AFTER.get(case.stage), rules.reminder_at(case)
    if wait is not None and due is not None and now >= due:
        at = since + (now - since) // wait * wait
        yield _event(case, "reminder", at, _said(case, _OWED), options)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What is told of a case, and the next step; `{ip}` stands for its address, `{e}` for how to name the table."""

    news: str
    step: str


_SEEN = {
    Stage.VERIFIED: _Said(
        news="The refusals of {ip} have stopped for 48 hours: the request worked.",
        step="Begin slowly, and close the case with `staygreen case close {ip} {e}`.",
    ),
    Stage.REOPENED: _Said(
        news="{ip} is refused again after its case was over.",
        step="Look for what is still wrong before you file again: `staygreen case refresh {ip} {e}`.",
    ),
}
_OWED = {
    Stage.DRAFTED: _Said(
        news="The request for {ip} is drafted and was not filed.",
        step="Print it with `staygreen case export {ip} {e}`, file it, and say so with "
        "`staygreen case submitted {ip} {e}`.",
    ),
    Stage.SUBMITTED: _Said(
        news="No answer to the request for {ip} is on record.",
        step="Record it with `staygreen case replied {ip} OUTCOME {e}`. When none has come in two days, answer the "
        "mail that confirmed the request.",
    ),
    Stage.ANSWERED: _Said(
        news="The case about {ip} stands still since its last answer.",
        step="Send the next letter: `staygreen case show {ip} {e}` has it.",
    ),
    Stage.REOPENED: _Said(
        news="The case about {ip} is open again and nothing was filed.",
        step="See what stands in the way: `staygreen case show {ip} {e}`.",
    ),
}
_OF_A_LISTING = {
    Stage.VERIFIED: "{ip} has not been listed for 48 hours: the request worked.",
    Stage.REOPENED: "{ip} is listed again after its case was over.",
}


def _said(case: Case, texts: Mapping[Stage, _Said]) -> _Said:
    said = texts[case.stage]
    is_other = case.is_listing and texts is _SEEN
    return replace(said, news=_OF_A_LISTING[case.stage]) if is_other else said


def _event(case: Case, cause: str, at: datetime, said: _Said, options: str) -> Finding:
    last = case.history[-1]
    text = f"{last.stage.value} at {last.at:%Y-%m-%d %H:%M} UTC" + (f", {last.note}" if last.note else "")
    return Finding(
        check=ID,
        subject=Subject(SubjectKind.IP, case.ip),
        cause=cause,
        state=State.BAD,
        severity=Severity.INFO if case.stage is Stage.VERIFIED else Severity.WARNING,
        observed_at=at,
        evidence=(Evidence(source="case", text=text, observed_at=last.at),),
        advice=Advice(
            consequence=said.news.format(ip=case.ip),
            meaning="A request that nobody follows up might as well not have been filed: the first answer is often "
            "automatic, and only an answer to it brings a person.",
            title=said.news.format(ip=case.ip).rstrip("."),
            steps=(said.step.format(ip=case.ip, e=options),),
            runbook=f"cases#{cause}",
            by_itself="Nothing: it is told once, and again while something is owed.",
        ),
        is_event=True,
    )


CHECK = Check(
    id=ID,
    title="Delisting cases",
    sources=frozenset({Source.CASES}),
    timeout=timedelta(minutes=1),
    memory_mb=256,
    enabled=lambda config: (
        config.monitors.cases.enabled
        and bool(config.addresses or config.pools or config.subjects.ips or config.remediations.open_case.mode in ACTS)
    ),
    schedule=lambda config: config.monitors.cases.schedule,
    settings=settings,
    secrets=lambda config: (),
    confirmation=lambda settings: Confirmation(sightings=1, spacing=timedelta(0), clears=1),
    run=run,
)
