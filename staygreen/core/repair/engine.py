"""The steps of a repair: plan → object → (a person) → apply → wait → verify → keep or undo.

Each step reads where the measure stands, decides with pure rules, does what is to be
done and writes the outcome. It can be called again at any time: what was done already
is not done twice, and what was interrupted goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from staygreen.core.config.mode import ACTS, Mode
from staygreen.core.errors import ActionRefused, OutcomeUnknown, SourceUnavailable
from staygreen.core.incidents.incident import Incident, Kind
from staygreen.core.incidents.run import BUNDLE_FROM
from staygreen.core.remediations import by_id, called_for
from staygreen.core.remediations.account import Account, Setting
from staygreen.core.remediations.plan import Action, Look, NoPlan, Objection, Plan, Rules
from staygreen.core.remediations.planning import is_over
from staygreen.core.repair import guards, repair, strictness
from staygreen.core.repair.guards import STOPPED_FOR, Case, Ledger
from staygreen.core.repair.repair import TOO_OLD, Attempt, Event, Group, Measure, Stage, Step

HELD_FOR = timedelta(hours=1)
TOLD_WITHIN = timedelta(minutes=5)
"""After this a group is told, whatever has been made of its members by then."""
UNDER_WAY = timedelta(minutes=10)
"""For so long an assignment may be under way: longer than the function runs that makes it."""
RACES = 8
"""How often a step begins again because somebody else wrote first."""

SENDS = {Setting.SET_SENDING: ("sending",), Setting.TENANT_SENDING: ("ENABLED", "REINSTATED")}


class Raced(Exception):
    """When somebody else wrote the measure or the ledger meanwhile."""


class Store(Protocol):
    """Where measures, their events and the ledger are kept."""

    def measure(self, identifier: str) -> Measure | None: ...

    def open_measures(self) -> Iterable[Measure]:
        """Those that are not at an end."""
        ...

    def ledger(self) -> Ledger: ...

    def begin(self, steps: Sequence[Step]) -> Sequence[Measure]:
        """Write new measures; gives each as it stands now, for one that was there before stays as it is."""
        ...

    def group(self, identifier: str) -> Group | None:
        """A group that was not told yet."""
        ...

    def groups(self) -> Iterable[Group]:
        """All groups that were not told yet."""
        ...

    def keep_group(self, group: Group) -> None:
        """Write a group, unless it is there."""
        ...

    def tell_group(self, group: Group, members: Sequence[Measure]) -> None:
        """Have a group announced, once, as its members stand; without members it is forgotten alone."""
        ...

    def save(self, after: Measure, event: Event | None, ledger: Ledger | None) -> None:
        """Write a measure and, where given, what happened to it and the ledger: all or nothing.

        Raises:
            Raced: One of them is not at the version before this one.
        """
        ...


Hand = Callable[[Action], bool | None]
"""Makes one assignment; gives False when somebody else had made it already.

Raises `ActionRefused` when AWS says no, `SourceUnavailable` when it was too busy, and `OutcomeUnknown` when nobody
knows whether it did.
"""


def _no_hand(action: Action) -> None:
    raise ActionRefused(f"this function only reads; {action.setting.value} is not set by it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What the steps work with."""

    store: Store
    account: Account
    rules: Callable[[str], Rules]
    """The rules of a remediation, as they are now."""
    incident: Callable[[str, str], Incident | None]
    """An incident by check and id, as it is now."""
    is_stopped: Callable[[], bool]
    """The kill switch."""
    hand: Hand = _no_hand
    """Only the function that applies has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What the state machine does next."""

    measure: str
    do: str
    """`object`, `apply`, `verify`, `undo`, or `end`."""
    until: datetime
    """Not before this."""


_DO = {
    Stage.PLANNED: "object",
    Stage.DELAYED: "object",
    Stage.APPROVED: "apply",
    Stage.APPLYING: "apply",
    Stage.APPLIED: "verify",
    Stage.UNDOING: "undo",
}


def following(one: Measure, now: datetime) -> Next:
    """The next step of a measure, from where it stands."""
    do = _DO.get(one.stage, "end")
    # what ends, or waits for a person, keeps no execution waiting
    return Next(measure=one.id, do=do, until=(one.due or now) if do != "end" else now)


