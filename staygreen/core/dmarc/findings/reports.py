"""What is told of the reports themselves: that they stop, that one reporter does, and what policy they find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from staygreen.core.dmarc.findings.wording import DMARC, named, of_day, plain, said, slug, trouble
from staygreen.core.dmarc.judgement.silence import AbsenceResult, DifferenceResult, SilenceResult, UnreadableResult
from staygreen.core.finding import Advice, Finding, Severity, State, Subject, SubjectKind

REPORTS_STOPPED = "reports_stopped"
PUBLISHED_DIFFERS = "published_differs"


def silence(domain: str, result: SilenceResult, missing_rules: Sequence[str], now: datetime) -> Finding:
    """Whether reports come at all.

    Args:
        domain: The domain.
        result: What the days say.
        missing_rules: Receipt rules for reports that are not in SES's active set.
        now: The time (aware, UTC).
    """
    if result.state is not State.BAD or result.last is None:
        return plain(domain, REPORTS_STOPPED, result.state, now)
    how = "SES counted" if result.is_counted else "reports counted before"
    evidence = [said(f"The last day with a report is {of_day(result.last)}; {how} {result.sent:,} a day or more", now)]
    if missing_rules:
        evidence.append(said(f"not in SES's active receipt rule set: {', '.join(missing_rules)}", now, "rule"))
        steps: tuple[str, ...] = ("Put our receipt rules into the set that is active: the runbook has the command.",)
    else:
        steps = (
            f"Look at the DMARC record of {domain}: does its rua name the address that receives reports?",
            "Look at the MX of the mailbox's domain, and at `_report._dmarc` where the address is of another domain: "
            f"`staygreen check auth {domain}`.",
            "SES's receipt rules are in order, so a report that arrives is read.",
        )
    return trouble(
        domain,
        REPORTS_STOPPED,
        now,
        since=result.last,
        severity=Severity.WARNING,
        evidence=tuple(evidence),
        advice=Advice(
            consequence=f"No DMARC report about {domain} came since that of {of_day(result.last)}, although mail is "
            f"sent: "
            "whether it passes is not known.",
            meaning="Receivers report every day on which they get mail. When all stop at once, the reports do not "
            "reach us.",
            title=f"No more DMARC reports about {domain}",
            title_over=f"DMARC reports about {domain} come again",
            steps=steps,
            runbook="dmarc#reports-stopped",
            by_itself="It closes with the first report.",
        ),
    )


def absent(domain: str, results: Sequence[AbsenceResult], now: datetime) -> Iterator[Finding]:
    """Whether Google and Microsoft report as they used to."""
    for each in results:
        name = each.reporter.name
        cause = f"reporter_stopped_{slug(name)}"
        if each.state is not State.BAD:
            yield plain(domain, cause, each.state, now)
            continue
        yield trouble(
            domain,
            cause,
            now,
            since=each.last,
            severity=Severity.INFO,
            evidence=(said(f"{name} reported last on {of_day(each.last)}; others went on", now),),
            advice=Advice(
                consequence=f"{name} reports no longer about {domain}: how our mail fares there is not known.",
                meaning="It reported nearly every day before, and other receivers still do, so our address works.",
                title=f"{name} stopped reporting about {domain}",
                title_over=f"{name} reports about {domain} again",
                steps=(
                    "Wait some days: receivers have faults of their own.",
                    "See whether anything was still sent there.",
                ),
                runbook="dmarc#one-reporter-stopped",
                by_itself="It closes with the next report.",
            ),
        )


def difference(domain: str, result: DifferenceResult, now: datetime) -> Finding:
    """Whether receivers find the policy that is declared."""
    if result.state is not State.BAD or result.first is None:
        return plain(domain, PUBLISHED_DIFFERS, result.state, now)
    return trouble(
        domain,
        PUBLISHED_DIFFERS,
        now,
        since=result.first,
        severity=Severity.WARNING,
        evidence=(
            said(
                f"found: {result.found}; declared: {result.declared}; by {named(result.reporters)}", now, result.found
            ),
        ),
        advice=Advice(
            consequence=f"Receivers find another DMARC policy for {domain} than is declared: {result.found}.",
            meaning="Their reports show the record that they acted on. Reports of the two days around a deployed "
            "change do "
            "not count. "
            + ("What they find asks for less than you declared." if result.is_weaker else "Mail is judged by theirs."),
            title=f"Receivers find another DMARC policy for {domain}",
            title_over=f"Receivers find the declared DMARC policy of {domain}",
            steps=(
                f"Ask each name server of the zone for _dmarc.{domain}: `staygreen check auth {domain}`.",
                "If the record is right there, another zone answers for some receivers: compare the delegation.",
            ),
            runbook="dmarc#published-differs",
            by_itself="It closes after two days of reports that agree.",
        ),
        records=(f"_dmarc.{domain}",),
    )


def unreadable(results: Sequence[UnreadableResult], now: datetime) -> Iterator[Finding]:
    """Reporters whose reports can no longer be read."""
    for each in results:
        subject = Subject(SubjectKind.SOURCE, f"reports of {each.submitter}")
        is_bad = each.state is State.BAD
        yield Finding(
            check=DMARC,
            subject=subject,
            cause="unreadable",
            state=each.state,
            severity=Severity.WARNING,
            observed_at=now,
            reason="not_enough_reports" if each.state is State.UNKNOWN else "",
            evidence=(said(f"{each.reports} in a row could not be read, the last because {each.reason}", now),)
            if is_bad
            else (),
            advice=Advice(
                consequence=f"The reports of {each.submitter} can no longer be read: what it sees of our mail is not "
                f"known.",
                meaning=f"The last one that was read is of {of_day(each.last_read)}." if each.last_read else "",
                title=f"Reports of {each.submitter} cannot be read",
                title_over=f"Reports of {each.submitter} can be read again",
                steps=("Look at one: it is kept with the reason in the mailbox's bucket, under `unreadable/`.",),
                runbook="dmarc#unreadable",
                by_itself="It closes with the next report that is read.",
            )
            if is_bad
            else None,
        )
