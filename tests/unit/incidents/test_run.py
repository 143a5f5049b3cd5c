from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from staygreen.core.finding import Severity, State
from staygreen.core.incidents.incident import QUIET_KINDS, Kind, Status
from staygreen.core.incidents.run import BUNDLE_LIMIT, Bundle, remembered, settle
from tests.budget import examples
from tests.unit.incidents.examples import BEFORE, HOUR, START, listing, note_of, report, run, silence

ADDRESSES = [f"192.0.2.{n}" for n in range(1, 7)]


def play(*runs, first=BEFORE):
    """Run after run, each a list of findings; returns the incidents and the last outcome."""
    known, last, outcome = {}, first, None
    for n, findings in enumerate(runs):
        outcome = settle(report(*findings), remembered(known.values(), last), run(n, last=last))
        known |= {change.after.id: change.after for change in outcome.changes}
        last = outcome.heartbeat
    return known, outcome


def at_once(n, state=State.BAD, addresses=ADDRESSES):
    return [listing(state, at=START + n * HOUR, address=address, group="psbl") for address in addresses]


def announced(outcome):
    return [c.transition for c in outcome.changes if c.transition and not c.transition.is_silent]


def test_many_subjects_on_one_list_in_one_run_are_told_as_one():
    """Vector 24: one grouped incident, naming all, instead of five alarms."""
    _, outcome = play(at_once(0, addresses=ADDRESSES[:5]), at_once(1, addresses=ADDRESSES[:5]))
    (bundle,) = outcome.bundles
    assert bundle.kind is Kind.OPENED
    assert [m.subject.id for m in bundle.members] == ADDRESSES[:5]
    assert announced(outcome) == []


def test_two_subjects_are_told_one_by_one():
    _, outcome = play(at_once(0, addresses=ADDRESSES[:2]), at_once(1, addresses=ADDRESSES[:2]))
    assert outcome.bundles == ()
    assert len(announced(outcome)) == 2


def test_their_recovery_is_told_as_one():
    runs = [at_once(n) for n in range(2)] + [at_once(n, State.OK) for n in range(2, 5)]
    _, outcome = play(*runs)
    (bundle,) = outcome.bundles
    assert bundle.kind is Kind.CLEARED
    assert announced(outcome) == []


def test_the_first_run_tells_what_is_bad_already_as_one_summary():
    known, outcome = play([*at_once(0, addresses=ADDRESSES[:1]), silence()], first=None)
    (bundle,) = outcome.bundles
    assert bundle.kind is Kind.BASELINE
    assert announced(outcome) == []
    assert {i.status for i in known.values()} == {Status.OPEN, Status.SEEN}


def test_a_first_run_without_bad_news_tells_nothing():
    _, outcome = play(at_once(0, State.OK), first=None)
    assert outcome.bundles == ()
    assert outcome.changes == ()


def test_a_subject_found_after_the_first_run_alerts_normally():
    _, outcome = play(at_once(0, State.OK), at_once(1, addresses=["192.0.2.99"]), at_once(2, addresses=["192.0.2.99"]))
    assert [t.kind for t in announced(outcome)] == [Kind.OPENED]


def test_a_quiet_run_writes_nothing_but_the_heartbeat():
    known, outcome = play(*(at_once(n) for n in range(4)))
    assert outcome.changes == ()
    assert outcome.heartbeat.seen == set(known)


def test_the_heartbeat_holds_the_last_sighting_of_what_did_not_change():
    known, outcome = play(*(at_once(n) for n in range(4)))
    seen = remembered(known.values(), outcome.heartbeat)
    assert {i.last_seen for i in seen.values()} == {START + 3 * HOUR}


def test_a_clean_reading_of_an_open_incident_is_written():
    _, outcome = play(at_once(0), at_once(1), at_once(2, State.OK))
    assert len(outcome.changes) == len(ADDRESSES)