# --- plan -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A transition of some incidents that may call for repairs."""

    transition_id: str
    kind: Kind
    incidents: Sequence[Incident]
    about: str = ""
    """The announcement that told it: the incident, or the group."""


def plan(engine: Engine, call: Call) -> tuple[tuple[Next, ...], tuple[str, ...]]:
    """Make a measure for everything that the transition calls for; and say why there is none, where there is none."""
    now = engine.account.now()
    open_ones = {(each.plan.incident_id, each.plan.remediation): each for each in engine.store.open_measures()}
    standing: list[Measure] = []
    drafts: dict[str, Plan] = {}
    reasons: list[str] = []
    for incident in call.incidents:
        finding, subject = incident.finding, incident.subject
        for entry in called_for(finding.check, finding.cause, subject.kind.value, call.kind):
            rules = engine.rules(entry.id)
            if rules.mode is Mode.OFF:
                continue
            if (incident.id, entry.id) in open_ones:
                standing.append(open_ones[incident.id, entry.id])
                continue
            planned = entry.plan(incident, rules, engine.account)
            if isinstance(planned, NoPlan):
                reasons.append(f"{entry.id} of {subject.key}: {planned.reason}")
                continue
            drafts[repair.measure_id(call.transition_id, incident.id, entry.id)] = planned
    is_grouped = _is_group(drafts, standing)
    if is_grouped:
        # before its members, so that whoever dies in between leaves somebody who tells of them
        identifier = repair.group_id(call.transition_id)
        engine.store.keep_group(Group(id=identifier, about=call.about, at=now, measures=tuple(drafts)))
    begun = [
        repair.begun(planned, engine.rules(planned.remediation), identifier, now, is_grouped=is_grouped)
        for identifier, planned in drafts.items()
    ]
    made = (*standing, *engine.store.begin(begun))
    return tuple(following(each, now) for each in made), tuple(reasons)


def _is_group(drafts: Mapping[str, Plan], standing: Sequence[Measure]) -> bool:
    """Whether they are told together, as incidents are; what an interrupted call began belongs to it."""
    subjects = {each.subject.key for each in drafts.values()}
    begun_before = {each.plan.subject.key for each in standing if each.is_grouped}
    return bool(drafts) and len(subjects | begun_before) >= BUNDLE_FROM


def tell(engine: Engine, identifier: str) -> bool:
    """Announce a group once something was made of every member; False: look again soon."""
    group = engine.store.group(identifier)
    if group is None:
        return True
    members = [one for each in group.measures if (one := engine.store.measure(each))]
    is_early = engine.account.now() - group.at < TOLD_WITHIN
    if is_early and any(one.stage is Stage.PLANNED for one in members):
        return False
    members.sort(key=lambda one: (one.plan.severity.rank, one.plan.subject.key, one.plan.remediation))
    engine.store.tell_group(group, members)
    return True


def tell_overdue(engine: Engine, grace: timedelta) -> None:
    """Announce the groups that nobody has told for longer than `grace`."""
    for group in list(engine.store.groups()):
        if engine.account.now() - group.at > grace:
            tell(engine, group.id)


def overdue(engine: Engine, grace: timedelta) -> tuple[Next, ...]:
    """The next steps of measures that nobody has taken for longer than `grace`: their execution died."""
    now, is_stopped = engine.account.now(), engine.is_stopped()
    late: list[Next] = []
    for one in engine.store.open_measures():
        ended = repair.lapsed(one, engine.rules(one.plan.remediation), now)
        if ended is not None:
            _save_unless_raced(engine, ended)
        elif is_stopped:
            # their executions wait for the switch; each sweep would start another beside them
            continue
        elif one.stage is not Stage.AWAITING and one.due is not None and now - one.due > grace:
            late.append(following(one, now))
    return tuple(late)


# --- object -----------------------------------------------------------------------------------------------------------


def object_(engine: Engine, identifier: str) -> Next:
    """Let everything object that may; then it ends, waits, asks or goes ahead."""
    return _again_after_races(engine, identifier, _object)


def _object(engine: Engine, one: Measure) -> Measure:
    if one.stage not in (Stage.PLANNED, Stage.DELAYED):
        return one
    rules = engine.rules(one.plan.remediation)
    found = _objections(engine, one, rules, _Planner(engine).plan(one, rules))
    step = repair.judged(one, found, rules, engine.account.now())
    return one if step is None else saved(engine, step)


