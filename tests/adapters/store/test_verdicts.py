"""Verdicts, cases and complaints in the incident table."""

from dataclasses import replace
from datetime import timedelta

import pytest

from staygreen.adapters.store.cases import CaseTable
from staygreen.adapters.store.complaints import ComplaintBook
from staygreen.adapters.store.incidents import IncidentTable
from staygreen.adapters.store.verdicts import Verdicts
from staygreen.core.delisting import case
from staygreen.core.errors import SourceUnavailable
from staygreen.core.finding import Severity, Subject, SubjectKind
from staygreen.core.incidents.context import Aside
from staygreen.core.incidents.incident import advance
from staygreen.core.incidents.report import Report
from staygreen.core.incidents.run import Heartbeat, Run, settle
from staygreen.core.replies.complaints import Complaint
from staygreen.core.replies.decode import Route
from staygreen.core.verdict import evidence
from staygreen.core.verdict.verdict import Standing
from tests.adapters.store.test_incidents import create, dynamodb, go  # noqa: F401 - a fixture
from tests.unit.delisting.test_case import FACTS
from tests.unit.incidents.examples import RULE, START, listing

IP = Subject(SubjectKind.IP, "192.0.2.10", "mail.example.com")


@pytest.fixture
def table(dynamodb):  # noqa: F811
    return IncidentTable(dynamodb, create(dynamodb))


def held(check, cause):
    finding = replace(listing(), check=check, cause=cause, is_conclusive=True, severity=Severity.CRITICAL)
    incident, _ = advance(None, finding, RULE, START)
    return evidence.Held(incident=incident.id, exhibit=evidence.of_incident(incident))


def beat(check, **more):
    return Heartbeat(check=check, run_id="r", at=START, **more)


def kept(verdicts, held_, beat_):
    """The verdicts as they were foreseen."""
    foreseen = verdicts.foreseen(held_, beat_)
    verdicts.keep(held_, beat_)
    assert [set(each.exhibits) <= set(verdicts.of(each.subject, START).exhibits) for each in foreseen] == [True]
    return foreseen


def test_what_two_checks_hold_is_one_verdict_and_what_is_over_leaves_it(table):
    verdicts = Verdicts(table)
    (first,) = kept(verdicts, {IP: (held("blocklist", "psbl"),)}, beat("blocklist"))
    assert first.standing is Standing.AT_RISK
    (both,) = kept(verdicts, {IP: (held("refusals", "blocked_outlook_consumer"),)}, beat("refusals"))
    assert both.standing is Standing.BLOCKED
    assert [each.word for each in both.causes] == ["blocked_outlook_consumer", "psbl"]
    (left,) = kept(verdicts, {IP: ()}, beat("refusals"))
    assert [each.word for each in left.causes] == ["psbl"]
    assert [each.subject for each in verdicts.all(START)] == [IP]
    assert verdicts.of(IP, START + timedelta(days=9)).standing is Standing.UNKNOWN, "stale evidence decides nothing"


def test_a_listed_range_is_in_the_verdict_of_its_addresses_and_opens_nothing(table, dynamodb):  # noqa: F811
    near = Aside(
        source="uceprotect-2",
        text="Your range is listed.",
        is_listing=True,
        observed_at=START,
        subjects=frozenset({IP.key}),
    )
    read = Report(findings=(), coverage=(), asides=(near,))
    turn = Run(check="blocklist", id="1", at=START, rule=RULE, last=None)
    table.apply(settle(read, {}, turn), turn, lambda told: pytest.fail(f"{told} is announced"))
    verdicts = Verdicts(table)
    assert [each.text for each in verdicts.of(IP, START).exhibits if each.is_context] == [
        "Context: Your range is listed."
    ]
    assert [(each.subject, each.standing) for each in verdicts.all(START)] == [
        (replace(IP, label=""), Standing.NOTHING_FOUND)
    ]
    (refused,) = kept(verdicts, {IP: (held("refusals", "blocked_outlook_consumer"),)}, beat("refusals"))
    assert "Your range is listed." in evidence.line(refused)
    assert [each.word for each in refused.causes] == ["blocked_outlook_consumer"]
    assert table.load("blocklist")[0] == {}


def test_nothing_is_said_of_what_is_not_watched(table):
    assert Verdicts(table).of(Subject(SubjectKind.IP, "203.0.113.9"), START, is_watched=False).exhibits == ()


def test_a_case_is_written_over_what_was_read_alone(table):
    cases = CaseTable(table)
    opened = case.opened(FACTS, START)
    cases.save(opened, None)
    filed = case.moved(opened, case.Stage.SUBMITTED, START)
    cases.save(filed, opened)
    assert cases.load(FACTS.ips[0]) == filed
    for before in (None, opened):
        with pytest.raises(SourceUnavailable, match="changed meanwhile"):
            cases.save(opened, before)
    assert list(cases.all()) == [filed]


def test_silence_of_the_monitor_verifies_no_case(table):
    cases = CaseTable(table)
    opened = case.opened(FACTS, START)
    cases.save(opened, None)
    cases.save(case.moved(opened, case.Stage.SUBMITTED, START), opened)
    (found,) = cases.watched(START + timedelta(days=5))
    assert found.stage is case.Stage.SUBMITTED


@pytest.mark.parametrize(("cause", "stage"), [("psbl", "submitted"), ("sbl", "verified")])
def test_a_case_of_a_listing_follows_that_listing(table, dynamodb, cause, stage):  # noqa: F811
    cases = CaseTable(table)
    listed = case.Listing(list=cause, since=START, text="listed")
    opened = case.opened(case.Facts(ips=(IP.id,), route=Route.THIRD_PARTY, listings=(listed,)), START)
    cases.save(opened, None)
    cases.save(case.moved(opened, case.Stage.SUBMITTED, START), opened)
    for n in (71, 72):
        go(dynamodb, table._name, n, [listing(at=START + timedelta(hours=n))])
    (found,) = cases.watched(START + timedelta(hours=72))
    assert found.stage.value == stage, "PSBL still lists it, SBL does not"


def test_a_complaint_that_comes_twice_is_one(table, dynamodb):  # noqa: F811
    book = ComplaintBook(client=dynamodb, table=table._name)
    one = Complaint(id="m1", at=START, reporter="jmrp", is_proven=True, ip=IP.id, domain="shop.example")
    for _ in range(2):
        book.keep(one)
    assert book.of([IP, Subject(SubjectKind.DOMAIN, "shop.example")], START - timedelta(days=1)) == (one,)
    assert book.of([IP], START + timedelta(seconds=1)) == ()
