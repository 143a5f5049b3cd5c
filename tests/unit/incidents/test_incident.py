from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from staygreen.core.finding import Severity, State
from staygreen.core.incidents import incident as rules
from staygreen.core.incidents.incident import HOLD_DOWN, NOT_ASKED, Kind, Status, advance
from staygreen.core.incidents.storage import read_incident, write_incident
from tests.budget import examples
from tests.unit.incidents.examples import HOUR, RULE, START, listing, silence


def follow(*findings, incident=None, baseline=False):
    kinds = []
    for finding in findings:
        incident, transition = advance(incident, finding, RULE, finding.observed_at, baseline)
        if transition:
            kinds.append(transition.kind)
    return incident, kinds


def bad(n, **more):
    return listing(at=START + n * HOUR, **more)


def clean(n):
    return listing(State.OK, at=START + n * HOUR)


def unknown(n):
    return listing(State.UNKNOWN, at=START + n * HOUR)


def unasked(n):
    return replace(unknown(n), reason=NOT_ASKED)


def test_one_sighting_is_recorded_and_not_announced():
    incident, kinds = follow(bad(0))
    assert incident.status is Status.SEEN
    assert kinds == []


def test_two_sightings_more_than_five_minutes_apart_open():
    assert follow(bad(0), bad(1))[1] == [Kind.OPENED]


@pytest.mark.parametrize(("seconds", "kinds"), [(300, []), (301, [Kind.OPENED])])
def test_sightings_must_be_more_than_the_spacing_apart(seconds, kinds):
    assert follow(bad(0), listing(at=START + timedelta(seconds=seconds)))[1] == kinds


def test_an_event_is_told_at_once_and_once_and_is_never_open():
    arrived = replace(bad(0), is_event=True)
    incident, kinds = follow(arrived, arrived, baseline=True)
    assert kinds == [Kind.OPENED]
    assert incident.status is Status.CLOSED
    assert read_incident(write_incident(incident)) == incident


def test_a_newer_event_is_news():
    incident, kinds = follow(replace(bad(0), is_event=True), replace(bad(1), is_event=True))
    assert kinds == [Kind.OPENED, Kind.OPENED]
    assert not incident.is_flapping


def test_a_listing_seen_once_and_gone_is_in_the_history_only():
    """Vector 23."""
    incident, kinds = follow(bad(0), clean(1))
    assert kinds == [Kind.SEEN_ONCE]
    assert Kind.SEEN_ONCE in rules.QUIET_KINDS
    assert incident.status is Status.CLOSED


def test_three_clean_readings_in_a_row_clear():
    assert follow(bad(0), bad(1), clean(2), clean(3))[1] == [Kind.OPENED]
    assert follow(bad(0), bad(1), clean(2), clean(3), clean(4))[1] == [Kind.OPENED, Kind.CLEARED]


def test_a_bad_reading_between_clean_ones_starts_the_count_again():
    assert follow(bad(0), bad(1), clean(2), clean(3), bad(4), clean(5), clean(6))[1] == [Kind.OPENED]


def test_unknown_neither_opens_nor_clears_and_says_that_it_is_stale():
    """Vector 22."""
    incident, kinds = follow(bad(0), bad(1), *(unknown(n) for n in range(2, 50)))
    assert kinds == [Kind.OPENED, Kind.STALE]
    assert incident.status is Status.OPEN
    assert follow(*(unknown(n) for n in range(50))) == (None, [])


def test_a_duplicate_and_a_late_arrival_change_nothing():
    incident, _ = follow(bad(0), bad(1), clean(2))
    assert follow(clean(2), clean(1), bad(0), incident=incident) == (incident, [])


def test_a_conclusive_critical_sighting_opens_at_once():
    assert follow(bad(0, severity=Severity.CRITICAL, conclusive=True))[1] == [Kind.OPENED]
    assert follow(bad(0, severity=Severity.WARNING, conclusive=True))[1] == []