class _Planner:
    """Plans again what is about to be done, on the evidence as it is then: once in a step while that is the same."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._last: tuple[Incident, Rules, Plan | NoPlan] | None = None

    def plan(self, one: Measure, rules: Rules) -> Plan | NoPlan:
        """What would be planned now."""
        incident = self._engine.incident(one.plan.check, one.plan.incident_id)
        if incident is None:
            return NoPlan(reason="the incident is forgotten, and its evidence with it")
        limits = strictness.stricter(one.rules, rules)
        if self._last is None or self._last[:2] != (incident, limits):
            entry = by_id(one.plan.remediation)
            self._last = incident, limits, entry.plan(incident, limits, self._engine.account)
        return self._last[2]


def _objections(
    engine: Engine,
    one: Measure,
    rules: Rules,
    planned_again: Plan | NoPlan,
    left: tuple[Action, ...] | None = None,
) -> tuple[Objection, ...]:
    return guards.objections(
        Case(
            measure=one.id,
            plan=one.plan,
            rules=rules,
            planned_under=one.rules,
            ledger=engine.store.ledger(),
            account=engine.account,
            left=left,
            planned_again=planned_again,
            approvals_missing=one.approvals_missing(rules),
            incident=engine.incident(one.plan.check, one.plan.incident_id),
            is_stopped=engine.is_stopped(),
            now=engine.account.now(),
        )
    )


# --- apply ------------------------------------------------------------------------------------------------------------


def apply(engine: Engine, identifier: str) -> Next:
    """Reserve what the plan takes, then do exactly what it says; refuse when the world has changed."""
    return _again_after_races(engine, identifier, _apply)


def _apply(engine: Engine, one: Measure) -> Measure:
    planner = _Planner(engine)
    if one.stage is Stage.APPROVED:
        one = _reserve(engine, one, planner)
    if one.stage is not Stage.APPLYING:
        return one
    if one.attempt is not None:
        if _is_under_way(engine, one.attempt):
            return _after_the_attempt(one, one.attempt)
        one = _noted(engine, repair.interrupted(one))
    for place in range(len(one.plan.actions)):
        one, goes_on = _apply_one(engine, one, place, planner)
        if not goes_on:
            return one
    return _all_set(engine, one)


def _apply_one(engine: Engine, one: Measure, place: int, planner: _Planner) -> tuple[Measure, bool]:
    """Make one assignment of the plan, if all still speaks for it; and whether the next may follow."""
    action = one.plan.actions[place]
    live = engine.account.value(action.setting, action.resource)
    if live is not None and action.is_done(live):
        # what is so by somebody else's hand stays another's
        return one, True
    if place in (*one.made, *one.unsure):
        return _turn_back(engine, one, f"{_changed_by_others(action, live)} It is not set again."), False
    rules = engine.rules(one.plan.remediation)
    if engine.account.now() >= one.good_until(rules):
        return _turn_back(engine, one, TOO_OLD), False
    planned_again = planner.plan(one, rules)
    if isinstance(planned_again, Plan) and not any(action.is_same(each) for each in planned_again.actions):
        # of several things one is not called for any more: it is left as it is, and the others go on
        return one, True
    found = _objections(engine, one, rules, planned_again, (action,))
    if found or engine.account.now() >= one.good_until(rules):
        # to plan again and to look may have taken long
        return _objected(engine, one, found, one.good_until(rules)), False
    one, problem = _assign(engine, one, place, action)
    return (_turn_back(engine, one, problem), False) if problem else (one, True)


def _objected(engine: Engine, one: Measure, found: Sequence[Objection], good_until: datetime) -> Measure:
    """What objections make of a measure that is being applied: it waits for what ends in time, or goes no further."""
    now, text = engine.account.now(), " ".join(each.text for each in found)
    if now >= good_until:
        return _turn_back(engine, one, TOO_OLD)
    if any(each.rule == "stopped" for each in found):
        return _held(one, engine)
    ends = [each.until for each in found if each.until is not None]
    if len(ends) == len(found) and max(ends) < good_until:
        return saved(engine, repair.held_up(one, text, max(ends), now))
    if one.made and {each.rule for each in found} <= {"over", "evidence"}:
        # what helped is looked at as if it were all, and nothing more is set
        return _all_set(engine, one, text)
    return _turn_back(engine, one, text)


def _is_under_way(engine: Engine, attempt: Attempt) -> bool:
    """Whether somebody may still be at it: no function runs so long."""
    return engine.account.now() < attempt.at + UNDER_WAY


def _after_the_attempt(one: Measure, attempt: Attempt) -> Measure:
    """The same measure, to be looked at again when nobody can be at it any more; nothing is written."""
    return replace(one, due=attempt.at + UNDER_WAY)


def _changed_by_others(action: Action, live: str | None) -> str:
    if live is None:
        return f"{action.shown} is gone."
    return f"Somebody else has set {action.shown} to {live or 'nothing'}."


def _all_set(engine: Engine, one: Measure, reason: str = "Not everything is called for any more.") -> Measure:
    """Everything is set that is still to be; what is not, for the reason, is named."""
    now = engine.account.now()
    left = [action.shown for action in one.plan.actions if not _is_in_force(engine, action)]
    note = f"{reason} {', '.join(left)} {'is' if len(left) == 1 else 'are'} not set any more." if left else ""
    if not one.made and not one.unsure:
        return _ended(engine, repair.refused(one, note or "Somebody else has set all of it already.", now))
    return saved(engine, repair.applied(one, by_id(one.plan.remediation).pace, now, note))


def _reserve(engine: Engine, one: Measure, planner: _Planner) -> Measure:
    ledger, rules, now = engine.store.ledger(), engine.rules(one.plan.remediation), engine.account.now()
    step = repair.judged(one, _objections(engine, one, rules, planner.plan(one, rules)), rules, now)
    if step is not None:
        return saved(engine, step)
    started = repair.applying(one, now)
    return one if started is None else saved(engine, started, _changed(ledger, ledger.reserved(one.id, one.plan, now)))


def _held(one: Measure, engine: Engine) -> Measure:
    """The same measure, to be looked at again later; nothing is written, since nothing happened."""
    return replace(one, due=engine.account.now() + STOPPED_FOR)


def _assign(engine: Engine, one: Measure, place: int, action: Action) -> tuple[Measure, str]:
    """Make one assignment between two notes; gives why AWS has not made it, or nothing.

    Each assignment is made once. Where nobody knows how it ended it stays under way, and is then taken for interrupted.

    Raises:
        SourceUnavailable: AWS was too busy, or nobody knows whether it has made it.
    """
    live = engine.account.value(action.setting, action.resource)
    if live is not None and action.is_done(live):
        # somebody has set it while everything was looked at: it stays theirs
        return one, ""
    if live is None or not action.may_apply_to(live):
        return one, _changed_by_others(action, live)
    one = _noted(engine, repair.assigning(one, place, engine.account.now()))
    try:
        is_own = engine.hand(action) is not False
    except ActionRefused as refusal:
        return _noted(engine, repair.unassigned(one)), f"AWS said no: {refusal}"
    except OutcomeUnknown:
        raise
    except SourceUnavailable:
        _noted(engine, repair.unassigned(one))
        raise
    return _noted(engine, repair.assigned(one) if is_own else repair.unassigned(one)), ""


def _turn_back(engine: Engine, one: Measure, problem: str) -> Measure:
    now, actions = engine.account.now(), one.plan.actions
    is_in_force = any(_is_in_force(engine, actions[place]) for place in one.made)
    if is_in_force and one.plan.way_back:
        return saved(engine, repair.turned_back(one, problem, now))
    doubts = _doubts(engine, one)
    if doubts or is_in_force:
        return _ended(engine, repair.left_to_a_person(one, f"{problem} {doubts}", now))
    return _ended(engine, repair.too_old(one, now) if problem is TOO_OLD else repair.refused(one, problem, now))


def _doubts(engine: Engine, one: Measure) -> str:
    """What is in force of which nobody knows who has set it; empty: nothing."""
    actions = [one.plan.actions[place] for place in one.unsure]
    shown = ", ".join(action.shown for action in actions if _is_in_force(engine, action))
    if not shown:
        return ""
    return f"It was interrupted while it set {shown}: it may be its own doing or a person's, and is left as it is."


def _is_in_force(engine: Engine, action: Action) -> bool:
    live = engine.account.value(action.setting, action.resource)
    return live is not None and action.is_done(live)


# --- verify -----------------------------------------------------------------------------------------------------------


def verify(engine: Engine, identifier: str) -> Next:
    """Look whether it helped; then it is kept, taken back, left for a person, or looked at again."""
    return _again_after_races(engine, identifier, _verify)


def _verify(engine: Engine, one: Measure) -> Measure:
    now = engine.account.now()
    if one.stage is not Stage.APPLIED or one.applied_at is None or (one.due is not None and now < one.due):
        return one
    own = [one.plan.actions[place] for place in sorted((*one.made, *one.unsure))]
    lost = _lost(engine, own)
    if len(lost) == len(own):
        return _ended(engine, repair.superseded(one, " ".join(lost), now))
    entry, rules = by_id(one.plan.remediation), _limits(engine, one)
    look = Look(
        plan=one.plan,
        rules=rules,
        applied_at=one.applied_at,
        incident=engine.incident(one.plan.check, one.plan.incident_id),
        account=engine.account,
        now=now,
    )
    step = repair.verified(one, entry.prove(look), entry, rules, now)
    return one if step is None else _ended(engine, step)


def _lost(engine: Engine, actions: Iterable[Action]) -> list[str]:
    """What is in force no more, because it is gone or somebody else set it."""
    found = [(action, engine.account.value(action.setting, action.resource)) for action in actions]
    return [_changed_by_others(action, live) for action, live in found if live is None or not action.is_done(live)]


# --- undo -------------------------------------------------------------------------------------------------------------


def undo(engine: Engine, identifier: str) -> Next:
    """Take the next step of the way back."""
    return _again_after_races(engine, identifier, _undo)


def _undo(engine: Engine, one: Measure) -> Measure:
    now = engine.account.now()
    if one.stage is not Stage.UNDOING or (one.due is not None and now < one.due):
        return one
    if engine.is_stopped():
        return _held(one, engine)
    if one.attempt is None:
        return _take_step_back(engine, one)
    if _is_under_way(engine, one.attempt):
        return _after_the_attempt(one, one.attempt)
    one = _after_an_interruption(engine, one, one.attempt)
    return one if one.is_over else _take_step_back(engine, one)


def _take_step_back(engine: Engine, one: Measure) -> Measure:
    """Take back what this repair has set itself and others left as it was."""
    stride = one.plan.way_back[one.strides]
    own = {place: action for place, action in enumerate(stride.actions) if one.is_own(action)}
    lost = _unreachable(engine, list(own.values()))
    if stride.actions and not one.taken_back and len(lost) == len(_decisive(list(own.values()))):
        return _nothing_to_take_back(engine, one, lost)
    for place, action in own.items():
        if place in one.taken_back:
            continue
        if engine.is_stopped():
            return _held(one, engine)
        one, problem = _take_back(engine, one, place, action)
        if problem:
            return _blocked(engine, one, problem, engine.account.now())
    return _strode(engine, one, lost)


def _limits(engine: Engine, one: Measure) -> Rules:
    """The stricter of the rules that it was planned under and of those of now."""
    return strictness.stricter(one.rules, engine.rules(one.plan.remediation))


def _after_an_interruption(engine: Engine, one: Measure, attempt: Attempt) -> Measure:
    """What was being taken back is so by now, or a person has to decide: it is not taken back a second time."""
    now, action = engine.account.now(), one.plan.way_back[one.strides].actions[attempt.place]
    live = engine.account.value(action.setting, action.resource)
    if live is not None and action.is_done(live):
        return _noted(engine, repair.assigned(one))
    text = f"It was interrupted while it took back {action.shown}, which is {live or 'gone or empty'} now."
    return _ended(engine, repair.left_to_a_person(one, text, now))


def _nothing_to_take_back(engine: Engine, one: Measure, lost: Sequence[str]) -> Measure:
    now, doubts = engine.account.now(), _doubts(engine, one)
    if doubts:
        return _ended(engine, repair.left_to_a_person(one, doubts, now))
    return _ended(engine, repair.superseded(one, " ".join(lost) or "All of it was set by somebody else.", now))


def _strode(engine: Engine, one: Measure, lost: Sequence[str]) -> Measure:
    now, doubts = engine.account.now(), _doubts(engine, one)
    if one.strides + 1 == len(one.plan.way_back) and doubts:
        return _ended(engine, repair.left_to_a_person(one, doubts, now))
    incident = engine.incident(one.plan.check, one.plan.incident_id)
    notes = [*lost, *_of_others(one)]
    notes += [] if is_over(incident) else ["The trouble is still reported."]
    return _ended(engine, repair.strode(one, " ".join(notes), now))


def _of_others(one: Measure) -> list[str]:
    """What the plan names and this repair has not set."""
    known = (*one.made, *one.unsure)
    others = [action.shown for place, action in enumerate(one.plan.actions) if place not in known]
    return [f"Set by somebody else, and left as it is: {', '.join(others)}."] if others else []


def _decisive(actions: Sequence[Action]) -> list[Action]:
    """What tells whether the measure is still in force; a warm-up alone does not."""
    return [a for a in actions if a.setting is not Setting.IP_WARMUP] or list(actions)


def _unreachable(engine: Engine, actions: Sequence[Action]) -> list[str]:
    found = [(action, engine.account.value(action.setting, action.resource)) for action in _decisive(actions)]
    return [_changed_by_others(action, live) for action, live in found if live is None or not action.may_apply_to(live)]


def _take_back(engine: Engine, one: Measure, place: int, action: Action) -> tuple[Measure, str]:
    """Take back one assignment; gives what stands in its way, or nothing. What others have set since stays theirs."""
    mode = _limits(engine, one).mode
    if mode not in ACTS:
        return one, f"The mode is {mode.value} by now: nothing is changed in it. By hand: {one.plan.undo}"
    stopped = ""
    if action.after in SENDS.get(action.setting, ()):
        stopped = engine.account.stopped_by_aws(action.setting, action.resource)
    live = engine.account.value(action.setting, action.resource)
    if live is None or action.is_done(live) or not action.may_apply_to(live):
        return one, ""
    if stopped:
        return one, f"It is not resumed while AWS holds it: {stopped}"
    return _assign(engine, one, place, action)


def _blocked(engine: Engine, one: Measure, problem: str, now: datetime) -> Measure:
    expiry = _limits(engine, one).expiry
    if one.applied_at is not None and now - one.applied_at >= expiry:
        return _ended(engine, repair.expired(one, problem, now))
    return saved(engine, repair.held_up(one, problem, now + HELD_FOR, now))


# --- writing ----------------------------------------------------------------------------------------------------------


def _again_after_races(engine: Engine, identifier: str, step: Callable[[Engine, Measure], Measure]) -> Next:
    last: Raced | None = None
    for _ in range(RACES):
        one = engine.store.measure(identifier)
        if one is None:
            raise ActionRefused(f"there is no measure {identifier}")
        try:
            return following(step(engine, one), engine.account.now())
        except Raced as raced:
            last = raced
    raise Raced(f"the measure {identifier} or the ledger is written by others all the time") from last


def saved(engine: Engine, step: Step, ledger: Ledger | None = None) -> Measure:
    """Write a step; while its incident is muted, nothing is told of it.

    Raises:
        Raced: Somebody else wrote meanwhile.
    """
    after, event = step
    is_told = event.is_told and not _is_muted(engine, after.plan)
    engine.store.save(after, replace(event, is_told=is_told), ledger)
    return after


def _noted(engine: Engine, after: Measure) -> Measure:
    """Write where a measure stands between two events.

    Raises:
        Raced: Somebody else wrote meanwhile.
    """
    engine.store.save(after, None, None)
    return after


def _is_muted(engine: Engine, plan: Plan) -> bool:
    incident = engine.incident(plan.check, plan.incident_id)
    return incident is not None and incident.is_muted(engine.account.now())


def _ended(engine: Engine, step: Step) -> Measure:
    """Save; a measure at its end gives back what it had taken."""
    after, _ = step
    if not after.is_over:
        return saved(engine, step)
    ledger = engine.store.ledger()
    return saved(engine, step, _changed(ledger, ledger.released(after.id, engine.account.now())))


def _changed(before: Ledger, after: Ledger) -> Ledger | None:
    """The ledger to write, or None when it stays as it is."""
    return None if after is before else after


def _save_unless_raced(engine: Engine, step: Step) -> None:
    try:
        saved(engine, step)
    except Raced:
        return
