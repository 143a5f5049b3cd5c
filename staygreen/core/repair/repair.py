"""The life of one repair, from its plan to its end; every step is pure and told once.

::

    planned ─► objected · delayed ─► planned · suggested · awaiting ─► approved ─► applying ─► applied
    applied ─► kept · unproven · undoing ─► undone · expired            any ─► refused · denied · lapsed

At-least-once callers are harmless: a step that was taken already is not taken again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from staygreen.core.config.mode import ACTS, Mode
from staygreen.core.errors import ActionRefused
from staygreen.core.remediations.plan import (
    SHARED_ACCOUNT,
    Action,
    Judgement,
    Objection,
    Plan,
    Proof,
    Remediation,
    Rules,
)
from staygreen.core.repair import strictness
from staygreen.core.wording import utc_time


class Stage(str, Enum):
    """Where a measure stands."""

    PLANNED = "planned"
    DELAYED = "delayed"
    """Objections that end by themselves."""
    AWAITING = "awaiting"
    """A person is asked."""
    APPROVED = "approved"
    APPLYING = "applying"
    """Capacity is reserved; some actions may be done."""
    APPLIED = "applied"
    UNDOING = "undoing"
    SUGGESTED = "suggested"
    OBJECTED = "objected"
    DENIED = "denied"
    LAPSED = "lapsed"
    """Nobody decided in time, or the plan grew too old."""
    REFUSED = "refused"
    """The world is no longer the one planned from, or AWS said no before anything was changed."""
    KEPT = "kept"
    """Proven, and meant to stay."""
    UNPROVEN = "unproven"
    """It did not help, and taking it back would not either."""
    UNDONE = "undone"
    EXPIRED = "expired"
    """Its time is over, or it was interrupted: a person has to decide what becomes of it."""


ENDED = frozenset(
    {
        Stage.SUGGESTED,
        Stage.OBJECTED,
        Stage.DENIED,
        Stage.LAPSED,
        Stage.REFUSED,
        Stage.KEPT,
        Stage.UNPROVEN,
        Stage.UNDONE,
        Stage.EXPIRED,
    }
)
HOLDING = frozenset({Stage.APPLYING, Stage.APPLIED, Stage.UNDOING})
"""Something of it is, or may be, in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One person's yes."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An assignment that is being made: written down before the call, so that an interruption is seen."""

    place: int
    """Of the plan's actions; of those of the present step, on the way back."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One repair with its life so far."""

    id: str
    """16 hexadecimal digits, made of the transition, the incident and the remediation."""
    plan: Plan
    mode: Mode
    """That of its rules when it was planned."""
    stage: Stage
    rules: Rules = field(default_factory=lambda: Rules(mode=Mode.OFF))
    """The limits under which it was planned; nothing may be set under any that were lost."""
    approvers_needed: int = 1
    approvals: tuple[Approval, ...] = ()
    objections: tuple[Objection, ...] = ()
    due: datetime | None = None
    """When its next step is to be taken; None: at an end, or a person is to act."""
    applied_at: datetime | None = None
    ended_at: datetime | None = None
    attempt: Attempt | None = None
    """The assignment that is under way; None: none is."""
    made: tuple[int, ...] = ()
    """Places of the plan's actions that this repair has set itself: they alone are taken back."""
    unsure: tuple[int, ...] = ()
    """Places of those during which it was interrupted: whether it or somebody else has set them, nobody knows."""
    strides: int = 0
    """Steps of the way back that are done."""
    taken_back: tuple[int, ...] = ()
    """Places of what is done of the step of the way back after these."""
    doubted: bool = False
    """Its window has passed without proof, and that was told."""
    held: str = ""
    """Why it had to wait last, half done or on its way back."""
    is_grouped: bool = False
    """One of many that came at once: what nobody has to see alone is told together (`Group`)."""
    sequence: int = 0
    """Number of the last event."""
    version: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing follows."""
        return self.stage in ENDED

    def good_until(self, present: Rules) -> datetime:
        """Nothing is approved or applied later than this, as the rules are now."""
        return self.plan.good_until - strictness.shortened(self.rules, present)

    def approvals_missing(self, present: Rules) -> int:
        """How many approvals it lacks: those of people who are no approvers any more do not count."""
        if strictness.stricter(self.rules, present).mode is not Mode.APPROVE:
            return 0
        needed = max(self.approvers_needed, present.approvers_needed)
        return max(0, needed - sum(each.by in present.approvers for each in self.approvals))

    def is_own(self, action: Action) -> bool:
        """Whether an action of the way back is about something that this repair has set itself."""
        return action.resource in {self.plan.actions[place].resource for place in self.made}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to a measure; kept for ever, announced once when `is_told`."""

    kind: str
    """`planned`, `objected`, `approved`, `applied`, `verified`, `undone`, …"""
    at: datetime
    text: str
    by: str = ""
    is_told: bool = False


