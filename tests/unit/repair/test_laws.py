"""What repairs never do, whatever happens in whatever order: a machine of the mind against an account in memory.

An example is 50 steps: 1,500 steps in a usual run, 100,000 in a thorough one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from staygreen.adapters.memory.account import MemoryStore
from staygreen.core.config.mode import Mode
from staygreen.core.errors import ActionRefused, SourceUnavailable
from staygreen.core.incidents.incident import Status
from staygreen.core.remediations.account import Setting
from staygreen.core.repair import engine, repair
from staygreen.core.repair.repair import HOLDING, Stage
from tests.budget import examples
from tests.unit.remediations.examples import HOST, RANGE, REFUSAL, World, account, incident

FLOOR, MOVES, IPS = 2, 2, 5
HOLD_DOWN = timedelta(days=2)
BUSY = "Throttling"
ADDRESSES = [f"198.51.100.{n}" for n in range(1, IPS + 1)]
STEPS = {
    "object": engine.object_,
    "apply": engine.apply,
    "verify": engine.verify,
    "undo": engine.undo,
}
LISTS = ("psbl", "sbl", "xbl")
DATA = st.sampled_from([HOST, HOST, HOST, RANGE, REFUSAL])


class Crash(Exception):
    """The function died in the middle."""


class RacingStore(MemoryStore):
    """Lets somebody else take a whole step between what a step reads and what it writes."""

    def __init__(self):
        super().__init__()
        self.meanwhile = None

    def save(self, after, event, ledger):
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        super().save(after, event, ledger)


class Repairs(RuleBasedStateMachine):
    confirmed = True
    """Whether this world ever holds a confirmed listing of an address itself."""

    @initialize(mode=st.sampled_from([Mode.AUTO, Mode.AUTO, Mode.APPROVE]))
    def begin(self, mode):
        self.world = World(
            account(IPS),
            mode=mode,
            capacity_floor=FLOOR,
            moves_a_day=MOVES,
            hold_down=HOLD_DOWN,
            approvers=("U1",),
            off=("open_case",),
        )
        self.people = ("U1",)
        self.world.store = RacingStore()
        self.transitions = 0
        self.moved_at = []
        self.calls_until_crash = -1
        self.dies_before = False
        self.refused = ""
        self.changes = 0
        self.by_persons = {}
        """The number of the last change that a person made, by what it is of."""
        self.last_moved = {}
        """Where a person put an address last."""
        self.planned = {}
        """The number of the last change when each measure was planned."""
        self.set_by = set()
        """What each measure has set, and to what."""
        self.at_work = []
        """Measures whose step is being taken, the innermost last."""
        self.engine = replace(self.world.engine, hand=self.hand, store=self.world.store)

    def hand(self, action):
        """The account, where AWS refuses and functions die: before the call, or right after it."""
        if self.refused == BUSY:
            raise SourceUnavailable(BUSY)
        if self.refused:
            raise ActionRefused(self.refused)
        dies = self.calls_until_crash == 0
        self.calls_until_crash -= self.calls_until_crash >= 0
        if dies and self.dies_before:
            raise Crash
        self.assert_not_a_persons(action)
        self.assert_it_may_be_applied(self.world.store.measures[self.at_work[-1]])
        live = self.world.account.value(action.setting, action.resource)
        assert action.may_apply_to(live) and not self.world.is_stopped
        if action.setting is Setting.IP_POOL and action.after == "quarantine":
            left = sum(self.world.pool_of(ip) == live for ip in ADDRESSES) - 1
            assert left >= FLOOR, "the floor is broken"
            self.moved_at.append(self.world.account.at)
            assert not self.was_repaired_lately(action.resource)
        self.world.account.set(action)
        self.set_by.add((self.at_work[-1], action.setting, action.resource, action.after))
        if dies:
            raise Crash

    def assert_not_a_persons(self, action):
        """Not to be known is only that a person changed something and then put it back as it was."""
        measure, live = self.at_work[-1], self.world.account.value(action.setting, action.resource)
        is_persons = self.by_persons.get((action.setting, action.resource), 0) > self.planned[measure]
        is_as_planned = action in self.world.store.measures[measure].plan.actions and live == action.before
        was_set = (measure, action.setting, action.resource, live) in self.set_by
        assert not is_persons or is_as_planned or was_set, "what a person set is overwritten"

    def assert_it_may_be_applied(self, measure):
        """Whatever held when it was planned still holds, under the rules of then and of now."""
        modes = {measure.mode, self.world.rules(measure.plan.remediation).mode}
        assert modes <= {Mode.AUTO, Mode.APPROVE}, "nothing is changed in that mode"
        if measure.stage is not Stage.APPLYING:
            return
        assert modes == {Mode.AUTO} or {each.by for each in measure.approvals} & set(self.people), "nobody approved it"
        known = self.world.incidents[measure.plan.incident_id]
        assert self.world.account.at < measure.plan.good_until, "the plan is too old"
        assert known.status is Status.OPEN and not known.stale, "the trouble is over, or not known"
        assert {each.data["scope"] for each in known.finding.evidence} == {"host"}, "the evidence is another by now"

    def was_repaired_lately(self, ip):
        ended = [m.ended_at for m in self.world.store.measures.values() if m.applied_at and m.plan.subject.id == ip]
        return any(at and self.world.account.at - at < HOLD_DOWN for at in ended)

    # --- the world --------------------------------------------------------------------------------------------------

    @rule(ip=st.sampled_from(ADDRESSES), cause=st.sampled_from(LISTS), data=DATA)
    def a_finding_opens(self, ip, cause, data):
        self.opens([incident(ip=ip, cause=cause, data=self.allowed(data), at=self.world.account.at)])

    @rule(data=DATA)
    def many_open_at_once(self, data):
        data = self.allowed(data)
        self.opens([incident(ip=ip, cause="psbl", data=data, at=self.world.account.at) for ip in ADDRESSES])

    def allowed(self, data):
        return data if self.confirmed or data is not HOST else RANGE

    def opens(self, found):
        self.transitions += 1
        call = self.world.call(*found, transition=f"{self.transitions:016x}-1")
        first, _ = engine.plan(self.engine, call)
        again, _ = engine.plan(self.engine, call)
        assert {each.measure for each in first} == {each.measure for each in again}, "told twice, planned once"
        for each in first:
            self.planned.setdefault(each.measure, self.changes)

    @precondition(lambda self: self.world.incidents)
    @rule(data=st.data(), clean=st.booleans(), stale=st.sampled_from([False, False, True]))
    def an_incident_moves_on(self, data, clean, stale):
        known = self.world.incidents
        one = known[data.draw(st.sampled_from(sorted(known)))]
        at = self.world.account.at
        known[one.id] = (
            replace(one, status=Status.CLOSED, clean_since=at, closed_at=at)
            if clean
            else replace(one, status=Status.OPEN, last_seen=at, clean_since=None, closed_at=None, stale=stale)
        )

    @precondition(lambda self: self.world.incidents)
    @rule(data=st.data(), evidence=st.sampled_from([HOST, HOST, RANGE]))
    def the_evidence_becomes_another(self, data, evidence):
        known = self.world.incidents
        one = known[data.draw(st.sampled_from(sorted(known)))]
        read = tuple(replace(each, data=self.allowed(evidence)) for each in one.finding.evidence)
        known[one.id] = replace(one, finding=replace(one.finding, evidence=read))

    @rule(hours=st.sampled_from([1, 6, 12, 23, 24, 25, 73, 24 * 31]))
    def time_passes(self, hours):
        self.world.pass_time(timedelta(hours=hours))

    @rule(ip=st.sampled_from(ADDRESSES), pool=st.sampled_from(["warm", "elsewhere", "quarantine"]))
    def somebody_else_moves_an_address(self, ip, pool):
        self.person_sets(Setting.IP_POOL, ip, pool)
        self.last_moved[ip] = pool

    @rule(ip=st.sampled_from(ADDRESSES), percent=st.sampled_from(["0", "5"]))
    def somebody_else_lowers_a_warm_up(self, ip, percent):
        self.person_sets(Setting.IP_WARMUP, ip, percent)

    def person_sets(self, setting, resource, value):
        if self.world.account.values[setting, resource] != value:
            self.changes += 1
            self.by_persons[setting, resource] = self.changes
        self.world.account.values[setting, resource] = value

    @rule(mode=st.sampled_from([Mode.AUTO, Mode.AUTO, Mode.APPROVE, Mode.SUGGEST, Mode.OFF]))
    def the_configuration_gets_another_mode(self, mode):
        self.world.rules_given["mode"] = mode

    @rule(people=st.sampled_from([("U1",), ("U1",), ("U2",), ()]))
    def the_configuration_gets_other_approvers(self, people):
        self.people = self.world.rules_given["approvers"] = people

    @rule(stopped=st.sampled_from([True, False, False]))
    def the_switch_is_pressed(self, stopped):
        self.world.is_stopped = stopped

    # --- the machine ------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.world.store.measures)
    @rule(data=st.data(), do=st.sampled_from(sorted(STEPS)), crash=st.sampled_from([-1, 0, 1]), before=st.booleans())
    def any_step_of_any_measure(self, data, do, crash, before):
        """Deliveries come late, twice and out of order, and functions die: before AWS has done a thing, or after."""
        self.dies_before = before
        self.take(do, data.draw(st.sampled_from(sorted(self.world.store.measures))), crash=crash)

    @rule(
        crash=st.sampled_from([-1, -1, 0]),
        before=st.booleans(),
        refused=st.sampled_from(["", "", "AccessDenied", BUSY]),
        races=st.booleans(),
    )
    def everything_due_is_done(self, crash, before, refused, races):
        self.dies_before = before
        for _ in range(2):
            for one in list(self.world.store.open_measures()):
                self.take(engine.following(one, self.world.account.at).do, one.id, crash, refused, races)
                crash = -1

    def take(self, do, identifier, crash=-1, refused="", races=False):
        if do not in STEPS:
            return
        self.calls_until_crash, self.refused = crash, refused
        if races:
            self.world.store.meanwhile = lambda: self.others(identifier)
        try:
            self.step(do, identifier)
        except (Crash, SourceUnavailable):
            pass
        finally:
            self.calls_until_crash, self.refused, self.world.store.meanwhile = -1, "", None

    def others(self, but):
        """Another execution of the same measure, and one of each other."""
        for one in sorted(self.world.store.open_measures(), key=lambda each: each.id != but):
            following = engine.following(one, self.world.account.at)
            if following.do in STEPS:
                self.step(following.do, one.id)

    def step(self, do, identifier):
        self.at_work.append(identifier)
        try:
            STEPS[do](self.engine, identifier)
        finally:
            self.at_work.pop()

    @rule(days=st.integers(1, 4))
    def days_go_by_and_everything_works(self, days):
        for _ in range(days):
            self.world.pass_time(timedelta(days=1))
            for one in list(self.world.store.open_measures()):
                self.take(engine.following(one, self.world.account.at).do, one.id)

    @rule(by=st.sampled_from(["U1", "U1", "U2"]), is_shown=st.sampled_from([True, True, False]))
    def somebody_decides(self, by, is_shown):
        for one in list(self.world.store.open_measures()):
            told = one.plan.hash if is_shown else "0" * 64
            try:
                step = repair.approved(one, by, told, self.world.rules(one.plan.remediation), self.world.account.at)
            except ActionRefused:
                continue
            assert by in self.people and is_shown and self.world.account.at < one.plan.good_until
            self.world.store.save(*step, None)

    @rule()
    def the_sweep_finds_what_was_left(self):
        for late in engine.overdue(self.engine, timedelta(hours=1)):
            self.take(late.do, late.measure)

    # --- the laws ---------------------------------------------------------------------------------------------------

    @invariant()
    def without_a_confirmed_listing_nothing_is_ever_set(self):
        assert self.confirmed or not self.world.account.done

    @invariant()
    def limits_hold_over_concurrent_incidents(self):
        for at in self.moved_at:
            same_day = [each for each in self.moved_at if timedelta(0) <= at - each < timedelta(days=1)]
            assert len(same_day) <= MOVES

    @invariant()
    def one_measure_at_a_time_on_one_subject(self):
        holding = [m.plan.subject.key for m in self.world.store.measures.values() if m.stage in HOLDING]
        assert len(holding) == len(set(holding))

    @invariant()
    def the_ledger_knows_what_is_in_force(self):
        active = {entry.measure for entry in self.world.store.kept.entries if entry.is_active}
        assert active == {m.id for m in self.world.store.measures.values() if m.stage in HOLDING}

    @invariant()
    def versions_and_events_are_told_once(self):
        told = [(identifier, event) for identifier, event in self.world.store.events if event.kind == "applied"]
        assert len({identifier for identifier, _ in told}) == len(told), "applied twice"

    def teardown(self):
        """Left to itself, with everything working, every measure comes to its end, and takes back what it set."""
        if not hasattr(self, "world"):
            return
        self.world.is_stopped = False
        self.world.rules_given["mode"] = Mode.AUTO
        at = self.world.account.at
        if self.transitions % 2:
            for one in list(self.world.incidents.values()):
                self.world.incidents[one.id] = replace(one, status=Status.CLOSED, clean_since=at, closed_at=at)
        for _ in range(400):
            open_ones = [m for m in self.world.store.open_measures() if m.stage is not Stage.AWAITING]
            if not open_ones:
                break
            self.world.pass_time(timedelta(hours=12))
            for one in open_ones:
                self.take(engine.following(one, self.world.account.at).do, one.id)
        left = [m.stage for m in self.world.store.open_measures() if m.stage is not Stage.AWAITING]
        assert not left, f"never ends: {left}"
        by_persons = {ip for ip in ADDRESSES if self.last_moved.get(ip) == "quarantine"}
        in_force = {ip for ip in ADDRESSES if self.world.pool_of(ip) == "quarantine"} - by_persons
        ended = self.world.store.measures.values()
        assert in_force <= {m.plan.subject.id for m in ended if m.stage is Stage.EXPIRED}, "neither undone nor expired"
        super().teardown()


class WithoutConfirmedListings(Repairs):
    """Refusals to answer, unknowns and listings of ranges: nothing of this moves anything."""

    confirmed = False


BOUNDS = {"stateful_step_count": 50, "suppress_health_check": list(HealthCheck)}
TestRepairs = Repairs.TestCase
TestRepairs.settings = examples(24, thorough=1600, **BOUNDS)
TestWithoutConfirmedListings = WithoutConfirmedListings.TestCase
TestWithoutConfirmedListings.settings = examples(6, thorough=400, **BOUNDS)
