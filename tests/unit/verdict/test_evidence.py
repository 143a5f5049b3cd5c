"""What a check's incidents and runs are worth as evidence."""

from dataclasses import replace
from datetime import date, timedelta
from ipaddress import IPv4Address

import pytest

from staygreen.core.finding import Severity, State, Subject, SubjectKind
from staygreen.core.incidents.context import LIMIT, Aside, bounded, updated
from staygreen.core.incidents.incident import advance
from staygreen.core.incidents.report import Coverage
from staygreen.core.incidents.run import Heartbeat, settle
from staygreen.core.incidents.storage import read_asides, write_asides
from staygreen.core.snds.history import Day
from staygreen.core.snds.rows import Colour
from staygreen.core.verdict import evidence, storage
from staygreen.core.verdict.verdict import Realm, Standing, Witness, judge
from tests.unit.incidents.examples import BEFORE, HOUR, RULE, START, listing, report, run

IP = Subject(SubjectKind.IP, "192.0.2.10", "mail.example.com")


def opened(**change):
    finding = replace(listing(), is_conclusive=True, severity=Severity.CRITICAL, **change)
    incident, _ = advance(None, finding, RULE, START)
    return incident


@pytest.mark.parametrize(
    ("check", "cause", "realm", "standing"),
    [
        ("refusals", "blocked_outlook_consumer", Realm.CONSUMER, Standing.BLOCKED),
        ("refusals", "throttled_exchange_online", Realm.MICROSOFT_365, Standing.THROTTLED),
        ("refusals", "blocked_gmail", Realm.ELSEWHERE, Standing.BLOCKED),
        ("blocklist", "psbl", Realm.EVERYWHERE, Standing.AT_RISK),
        ("snds", "filter_result", Realm.CONSUMER, Standing.AT_RISK),
        ("reverse_dns", "ptr_missing", Realm.EVERYWHERE, Standing.AT_RISK),
    ],
)
def test_an_open_incident_speaks_against_its_subject_in_its_realm(check, cause, realm, standing):
    made = evidence.of_incident(opened(check=check, cause=cause))
    assert (made.state, made.realm, made.standing, made.cause) == (State.BAD, realm, standing, cause)
    assert made.next_step.startswith("Ask for removal.")


def test_a_check_that_is_new_is_the_weakest_witness():
    assert evidence.of_incident(opened(check="weather")).witness is Witness.NEIGHBOURHOOD


def test_a_run_holds_what_is_open_about_the_subjects_it_changed():
    first = settle(report(listing()), {}, run(0))
    known = {change.after.id: change.after for change in first.changes}
    assert evidence.of_run(first, {}, "blocklist") == {IP: ()}, "seen once is held against nobody"
    second = settle(report(listing(at=START + HOUR)), known, run(1))
    ((subject, (held,)),) = evidence.of_run(second, known, "blocklist").items()
    assert (subject, held.exhibit.cause) == (IP, "psbl")
    assert storage.read(storage.write([held])) == (held,)


def test_a_check_that_is_no_witness_holds_nothing():
    outcome = settle(report(listing()), {}, run(0))
    assert evidence.of_run(outcome, {}, "cases") == {}


def test_a_quiet_run_that_still_saw_it_makes_the_evidence_new():
    held = evidence.Held(incident="abcd", exhibit=evidence.of_incident(opened()))
    later = START + timedelta(days=3)
    (stale,) = evidence.freshened([held], BEFORE)
    assert stale.is_stale(later)
    (fresh,) = evidence.freshened([held], Heartbeat(check="blocklist", run_id="r", at=later, seen=frozenset({"abcd"})))
    assert not fresh.is_stale(later)


def beat(answered, silent=0, check="blocklist"):
    coverage = [Coverage(source=f"a{n}", asked=1, answered=1) for n in range(answered)]
    coverage += [Coverage(source=f"s{n}", asked=1, answered=0, reason="timeout") for n in range(silent)]
    return Heartbeat(check=check, run_id="r", at=START, coverage=tuple(coverage))


def said(check, last, subject=IP):
    return [(each.state, each.witness) for each in evidence.of_heartbeat(check, last, subject)]


def test_a_run_without_an_incident_speaks_for_the_subject_as_far_as_it_was_answered():
    assert said("blocklist", beat(3)) == [(State.OK, Witness.BLOCKLIST)]
    assert said("blocklist", beat(3, silent=1)) == [(State.OK, Witness.BLOCKLIST), (State.UNKNOWN, Witness.BLOCKLIST)]
    assert said("blocklist", beat(0, silent=2)) == [(State.UNKNOWN, Witness.BLOCKLIST)]


@pytest.mark.parametrize("check", ["refusals", "snds"])
def test_silence_of_replies_and_of_snds_speaks_for_nobody(check):
    assert said(check, beat(1, check=check)) == []


def test_a_check_of_addresses_says_nothing_of_a_domain():
    assert said("reverse_dns", beat(1), Subject(SubjectKind.DOMAIN, "shop.example")) == []


