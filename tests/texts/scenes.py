"""Alerts of every kind, made by the real checks and rules on the one occasion that each stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from staygreen.adapters.memory.world import MemoryAsk, MemoryLookup
from staygreen.core.advice import AdviceTemplate, fill
from staygreen.core.alerts import alert, repair_alert
from staygreen.core.alerts.alert import Alert, Context
from staygreen.core.alerts.digest import Picture, digest
from staygreen.core.checks import by_id, refusals
from staygreen.core.confirmation import Confirmation
from staygreen.core.deployments.before import Recorded
from staygreen.core.deployments.deployment import Aspect, Deployment, Direction, FactChange, Outcome
from staygreen.core.dns.message import Question, Rcode, Reply
from staygreen.core.finding import Evidence, Finding, Severity, State, Subject, SubjectKind
from staygreen.core.incidents.incident import COVERAGE, NOT_ASKED, Incident, advance
from staygreen.core.incidents.report import Report
from staygreen.core.incidents.run import Heartbeat, Run, remembered, settle
from staygreen.core.published.causes import AUTH_RECORDS, REVERSE_DNS
from staygreen.core.replies.counters import SHARED
from staygreen.core.ses import reputation_causes, volume_causes
from staygreen.core.snds import advice as snds_advice
from staygreen.core.snds.rest_answer import Reason
from staygreen.core.wording import named
from tests.unit.alerts.test_repair_alert import awaiting
from tests.unit.blocklist.test_blocklist_check import ONLY_ZEN, ZEN, listed
from tests.unit.blocklist.test_blocklist_check import run as swept
from tests.unit.replies.test_refusals import HOUR, NOW, S3150, SETTINGS, SLOW, WEAK, counted

CONTEXT = Context(
    sender="example", environment="production", region="eu-central-1", runbook_base="https://docs.example/runbooks"
)
BEGUN = datetime.fromisoformat("2026-06-03T14:05:00+00:00")
ADDRESS = Subject(SubjectKind.IP, "203.0.113.5", "mail.example.com")
DOMAIN = Subject(SubjectKind.DOMAIN, "example.com")
ACCOUNT = Subject(SubjectKind.ACCOUNT, "123456789012", "the account 123456789012")
RULE = Confirmation()


def alerts() -> Mapping[str, Alert]:
    """Every scene by its name, which is the name of its file."""
    return {**_listings(), **_refusals(), **_records(), **_of_microsoft(), **_of_ses(), **_others(), **_repairs()}


def every_advice() -> Iterator[Alert]:
    """An opened alert about every cause that has advice of its own, beyond those that have a file."""
    tables: Sequence[tuple[str, Mapping[str, AdviceTemplate], Subject]] = (
        ("auth_records", AUTH_RECORDS, DOMAIN),
        ("reverse_dns", REVERSE_DNS, ADDRESS),
        ("volume", volume_causes.CAUSES, ACCOUNT),
        ("ses_reputation", reputation_causes.CAUSES, ACCOUNT),
    )
    for check, causes, subject in tables:
        for cause in causes:
            yield _opened(_published(check, causes, cause, subject))
    for word in snds_advice.WORDS:
        yield _opened(_snds(word))
    for reason in snds_advice.REASONS:
        yield _opened(_source(reason))


def _finding(check: str, subject: Subject, cause: str, **more: Any) -> Finding:
    given = {"state": State.BAD, "severity": Severity.WARNING, "observed_at": BEGUN, **more}
    return Finding(check=check, subject=subject, cause=cause, **given)


def _published(check: str, causes: Mapping[str, AdviceTemplate], cause: str, subject: Subject) -> Finding:
    # as a check calls it in prose
    name = subject.label if subject.kind is SubjectKind.ACCOUNT else subject.id
    who = {"ses_reputation": "Amazon SES", "volume": "Amazon SES"}.get(check, "DNS")
    evidence = Evidence(
        source="dns", text="what was found is described here", observed_at=BEGUN, raw="v=spf1", data={"name": who}
    )
    made = fill(check, causes, cause, name, f"s1._domainkey.{subject.id}", identifier=subject.id)
    return _finding(
        check, subject, cause, severity=causes[cause].severity, evidence=(evidence,), advice=made, group=cause
    )


def _story(findings: Sequence[Finding], rule: Confirmation = RULE) -> list[Alert]:
    """Every alert that a sequence of readings makes."""
    incident: Incident | None = None
    made = []
    for finding in findings:
        incident, transition = advance(incident, finding, rule, finding.observed_at)
        if transition:
            made.append(alert.alert(transition, CONTEXT, rule.clears))
    return made


def _hourly(finding: Finding, states: Sequence[State], **more: Any) -> list[Finding]:
    at = [finding.observed_at + n * timedelta(hours=1) for n in range(len(states))]
    return [
        replace(
            finding,
            state=state,
            observed_at=when,
            evidence=tuple(replace(each, observed_at=when) for each in finding.evidence) if state is State.BAD else (),
            advice=finding.advice if state is State.BAD else None,
            **more,
        )
        for state, when in zip(states, at, strict=True)
    ]


BAD, OK, UNKNOWN = State.BAD, State.OK, State.UNKNOWN


def _opened(finding: Finding) -> Alert:
    return _story(_hourly(finding, (BAD,) * 4))[0]


def _listing(*codes: str) -> Finding:
    name = ".".join(reversed(ADDRESS.id.split(".")))
    key = next(iter(ZEN)).split(".")[4]
    report, _ = swept(
        ZEN | {f"{name}.{key}.zen.dq.spamhaus.net": listed(*codes)}, ONLY_ZEN, found_elastic_ips=(ADDRESS,), at=BEGUN
    )
    (found,) = [each for each in report.findings if each.subject == ADDRESS and each.state is BAD]
    return found


def _listings() -> dict[str, Alert]:
    found = _listing("127.0.0.3")
    opened, cleared = _story(_hourly(found, (BAD, BAD, OK, OK, OK)))
    *_, stale = _story(_hourly(found, (BAD, BAD, UNKNOWN, UNKNOWN, UNKNOWN)))
    unasked = _hourly(found, (BAD, BAD)) + [
        replace(each, reason=NOT_ASKED) for each in _hourly(found, (BAD, BAD, *[UNKNOWN] * 25))[2:]
    ]
    *_, withdrawn = _story(unasked)
    *_, reminded = _story(_hourly(found, (BAD,) * 30))
    worse = _hourly(_listing("127.0.0.3", "127.0.0.2"), (BAD,) * 4)[2:]
    *_, changed = _story([*_hourly(found, (BAD, BAD)), *worse])
    silent = _finding("blocklist", Subject(SubjectKind.SOURCE, "spamcop", "SpamCop"), COVERAGE, severity=Severity.INFO)
    return {
        "listing-opened": opened,
        "listing-changed": changed,
        "listing-reminder": reminded,
        "listing-stale": stale,
        "listing-withdrawn": withdrawn,
        "listing-cleared": cleared,
        "listing-of-a-range": _opened(_listing("127.0.0.11")),
        "listings-grouped": _grouped("blocklist", found),
        "list-silent": _opened(silent),
        "first-run": _first_run("blocklist", found),
    }


def _many(finding: Finding) -> list[Finding]:
    subjects = [Subject(SubjectKind.IP, f"203.0.113.{n}", f"mail{n}.example.com") for n in range(1, 6)]
    return [
        replace(
            finding,
            subject=each,
            evidence=tuple(replace(e, text=e.text.replace(ADDRESS.id, each.id)) for e in finding.evidence),
            advice=finding.advice and replace(finding.advice, title=finding.advice.title.replace(ADDRESS.id, each.id)),
        )
        for each in subjects
    ]


def _runs(check: str, finding: Finding, number: int, last: Heartbeat | None) -> Alert:
    known: dict[str, Incident] = {}
    for n in range(number):
        at = finding.observed_at + n * timedelta(hours=1)
        findings = tuple(replace(each, observed_at=at) for each in _many(finding))
        run = Run(check=check, id=f"run-{n}", at=at, rule=RULE, last=last)
        outcome = settle(Report(findings=findings, coverage=()), remembered(known.values(), last), run)
        known |= {change.after.id: change.after for change in outcome.changes}
        last = outcome.heartbeat
        if outcome.bundles:
            return alert.alert(outcome.bundles[0], CONTEXT, RULE.clears)
    raise AssertionError("nothing was told")


def _grouped(check: str, finding: Finding) -> Alert:
    before = Heartbeat(check=check, run_id="before", at=finding.observed_at - timedelta(hours=1))
    return _runs(check, replace(finding, group=finding.cause), 3, before)


def _first_run(check: str, finding: Finding) -> Alert:
    return _runs(check, finding, 2, None)


def _without_records(question: Question) -> Reply:
    """The answer about a name that exists and has no record of the type asked for."""
    return Reply(question=question, rcode=Rcode.NOERROR)


def _refused(text: str, number: int, subject: Subject = ADDRESS, sent: int | None = None) -> Finding:
    said = text.replace("192.0.2.10", "54.240.8.11" if subject.kind is not SubjectKind.IP else subject.id)
    found = counted((said, HOUR, number), (said, 3 * HOUR, number), subject=subject)
    lookup = MemoryLookup(replies={"shop.example": _without_records})
    report = refusals.run(SETTINGS, MemoryAsk(at=NOW, lookup=lookup, found_replies=found, found_to_microsoft=sent))
    (made,) = [each for each in report.findings if each.state is BAD]
    return made


def _at_once(finding: Finding) -> Alert:
    rule = by_id("refusals").confirmation(SETTINGS)
    return _story([finding], rule)[0]


def _refusals() -> dict[str, Alert]:
    block = _refused(S3150, 40, sent=1310)
    rule = by_id("refusals").confirmation(SETTINGS)
    quiet = replace(block, state=OK, evidence=(), advice=None, observed_at=NOW + 30 * HOUR)
    _, cleared = _story([block, quiet], rule)
    return {
        "refused-by-outlook": _at_once(block),
        "refused-over": cleared,
        "refused-shared-address": _at_once(_refused(S3150, 4, SHARED)),
        "slowed-down": _at_once(_refused(SLOW, 12)),
        "authentication-refused": _at_once(_refused(WEAK, 3, Subject(SubjectKind.DOMAIN, "shop.example"))),
        "refusals-grouped": _grouped("refusals", block),
    }


def _records() -> dict[str, Alert]:
    gone = _published("auth_records", AUTH_RECORDS, "dkim_missing", DOMAIN)
    _, over = _story(_hourly(gone, (BAD, BAD, OK, OK, OK)))
    return {
        "dkim-gone": _opened(gone),
        "dkim-back": over,
        "reverse-name-missing": _opened(_published("reverse_dns", REVERSE_DNS, "ptr_missing", ADDRESS)),
    }


def _snds(word: str) -> Finding:
    evidence = Evidence(
        source="snds_rest", text="the row of 2 June", observed_at=BEGUN, raw="RED", data={"name": "SNDS"}
    )
    name = named(ADDRESS.id, ADDRESS.label)
    made = snds_advice.about_address(word, name, ADDRESS.id)
    return _finding("snds", ADDRESS, word, evidence=(evidence,), advice=made)


def _source(reason: Reason) -> Finding:
    made = snds_advice.about_source(reason, "snds_rest")
    return _finding("snds", Subject(SubjectKind.SOURCE, "snds_rest", "SNDS"), COVERAGE, advice=made)


def _of_microsoft() -> dict[str, Alert]:
    return {"snds-red": _opened(_snds("red")), "snds-login-ended": _opened(_source(Reason.AUTH_EXPIRED))}


def _of_ses() -> dict[str, Alert]:
    return {
        "ses-paused": _opened(
            _published("ses_reputation", reputation_causes.CAUSES, reputation_causes.PAUSED, ACCOUNT)
        ),
        "volume-jump": _opened(_published("volume", volume_causes.CAUSES, volume_causes.JUMP, ACCOUNT)),
    }


def _others() -> dict[str, Alert]:
    incidents = []
    for finding in (_listing("127.0.0.3"), _published("auth_records", AUTH_RECORDS, "dkim_missing", DOMAIN)):
        incident: Incident | None = None
        for each in _hourly(finding, (BAD, BAD)):
            incident, _ = advance(incident, each, RULE, each.observed_at)
        assert incident is not None
        incidents.append(incident)
    incident = None
    for each in _hourly(_listing("127.0.0.2"), (BAD, BAD, OK, OK, OK)):
        incident, _ = advance(incident, each, RULE, each.observed_at)
    assert incident is not None
    now = BEGUN + timedelta(days=1)
    removed = FactChange(
        kind="record",
        name="s1._domainkey.example.com",
        rtype="CNAME",
        direction=Direction.REMOVED,
        aspect=Aspect.DKIM,
    )
    deployment = Deployment(
        stack="staygreen-example-production-example-com",
        at=BEGUN - timedelta(minutes=25),
        outcome=Outcome.DONE,
        commit="3f2a91c0de",
        changes=(removed,),
    )
    begin = now - timedelta(days=7)
    picture = Picture(
        since=begin,
        now=now,
        incidents=(*incidents, incident),
        deployments=Recorded(deployments=(deployment,), since=begin - timedelta(days=30)),
        dashboard="staygreen-example-production-dashboard",
    )
    return {"digest": digest(picture, CONTEXT)}


def _repairs() -> dict[str, Alert]:
    world, one = awaiting()
    return {"repair-approval": repair_alert.alert(one, world.store.events[-1][1], CONTEXT)}