def test_an_open_incident_that_the_run_says_nothing_about_counts_as_unknown():
    known, outcome = play(at_once(0), at_once(1), [], [], [])
    assert {c.transition.kind for c in outcome.changes} == {Kind.STALE}
    assert {i.status for i in known.values()} == {Status.OPEN}


def test_switching_a_list_off_is_told_as_one_and_closes_its_incidents_after_a_day():
    nothing = [[] for _ in range(2, 26)]
    known, outcome = play(at_once(0), at_once(1), *nothing)
    assert {i.status for i in known.values()} == {Status.OPEN}
    known, outcome = play(at_once(0), at_once(1), *nothing, [])
    assert {i.status for i in known.values()} == {Status.CLOSED}
    (bundle,) = outcome.bundles
    assert bundle.kind is Kind.WITHDRAWN
    assert len(bundle.members) == len(ADDRESSES)
    assert announced(outcome) == []


class Runs(RuleBasedStateMachine):
    """Any runs over any subjects, some of them killed before their heartbeat and done again."""

    def __init__(self):
        super().__init__()
        self.now, self.number, self.last = START, 0, BEFORE
        self.known, self.happened, self.told, self.named, self.notes = {}, Counter(), Counter(), set(), []

    @rule(
        states=st.lists(st.sampled_from((*State, None)), min_size=5, max_size=5),
        minutes=st.integers(1, 600),
        is_killed=st.booleans(),
        share=st.integers(0, 5),
    )
    def a_run(self, states, minutes, is_killed, share):
        self.now += timedelta(minutes=minutes)
        self.number += 1
        findings = [
            listing(state, at=self.now, address=ADDRESSES[n], group="psbl") for n, state in enumerate(states) if state
        ]
        circumstances = run(self.number, last=self.last, at=self.now, unfinished=self.notes)
        outcome = settle(report(*findings), remembered(self.known.values(), self.last), circumstances)
        owed = [bundle for bundle in outcome.bundles if bundle.is_owed]
        self.notes.append(note_of(outcome))
        for written in [*owed, *outcome.changes][: share if is_killed else None]:
            if isinstance(written, Bundle):
                self.tell(written)
            else:
                self.write(written)
        if not is_killed:
            for bundle in outcome.bundles:
                self.tell(bundle)
            self.last = outcome.heartbeat
            self.notes.pop()

    def write(self, change):
        self.known[change.after.id] = change.after
        if change.transition and change.transition.kind not in QUIET_KINDS:
            self.happened[change.after.id, change.transition.kind] += 1
            if not change.transition.is_silent:
                self.told[change.after.id, change.transition.kind] += 1

    def tell(self, bundle):
        # the table names a member of a group once
        missing = {member.id for member in bundle.members if (bundle.group, member.id) not in self.named}
        self.named.update((bundle.group, member) for member in missing)
        self.told.update((member, bundle.kind) for member in missing)

    @invariant()
    def nothing_is_told_that_did_not_happen(self):
        assert not self.told - self.happened

    def teardown(self):
        # the run after a killed one tells what that one owed; two more settle everything
        for _ in range(2):
            self.a_run(states=[None] * 5, minutes=1, is_killed=False, share=0)
        assert self.told == self.happened


Runs.TestCase.settings = examples(25, stateful_step_count=20)
TestRuns = Runs.TestCase


def test_all_sources_silent_is_one_alarm():
    """Vector 29, on the side of incidents."""
    silent = [[silence(at=START + n * HOUR, source=f"list-{i}") for i in range(9)] for n in range(3)]
    _, outcome = play(*silent)
    assert len(outcome.bundles) == 1
    assert announced(outcome) == []