def day(colour):
    return Day(
        ip=IPv4Address("192.0.2.10"), on=date(2026, 6, 2), source="snds_rest", filter_result=colour,
        rcpt_commands=1, data_commands=1, recipients=1, complaint_rate=None, trap_hits=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("days", "asked", "states"),
    [
        ((day(Colour.GREEN),), True, [State.OK]),
        ((day(None), day(Colour.RED)), True, [State.BAD]),
        ((), True, [State.UNKNOWN]),
        ((), False, []),
    ],
)
def test_snds_is_quoted_by_its_newest_colour_and_no_row_is_not_green(days, asked, states):
    assert [each.state for each in evidence.of_days(days, START, is_asked=asked)] == states


NEAR = Aside(
    source="uceprotect-2",
    text="Your range is listed.",
    is_listing=True,
    observed_at=START,
    subjects=frozenset({"ip:192.0.2.10"}),
)


def test_what_is_said_of_the_range_is_context_of_those_alone_whom_it_surrounds():
    last = replace(BEFORE, asides=(NEAR,))
    (context,) = evidence.of_asides("blocklist", last, IP)
    assert context.is_context
    assert (context.cause, context.text, context.observed_at) == (
        "uceprotect-2",
        "Context: Your range is listed.",
        START,
    )
    assert not list(evidence.of_asides("blocklist", last, Subject(SubjectKind.IP, "192.0.2.11")))


@pytest.mark.parametrize(
    ("reason", "days", "kept"), [("", 0, ()), ("timeout", 0, (NEAR,)), ("timeout", 6, (NEAR,)), ("timeout", 7, ())]
)
def test_context_of_a_list_that_is_silent_stays_a_week_with_its_age_and_any_other_is_over(reason, days, kept):
    coverage = (Coverage(source="uceprotect-2", asked=1, answered=0 if reason else 1, reason=reason),)
    circumstances = replace(run(24 * days), last=replace(BEFORE, asides=(NEAR,)))
    outcome = settle(replace(report(), coverage=coverage), {}, circumstances)
    assert (outcome.heartbeat.asides, outcome.changes) == (kept, ())


def test_what_a_list_says_anew_of_a_subject_takes_the_place_of_what_it_said():
    new = replace(NEAR, text="Noted.", observed_at=START + HOUR)
    other = replace(NEAR, subjects=frozenset({"ip:192.0.2.11"}))
    both = replace(NEAR, subjects=NEAR.subjects | other.subjects)
    assert list(updated([both], [new], {"uceprotect-2"}, START + HOUR)) == [new, other]


def test_context_fits_one_item_and_what_is_said_of_few_comes_first():
    everyone = replace(NEAR, subjects=frozenset(f"ip:2001:db8::{n:x}" for n in range(2 * LIMIT)))
    first, second = bounded([everyone, NEAR])
    assert first == NEAR
    assert len(second.subjects) == LIMIT - 1
    assert read_asides(write_asides([first, second])) == (first, second)
    assert len(write_asides([first, second])) < 50_000


def test_context_that_does_not_fit_is_told():
    everyone = replace(NEAR, subjects=frozenset(f"ip:2001:db8::{n:x}" for n in range(LIMIT + 5)))
    outcome = settle(replace(report(), asides=(everyone,), asides_left_out=2), {}, run(0))
    assert outcome.context_left_out == 7
    (said,) = (row for row in outcome.heartbeat.coverage if not row.is_full)
    assert (said.source, said.reason, said.asked) == ("context", "beyond_limit", 0)


def test_the_line_tells_context_with_when_it_was_read():
    refused = evidence.of_incident(opened(check="refusals", cause="blocked_outlook_consumer"))
    line = evidence.line(judge(IP, [refused, evidence.of_aside(Witness.BLOCKLIST, NEAR)], START))
    assert line.endswith("Context: Your range is listed. (Read 2026-06-03 14:05 UTC.)")


@pytest.mark.parametrize(("state", "said"), [(State.OK, "nothing wrong found"), (State.UNKNOWN, "nothing is known")])
def test_the_line_of_a_listed_range_says_how_the_address_itself_stands(state, said):
    itself = replace(evidence.of_incident(opened(check="rdns", cause="ptr_missing")), state=state)
    found = judge(IP, [itself, evidence.of_aside(Witness.BLOCKLIST, NEAR)], START)
    assert evidence.line(found).startswith(f"192.0.2.10 itself: {said}. Context: Your range is listed.")


def test_a_note_is_shown_in_the_verdict_and_told_in_no_alert():
    noted = evidence.of_aside(Witness.BLOCKLIST, replace(NEAR, is_listing=False))
    refused = evidence.of_incident(opened(check="refusals", cause="blocked_outlook_consumer"))
    found = judge(IP, [refused, noted], START)
    assert noted in found.exhibits
    assert evidence.line(found) == ""


def test_the_line_of_a_verdict_names_every_cause_where_there_is_more_than_one():
    refused = evidence.of_incident(opened(check="refusals", cause="blocked_outlook_consumer"))
    one = judge(IP, [refused], START)
    assert evidence.line(one) == ""
    both = judge(IP, [refused, evidence.of_incident(opened())], START)
    assert "192.0.2.10 is blocked: (1) " in evidence.line(both)
    assert "(2) " in evidence.line(both)