def test_worse_is_told_at_once_and_other_codes_when_seen_twice_running():
    assert follow(bad(0), bad(1), bad(2, severity=Severity.CRITICAL))[1] == [Kind.OPENED, Kind.CHANGED]
    assert follow(bad(0), bad(1), bad(2, codes="x"))[1] == [Kind.OPENED]
    assert follow(bad(0), bad(1), bad(2, codes="x"), bad(3, codes="x"))[1] == [Kind.OPENED, Kind.CHANGED]
    assert follow(bad(0), bad(1), bad(2, codes="x"), bad(3), bad(4, codes="x"))[1] == [Kind.OPENED]


def test_an_open_incident_is_reminded_of_by_its_severity_until_acknowledged():
    days = [bad(n) for n in range(24 * 8)]
    assert follow(*days)[1] == [Kind.OPENED, Kind.REMINDER]
    opened, _ = follow(bad(0), bad(1))
    acknowledged, told = rules.acknowledge(opened, "ada", START + HOUR)
    assert told.is_silent
    assert follow(*days[2:], incident=acknowledged)[1] == []


def test_a_muted_incident_is_recorded_but_not_announced():
    opened, _ = follow(bad(0), bad(1))
    muted, _ = rules.mute(opened, "ada", "known", START + 9 * HOUR, START + HOUR)
    for n in (2, 3, 4):
        muted, transition = advance(muted, clean(n), RULE, START + n * HOUR)
    assert transition.kind is Kind.CLEARED
    assert transition.is_silent


def test_what_comes_and_goes_is_held_open_until_it_was_clean_for_hours():
    findings, n = [], 0
    for _ in range(3):
        findings += [bad(n), bad(n + 1), clean(n + 2), clean(n + 3), clean(n + 4)]
        n += 5
    incident, kinds = follow(*findings)
    assert kinds == [Kind.OPENED, Kind.CLEARED, Kind.OPENED, Kind.CLEARED, Kind.OPENED]
    later = [clean(n + hour) for hour in range(int(HOLD_DOWN / HOUR))]
    assert follow(*later, incident=incident)[1] == [Kind.CLEARED]


def test_the_baseline_opens_silently_and_keeps_the_state():
    incident, transition = advance(None, bad(0), RULE, START, baseline=True)
    assert incident.status is Status.OPEN
    assert transition.is_silent


def test_a_source_is_reported_after_three_runs_without_an_answer_and_clears_at_once():
    silent = [silence(at=START + n * HOUR) for n in range(3)]
    assert follow(*silent[:2])[1] == []
    assert follow(*silent)[1] == [Kind.OPENED]
    assert follow(*silent, silence(State.OK, at=START + 3 * HOUR))[1] == [Kind.OPENED, Kind.CLEARED]
    assert follow(silent[0], baseline=True)[1] == []


def test_the_same_listing_has_the_same_id_and_each_step_its_own():
    first, _ = follow(bad(0), bad(1))
    again, kinds = follow(bad(0), bad(1), clean(2), clean(3), clean(4), bad(5), bad(6))
    assert again.id == first.id
    assert again.sequence == len(kinds) == 3


READINGS = st.lists(
    st.tuples(st.sampled_from(State), st.sampled_from(Severity), st.sampled_from(("a", "b")), st.integers(0, 90))
)


@given(READINGS)
@examples(60)
def test_whatever_is_read_can_be_stored(readings):
    incident = None
    for state, severity, codes, minutes in readings:
        at = START + timedelta(minutes=minutes)
        incident, _ = advance(incident, listing(state, at=at, severity=severity, codes=codes), RULE, at)
    if incident is not None:
        assert read_incident(write_incident(incident)) == incident


ENDS = (Kind.CLEARED, Kind.WITHDRAWN)