def test_a_grouped_announcement_that_an_interrupted_run_owed_is_made_by_the_next():
    known, _ = play(at_once(0))
    last = replace(BEFORE, run_id="run-0", at=START)
    dying = settle(report(*at_once(1)), remembered(known.values(), last), run(1, last=last))
    half = dict(known)
    for change in dying.changes[:4]:
        half[change.after.id] = change.after
    completing = settle(
        report(*at_once(2)), remembered(half.values(), last), run(2, last=last, unfinished=[note_of(dying)])
    )
    told = [m.subject.id for bundle in completing.bundles for m in bundle.members]
    told += [t.incident.subject.id for t in announced(completing)]
    assert sorted(told) == ADDRESSES
    assert completing.bundles[0].group == dying.bundles[0].group


def test_what_an_interrupted_run_owes_goes_out_before_its_incidents_change_again():
    """Two runs in a row may die: the second must not take away what the first is told from."""
    known, _ = play(*(at_once(n) for n in range(2)), *(at_once(n, State.OK) for n in range(2, 4)))
    last = replace(BEFORE, run_id="run-3", at=START + 3 * HOUR)
    dying = settle(report(*at_once(4, State.OK)), remembered(known.values(), last), run(4, last=last))
    known |= {change.after.id: change.after for change in dying.changes}

    later = run(5, last=last, unfinished=[note_of(dying)])
    next_one = settle(report(*at_once(5)), remembered(known.values(), last), later)

    (owed,) = (bundle for bundle in next_one.bundles if bundle.is_owed)
    assert (owed.id, owed.kind) == (dying.bundles[0].id, Kind.CLEARED)
    assert [member.subject.id for member in owed.members] == ADDRESSES
    assert {change.after.status for change in next_one.changes} == {Status.SEEN}


def test_what_is_owed_does_not_depend_on_what_clocks_show():
    """A run whose clock is behind the last heartbeat's, and which dies before its group."""
    known, _ = play(at_once(0))
    last = replace(BEFORE, run_id="run-0", at=START + HOUR)
    behind = run(1, last=last, at=START + HOUR - timedelta(seconds=30))
    dying = settle(report(*at_once(1)), known, behind)
    assert dying.bundles[0].kind is Kind.OPENED
    known = known | {change.after.id: change.after for change in dying.changes}
    later = run(2, last=last, unfinished=[note_of(dying)])
    completing = settle(report(*at_once(2)), remembered(known.values(), last), later)
    assert [m.subject.id for bundle in completing.bundles for m in bundle.members] == ADDRESSES


def test_what_an_interrupted_first_run_found_is_told_before_it_is_told_as_changed():
    dying = settle(report(*at_once(0)), {}, run(0, last=None))
    known = {change.after.id: change.after for change in dying.changes}
    worse = [replace(each, severity=Severity.CRITICAL) for each in at_once(1)]
    completing = settle(report(*worse), known, run(1, last=None, unfinished=[note_of(dying)]))
    (owed,) = (bundle for bundle in completing.bundles if bundle.is_owed)
    assert (owed.kind, [m.subject.id for m in owed.members]) == (Kind.BASELINE, ADDRESSES)
    assert {t.kind for t in announced(completing)} == {Kind.CHANGED}


def test_the_same_run_again_completes_what_it_had_begun_under_the_same_id():
    known, _ = play(at_once(0))
    last = replace(BEFORE, run_id="run-0", at=START)
    dying = settle(report(*at_once(1)), remembered(known.values(), last), run(1, last=last))
    half = dict(known)
    for change in dying.changes[:5]:
        half[change.after.id] = change.after
    once_more = run(1, last=last, unfinished=[note_of(dying)])
    again = settle(report(*at_once(1)), remembered(half.values(), last), once_more)
    assert len(again.changes) == 1
    (bundle,) = again.bundles
    assert bundle.id == dying.bundles[0].id
    assert len(bundle.members) == len(ADDRESSES)


def test_a_summary_too_long_for_one_message_is_split():
    many = [f"2001:db8::{n:x}" for n in range(1, BUNDLE_LIMIT + 2)]
    _, outcome = play(at_once(0, addresses=many), first=None)
    assert [len(b.members) for b in outcome.bundles] == [BUNDLE_LIMIT, 1]
