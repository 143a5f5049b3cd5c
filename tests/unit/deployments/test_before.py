"""What is said of deployments beside a change for the worse, and when one is called the cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.deployments.before import Recorded, Worse, cause_of, told_before
from staygreen.core.deployments.deployment import Aspect, Deployment, Direction, FactChange, Outcome
from staygreen.core.finding import Finding, Severity, State, Subject, SubjectKind

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NAME = "s1._domainkey.example.com"


def finding(cause="dkim_missing", records=(NAME,), domain="example.com"):
    return Finding(
        check="auth_records",
        subject=Subject(SubjectKind.DOMAIN, domain),
        cause=cause,
        state=State.BAD,
        severity=Severity.CRITICAL,
        observed_at=NOON,
        records=records,
    )


def change(name=NAME, direction=Direction.REMOVED, aspect=Aspect.DKIM, rtype="TXT", **more):
    return FactChange(kind="record", name=name, direction=direction, aspect=aspect, rtype=rtype, **more)


def deployment(before=25 * MINUTE, changes=(), **more):
    given = {"stack": "staygreen-acme-production-domain", "at": NOON - before, "outcome": Outcome.DONE}
    return Deployment(**{**given, "changes": tuple(changes), **more})


def recorded(*deployments, since=NOON - 30 * DAY):
    return Recorded(deployments=deployments, since=since)


WORSE = Worse(finding=finding(), since=NOON)
UNRELATED = change("mail.example.net", aspect=Aspect.MX, rtype="MX")


def told(*deployments, worse=(WORSE,), **more):
    return told_before(worse, recorded(*deployments, **more))


def test_the_deployment_that_changed_a_fact_of_the_subject_is_named_with_its_commit():
    removed = deployment(changes=[change()], commit="3f2a91c0d1e2")
    assert told(removed, deployment(5 * MINUTE, [UNRELATED])) == (
        "Deployed 25 minutes before (commit 3f2a91c): DKIM record of example.com (s1) removed."
    )


def test_deployments_about_something_else_are_counted():
    assert told(*(deployment(n * HOUR, [UNRELATED]) for n in (1, 2, 3))) == (
        "3 deployments in the 24 hours before, none about this subject."
    )


def test_what_is_not_known_of_a_deployment_is_not_taken_for_nothing():
    unknown = deployment(unknown="no earlier template of the stack was kept")
    assert told(unknown, deployment(2 * HOUR, [UNRELATED])) == (
        "2 deployments in the 24 hours before; none is known to be about this subject, and of 1 not all is known."
    )


def test_nothing_deployed_is_said_as_far_as_it_was_recorded():
    assert told() == "Nothing was deployed in the 3 days before."
    assert told(since=NOON - HOUR) == (
        "Nothing was deployed before it since deployments are recorded (11:00 UTC on 12 November 2026)."
    )
    assert told(since=None) == told(since=NOON + HOUR) == ""


def test_what_was_deployed_later_came_not_before():
    assert told(deployment(-HOUR, [change()])) == "Nothing was deployed in the 3 days before."
    under_way = deployment(-HOUR, [change()], began=NOON - HOUR)
    assert told(under_way).startswith("A deployment was under way (commit unknown): DKIM record")


def test_the_cause_is_the_deployment_that_took_the_missing_record_away():
    removed = deployment(changes=[change()], commit="3f2a91c0d1e2")
    cause = cause_of(WORSE, recorded(removed, deployment(5 * MINUTE, [UNRELATED])))
    assert cause is not None
    assert cause.sentence == (
        "The deployment of 11:35 UTC on 12 November 2026 (commit 3f2a91c) is the cause: "
        "DKIM record of example.com (s1) removed."
    )
    assert cause.next_step.startswith("Revert commit 3f2a91c and deploy")


def no_cause(*deployments, worse=WORSE):
    return cause_of(worse, recorded(*deployments)) is None


def test_what_does_not_explain_the_failure_is_no_cause():
    assert no_cause(deployment(changes=[change(direction=Direction.ADDED)])), "added, and yet missing"
    assert no_cause(deployment(changes=[change(direction=Direction.LEFT)])), "it is in the zone still"
    assert no_cause(deployment(changes=[change()], outcome=Outcome.ROLLED_BACK)), "it was brought back"
    assert no_cause(deployment(changes=[change()], outcome=Outcome.FAILED)), "it may not have come to it"
    assert no_cause(deployment(-HOUR, [change()])), "it came later"
    assert no_cause(deployment(changes=[change("s2._domainkey.example.com")])), "another key"
    assert no_cause(deployment(changes=[change(aspect=Aspect.OTHER)])), "another thing at the same name"


def test_a_later_change_of_the_same_fact_takes_the_blame_away():
    removed = deployment(2 * HOUR, [change()])
    again = deployment(HOUR, [change(direction=Direction.ADDED)])
    assert no_cause(removed, again)
    assert no_cause(removed, deployment(HOUR, unknown="it was not read"))
    assert not no_cause(removed, deployment(HOUR, unknown="it was not read", outcome=Outcome.ROLLED_BACK))


def test_a_record_that_differs_is_blamed_on_who_wrote_it():
    worse = Worse(finding=finding("spf_all", ("example.com",)), since=NOON)
    written = change("example.com", Direction.CHANGED, Aspect.SPF)
    assert not no_cause(deployment(changes=[written]), worse=worse)
    assert no_cause(deployment(changes=[replace(written, direction=Direction.REMOVED)]), worse=worse)


NAMES = st.sampled_from(["example.com", "_dmarc.example.com", NAME, "s1._domainkey.example.net", "example.net"])
CHANGES = st.builds(
    FactChange,
    kind=st.sampled_from(["record", "identity"]),
    name=NAMES,
    direction=st.sampled_from(Direction),
    aspect=st.sampled_from(Aspect),
    rtype=st.sampled_from(["TXT", "CNAME", "MX"]),
)
DEPLOYMENTS = st.builds(
    Deployment,
    stack=st.sampled_from(["one", "other"]),
    at=st.integers(-100, 100).map(lambda hours: NOON - hours * HOUR),
    outcome=st.sampled_from(Outcome),
    changes=st.lists(CHANGES, max_size=3).map(tuple),
    unknown=st.sampled_from(["", "", "", "it was not read"]),
)
CAUSES = st.sampled_from(
    ["dkim_missing", "dkim_differs", "spf_missing", "spf_all", "dmarc_weaker", "mail_from_mx", "psbl"]
)
FINDINGS = st.builds(finding, cause=CAUSES, records=st.lists(NAMES, max_size=2).map(tuple))


@given(found=FINDINGS, deployments=st.lists(DEPLOYMENTS, max_size=6))
def test_a_changed_fact_of_another_subject_is_never_named_as_cause(found, deployments):
    cause = cause_of(Worse(finding=found, since=NOON), recorded(*deployments))
    if cause is not None:
        assert cause.change.name in found.records
        assert cause.change.direction is not Direction.LEFT
        assert cause.deployment.at <= NOON
        assert cause.deployment.took_effect
        later = [each for each in deployments if cause.deployment.at < each.at <= NOON and each.took_effect]
        assert not any(
            one.name == cause.change.name and one.aspect is cause.change.aspect
            for each in later
            for one in each.changes
        )


@given(found=FINDINGS, deployments=st.lists(DEPLOYMENTS, max_size=6))
def test_only_facts_of_the_subject_are_named_before(found, deployments):
    text = told_before([Worse(finding=found, since=NOON)], recorded(*deployments))
    assert "example.net" not in text