class Incidents(RuleBasedStateMachine):
    """Any sequence of readings, repeated and late ones included."""

    def __init__(self):
        super().__init__()
        self.now = START
        self.known = {}
        self.kinds = {}
        self.sent = []

    def read(self, finding):
        key = (finding.subject.key, finding.cause)
        before = self.known.get(key)
        after, transition = advance(before, finding, RULE, self.now)
        self.known[key] = after
        if transition:
            self.kinds.setdefault(key, []).append(transition)
        return before, after, transition

    @rule(
        state=st.sampled_from((State.BAD, State.OK)),
        address=st.sampled_from(("192.0.2.1", "192.0.2.2")),
        minutes=st.integers(1, 400),
        severity=st.sampled_from(Severity),
    )
    def an_answer(self, state, address, minutes, severity):
        self.now += timedelta(minutes=minutes)
        finding = listing(state, at=self.now, address=address, severity=severity)
        self.sent.append(finding)
        self.read(finding)

    @rule(address=st.sampled_from(("192.0.2.1", "192.0.2.2")), minutes=st.integers(1, 400))
    def no_answer(self, address, minutes):
        self.now += timedelta(minutes=minutes)
        before, after, _ = self.read(listing(State.UNKNOWN, at=self.now, address=address))
        assert (before and before.status) == (after and after.status)

    @rule(address=st.sampled_from(("192.0.2.1", "192.0.2.2")), minutes=st.integers(1, 2000))
    def nobody_asks(self, address, minutes):
        self.now += timedelta(minutes=minutes)
        finding = replace(listing(State.UNKNOWN, at=self.now, address=address), reason=NOT_ASKED)
        before, after, transition = self.read(finding)
        if (before and before.status) != (after and after.status):
            assert transition.kind in (Kind.WITHDRAWN, Kind.SEEN_ONCE)

    @rule(data=st.data())
    def an_old_answer_again(self, data):
        if self.sent:
            finding = data.draw(st.sampled_from(self.sent))
            before, after, transition = self.read(finding)
            assert (before, None) == (after, transition)

    @invariant()
    def opened_and_cleared_alternate(self):
        for transitions in self.kinds.values():
            opens = [t.kind is Kind.OPENED for t in transitions if t.kind in (Kind.OPENED, *ENDS)]
            assert opens == [n % 2 == 0 for n in range(len(opens))]

    @invariant()
    def transitions_are_numbered_without_gaps(self):
        for transitions in self.kinds.values():
            assert [t.incident.sequence for t in transitions] == list(range(1, len(transitions) + 1))
            assert len({t.id for t in transitions}) == len(transitions)

    @invariant()
    def open_means_opened_and_not_cleared(self):
        for key, incident in self.known.items():
            kinds = [t.kind for t in self.kinds.get(key, []) if t.kind in (Kind.OPENED, *ENDS)]
            is_open = incident is not None and incident.status is Status.OPEN
            assert is_open == (kinds[-1:] == [Kind.OPENED])


Incidents.TestCase.settings = examples(25, stateful_step_count=30)
TestIncidents = Incidents.TestCase


def test_what_nobody_asks_about_for_a_day_is_closed_without_an_answer():
    opened = [bad(0), bad(1)]
    incident, kinds = follow(*opened, *(unasked(n) for n in range(2, 26)))
    assert (incident.status, kinds) == (Status.OPEN, [Kind.OPENED, Kind.STALE])
    incident, kinds = follow(*opened, *(unasked(n) for n in range(2, 27)))
    assert (incident.status, kinds[-1]) == (Status.CLOSED, Kind.WITHDRAWN)
    assert follow(bad(30), bad(31), incident=incident)[1] == [Kind.OPENED]


def test_a_list_that_refuses_for_a_day_is_not_one_that_nobody_asks():
    incident, _ = follow(bad(0), bad(1), *(unknown(n) for n in range(2, 60)))
    assert incident.status is Status.OPEN
    mixed = [unasked(n) if n % 3 else unknown(n) for n in range(2, 60)]
    assert follow(bad(0), bad(1), *mixed)[0].status is Status.OPEN


def test_what_was_seen_once_and_is_not_asked_again_ends_unannounced():
    incident, kinds = follow(bad(0), *(unasked(n) for n in range(1, 26)))
    assert (incident.status, kinds) == (Status.CLOSED, [Kind.SEEN_ONCE])


def test_a_note_is_kept():
    opened, _ = follow(bad(0), bad(1))
    noted, _ = rules.note(opened, "ada", "asked the provider", START)
    assert [n.text for n in read_incident(write_incident(noted)).notes] == ["asked the provider"]