Step = tuple[Measure, Event]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Measures that one grouped announcement called for: one message tells them, once something was made of each."""

    id: str
    """16 hexadecimal digits, made of the transition."""
    about: str
    """The grouped announcement."""
    at: datetime
    measures: tuple[str, ...]
    """Their ids."""


def measure_id(transition_id: str, incident_id: str, remediation: str) -> str:
    """The id of the measure that one transition of one incident calls for."""
    return _digest(transition_id, incident_id, remediation)


def group_id(transition_id: str) -> str:
    """The id of the group of measures that one transition calls for."""
    return _digest("group", transition_id)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def begun(plan: Plan, rules: Rules, identifier: str, now: datetime, *, is_grouped: bool = False) -> Step:
    """A new measure."""
    measure = Measure(
        id=identifier,
        plan=plan,
        mode=rules.mode,
        rules=strictness.kept(rules),
        stage=Stage.PLANNED,
        approvers_needed=rules.approvers_needed,
        is_grouped=is_grouped,
        due=now,
    )
    return _stepped(measure, Event(kind="planned", at=now, text=plan.summary))


def judged(measure: Measure, objections: Sequence[Objection], present: Rules, now: datetime) -> Step | None:
    """What objections and the present rules make of a plan: it ends, it waits, it is suggested, asked, or goes ahead.

    None: it is past this already.
    """
    if measure.stage not in (Stage.PLANNED, Stage.DELAYED, Stage.APPROVED):
        return None
    return _told_once(measure, _judged(measure, tuple(objections), present, now))


def _judged(measure: Measure, objections: tuple[Objection, ...], present: Rules, now: datetime) -> Step | None:
    if now >= measure.good_until(present):
        return too_old(measure, now)
    if objections:
        return _objected(measure, objections, present, now)
    return _free(replace(measure, objections=()), present, now)


TOLD_TOGETHER = frozenset({Stage.SUGGESTED, Stage.OBJECTED, Stage.DELAYED, Stage.LAPSED})
"""Stages of which the message of a group tells, and of which nobody wants as many messages as there are measures."""


def _told_once(before: Measure, step: Step | None) -> Step | None:
    """The step; what the message of its group tells is not told alone."""
    if step is None or not before.is_grouped:
        return step
    after, event = step
    is_first_question = after.stage is Stage.AWAITING and before.stage is Stage.PLANNED
    return (after, replace(event, is_told=False)) if is_first_question or after.stage in TOLD_TOGETHER else step


def _free(measure: Measure, present: Rules, now: datetime) -> Step | None:
    """Nothing objects: what the mode makes of it."""
    if strictness.stricter(measure.rules, present).mode is Mode.SUGGEST:
        return _over(measure, Stage.SUGGESTED, now, "Suggested only: nothing is changed in this mode.")
    missing = measure.approvals_missing(present)
    if missing:
        return _asked(measure, missing, present, now)
    if measure.stage is Stage.APPROVED:
        return None
    ready = replace(measure, stage=Stage.APPROVED, due=now)
    return _stepped(ready, Event(kind="ready", at=now, text="Nothing objects."))


def _asked(measure: Measure, missing: int, present: Rules, now: datetime) -> Step:
    people = "one person" if missing == 1 else f"{missing} people"
    until = measure.good_until(present)
    needed = max(measure.approvers_needed, present.approvers_needed)
    asked = replace(measure, stage=Stage.AWAITING, approvers_needed=needed, due=until)
    text = f"It waits for the approval of {people} until {utc_time(until)}."
    return _stepped(asked, Event(kind="asked", at=now, text=text, is_told=True))


def _objected(measure: Measure, objections: tuple[Objection, ...], present: Rules, now: datetime) -> Step:
    kept = replace(measure, objections=objections)
    text = " ".join(each.text for each in objections)
    ends = [each.until for each in objections]
    until = None if None in ends else max(each for each in ends if each)
    if all(each.rule == SHARED_ACCOUNT for each in objections):
        return _over(kept, Stage.SUGGESTED, now, text)
    # A suggestion does not wait: a person reads it now, with what speaks against it.
    is_suggestion = strictness.stricter(measure.rules, present).mode is Mode.SUGGEST
    if until is None or until >= measure.good_until(present) or is_suggestion:
        return _over(kept, Stage.OBJECTED, now, text)
    is_news = {each.rule for each in objections} != {each.rule for each in measure.objections}
    later = replace(kept, stage=Stage.DELAYED, due=max(until, now))
    return _stepped(later, Event(kind="delayed", at=now, text=text, is_told=is_news))


def approved(measure: Measure, by: str, plan_hash: str, rules: Rules, now: datetime) -> Step:
    """One approval more; the last one needed lets it go ahead.

    Raises:
        ActionRefused: It cannot be approved, by this person, now, or not this plan.
    """
    _may_decide(measure, by, plan_hash, rules, now)
    mode = strictness.stricter(measure.rules, rules).mode
    if mode not in ACTS:
        raise ActionRefused(f"the mode of {measure.plan.remediation} is {mode.value} by now: nothing is changed in it")
    if any(each.by == by for each in measure.approvals):
        raise ActionRefused(f"{by} has approved it already; {_still(measure, rules)}")
    needed = max(measure.approvers_needed, rules.approvers_needed)
    more = replace(measure, approvals=(*measure.approvals, Approval(by=by, at=now)), approvers_needed=needed)
    missing = more.approvals_missing(rules)
    if missing:
        text = f"{needed - missing} of {needed}."
        return _stepped(more, Event(kind="approved", at=now, text=text, by=by))
    ready = replace(more, stage=Stage.APPROVED, due=now)
    return _stepped(ready, Event(kind="approved", at=now, text="Approved; it is carried out now.", by=by, is_told=True))


def denied(measure: Measure, by: str, plan_hash: str, rules: Rules, now: datetime) -> Step:
    """The end of a plan that a person does not want.

    Raises:
        ActionRefused: It cannot be decided, by this person, now, or not this plan.
    """
    _may_decide(measure, by, plan_hash, rules, now)
    return _over(measure, Stage.DENIED, now, "Denied; nothing is changed.", by=by)


def _may_decide(measure: Measure, by: str, plan_hash: str, rules: Rules, now: datetime) -> None:
    if by not in rules.approvers:
        raise ActionRefused(f"{by} is not an approver of {measure.plan.remediation}")
    if measure.stage is not Stage.AWAITING:
        raise ActionRefused(f"it is {measure.stage.value}: there is nothing to decide")
    until = measure.good_until(rules)
    if now >= until:
        raise ActionRefused(f"it expired at {utc_time(until)}")
    if plan_hash != measure.plan.hash:
        raise ActionRefused("this is not the plan that you were shown: look at it again")


def _still(measure: Measure, present: Rules) -> str:
    left = measure.approvals_missing(present)
    return f"{left} more {'is' if left == 1 else 'are'} needed"


def lapsed(measure: Measure, present: Rules, now: datetime) -> Step | None:
    """The end of a plan that nobody decided on in time; None when its time is not over."""
    if measure.stage is not Stage.AWAITING or now < measure.good_until(present):
        return None
    return _told_once(measure, _over(measure, Stage.LAPSED, now, "Nobody decided in time; nothing is changed."))


def applying(measure: Measure, now: datetime) -> Step | None:
    """Everything is reserved: from here on something may be in force. None: it was so before."""
    if measure.stage is not Stage.APPROVED:
        return None
    started = replace(measure, stage=Stage.APPLYING, due=now, applied_at=now)
    return _stepped(started, Event(kind="applying", at=now, text="Every limit is kept; it begins."))


def assigning(measure: Measure, place: int, now: datetime) -> Measure:
    """One assignment begins: from here on, until it is known how it ended, AWS may or may not have made it."""
    return _noted(measure, attempt=Attempt(place=place, at=now))


def assigned(measure: Measure) -> Measure:
    """AWS has made the assignment that was under way."""
    place = _place(measure)
    if measure.stage is Stage.UNDOING:
        return _noted(measure, attempt=None, taken_back=(*measure.taken_back, place))
    return _noted(measure, attempt=None, made=(*measure.made, place))


def unassigned(measure: Measure) -> Measure:
    """The assignment that was under way is not made, and may be tried again."""
    return _noted(measure, attempt=None)


def interrupted(measure: Measure) -> Measure:
    """The assignment that was under way has no known end: it is neither made again nor taken back."""
    return _noted(measure, attempt=None, unsure=(*measure.unsure, _place(measure)))


def _place(measure: Measure) -> int:
    if measure.attempt is None:
        raise ValueError(f"the measure {measure.id} makes no assignment")
    return measure.attempt.place


def _noted(measure: Measure, **changes: Any) -> Measure:
    """What is written down of a measure without being an event."""
    return replace(measure, version=measure.version + 1, **changes)


def applied(measure: Measure, pace: timedelta, now: datetime, note: str = "") -> Step:
    """Every action is done, or what is left need not be done any more, as the note says."""
    done = replace(measure, stage=Stage.APPLIED, due=now + pace)
    text = f"Done: {measure.plan.summary} {note}".strip()
    return _stepped(done, Event(kind="applied", at=now, text=text, is_told=True))


def refused(measure: Measure, reason: str, now: datetime) -> Step:
    """Nothing of it is in force, and nothing will be."""
    rest = "Nothing of it is in force any more." if measure.made or measure.unsure else "It has changed nothing."
    return _over(measure, Stage.REFUSED, now, f"{reason} {rest}")


TOO_OLD = "Nobody could carry it out in time: the plan is too old."


def too_old(measure: Measure, now: datetime) -> Step:
    """Nothing of a plan is carried out later than it is good."""
    return _over(measure, Stage.LAPSED, now, TOO_OLD)


def turned_back(measure: Measure, reason: str, now: datetime) -> Step:
    """Some actions are done and one cannot be: what is done is taken back."""
    back = replace(measure, stage=Stage.UNDOING, due=now, attempt=None)
    return _stepped(
        back, Event(kind="half_applied", at=now, text=f"{reason} What was done is taken back.", is_told=True)
    )


def verified(measure: Measure, judgement: Judgement, entry: Remediation, rules: Rules, now: datetime) -> Step | None:
    """What a look at an applied measure makes of it; None: it is not applied."""
    if measure.stage is not Stage.APPLIED or measure.applied_at is None:
        return None
    if judgement.proof is Proof.PROVEN:
        return _proven(measure, judgement, entry, now)
    if now - measure.applied_at >= rules.expiry:
        return _over(measure, Stage.EXPIRED, now, f"{judgement.text} Its time is over: a person has to decide.")
    is_late = now - measure.applied_at >= entry.window(rules)
    if is_late and not measure.doubted:
        return _doubted(measure, judgement, entry, rules, now)
    due = min(judgement.look_again or now + entry.pace, measure.applied_at + rules.expiry)
    looked = replace(measure, due=max(due, now + timedelta(seconds=1)))
    return _stepped(looked, Event(kind="looked", at=now, text=judgement.text))


def _proven(measure: Measure, judgement: Judgement, entry: Remediation, now: datetime) -> Step:
    if entry.is_temporary and measure.plan.way_back:
        back = replace(measure, stage=Stage.UNDOING, due=now)
        return _stepped(back, Event(kind="verified", at=now, text=judgement.text, is_told=True))
    return _over(measure, Stage.KEPT, now, judgement.text)


def _doubted(measure: Measure, judgement: Judgement, entry: Remediation, rules: Rules, now: datetime) -> Step:
    text = f"It did not help within its time. {judgement.text}"
    if entry.undo_unproven and measure.plan.way_back:
        back = replace(measure, stage=Stage.UNDOING, due=now, doubted=True)
        return _stepped(back, Event(kind="unproven", at=now, text=f"{text} It is taken back.", is_told=True))
    if not entry.is_temporary:
        text = f"{text} It stays: undoing it would not help."
        return _over(replace(measure, doubted=True), Stage.UNPROVEN, now, text)
    until = (measure.applied_at or now) + rules.expiry
    stays = replace(measure, doubted=True, due=min(now + entry.pace, until))
    return _stepped(
        stays,
        Event(kind="unproven", at=now, text=f"{text} It stays until {utc_time(until)} at most.", is_told=True),
    )


def strode(measure: Measure, note: str, now: datetime) -> Step:
    """One step of the way back is done; the last one ends it. The note says what was left, and of the trouble."""
    done = measure.strides + 1
    if done >= len(measure.plan.way_back):
        over = replace(measure, strides=done, taken_back=())
        return _over(over, Stage.UNDONE, now, f"Taken back: {measure.plan.undo} {note}".strip())
    following = measure.plan.way_back[done].after
    step = replace(measure, strides=done, taken_back=(), due=now + following)
    text = f"Step {done} of {len(measure.plan.way_back)} of the way back is done. {note}".strip()
    return _stepped(step, Event(kind="undoing", at=now, text=text, is_told=done == 1))


def held_up(measure: Measure, reason: str, until: datetime, now: datetime) -> Step:
    """What is half done, or the way back, has to wait; told when the reason is new."""
    held = replace(measure, due=until, held=reason)
    kind = "held_up" if measure.stage is Stage.UNDOING else "delayed"
    return _stepped(held, Event(kind=kind, at=now, text=reason, is_told=reason != measure.held))


def expired(measure: Measure, reason: str, now: datetime) -> Step:
    """The way back is blocked, and its time is over."""
    return left_to_a_person(measure, f"{reason} Its time is over.", now)


def left_to_a_person(measure: Measure, reason: str, now: datetime) -> Step:
    """Something of it is, or may be, in force, and only a person can say what becomes of it."""
    text = f"{reason} A person has to decide. By hand: {measure.plan.undo}"
    return _over(replace(measure, attempt=None), Stage.EXPIRED, now, text)


def superseded(measure: Measure, reason: str, now: datetime) -> Step:
    """Somebody else has set what it had set: it is in force no more, and is left alone."""
    return _over(measure, Stage.UNDONE, now, f"{reason} It is left as it is.")


def _over(measure: Measure, stage: Stage, now: datetime, text: str, by: str = "") -> Step:
    ended = replace(measure, stage=stage, due=None, ended_at=now)
    return _stepped(ended, Event(kind=stage.value, at=now, text=text, by=by, is_told=True))


def _stepped(measure: Measure, event: Event) -> Step:
    return replace(measure, sequence=measure.sequence + 1, version=measure.version + 1), event
