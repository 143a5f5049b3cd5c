"""What may object to a plan: limits that hold for all remediations together.

The ledger remembers every measure that is, or lately was, in force. It is read and
written as one, under its version, so that two incidents at once cannot both take what
is left for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from staygreen.core.config.mode import ACTS, Mode
from staygreen.core.incidents.incident import Incident, Status
from staygreen.core.remediations.account import ACCOUNT_WIDE, Account, Setting
from staygreen.core.remediations.plan import SHARED_ACCOUNT, Action, NoPlan, Objection, Plan, Rules
from staygreen.core.repair import strictness
from staygreen.core.wording import utc_time

A_DAY = timedelta(days=1)
STOPPED_FOR = timedelta(minutes=15)
"""How long a measure waits before it asks again whether repairs are still stopped."""
REMEMBERED = timedelta(days=90)
"""No hold-down is longer; older entries are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One measure that took something."""

    measure: str
    remediation: str
    subject: str
    """The key of the subject that it holds; empty: none."""
    resources: tuple[str, ...]
    takes_from: str
    at: datetime
    ended_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Whether it is in force."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All that was taken."""

    entries: tuple[Entry, ...] = ()
    version: int = 0

    def has(self, measure: str) -> bool:
        """Whether the measure has reserved what it needs."""
        return any(each.measure == measure for each in self.entries)

    def reserved(self, measure: str, plan: Plan, now: datetime) -> Ledger:
        """With one measure more; the same when it is there already."""
        if self.has(measure):
            return self
        entry = Entry(
            measure=measure,
            remediation=plan.remediation,
            subject=plan.holds,
            resources=plan.resources,
            takes_from=plan.takes_from,
            at=now,
        )
        kept = tuple(e for e in self.entries if e.ended_at is None or now - e.ended_at < REMEMBERED)
        return Ledger(entries=(*kept, entry), version=self.version + 1)

    def without(self, measure: str) -> Ledger:
        """What others took."""
        return replace(self, entries=tuple(each for each in self.entries if each.measure != measure))

    def released(self, measure: str, now: datetime) -> Ledger:
        """With the measure at its end; the same when it is so already, or is not known."""
        if not any(each.measure == measure and each.is_active for each in self.entries):
            return self
        entries = tuple(replace(e, ended_at=now) if e.measure == measure and e.is_active else e for e in self.entries)
        return Ledger(entries=entries, version=self.version + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One plan before its judges."""

    measure: str
    plan: Plan
    rules: Rules
    """As they are now."""
    ledger: Ledger
    account: Account
    planned_under: Rules | None = None
    """As they were when it was planned; None: those of now."""
    left: tuple[Action, ...] | None = None
    """What is about to be set; None: nothing is yet, and all that the plan names is to be."""
    approvals_missing: int = 0
    planned_again: Plan | NoPlan | None = None
    """What would be planned now, on evidence that was read again; None: nobody has looked."""
    incident: Incident | None
    """As it is now; None when it is gone."""
    is_stopped: bool
    now: datetime

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plan, and what would be planned now."""
        return (self.plan, self.planned_again) if isinstance(self.planned_again, Plan) else (self.plan,)

    @property
    def limits(self) -> Rules:
        """The stricter of both."""
        return strictness.stricter(self.planned_under, self.rules) if self.planned_under else self.rules

    @property
    def both(self) -> tuple[Rules, ...]:
        """Both where they differ: what cannot be added up has to be kept to one by one."""
        planned = self.planned_under
        return (self.rules,) if planned is None or planned == self.rules else (planned, self.rules)


def objections(case: Case) -> tuple[Objection, ...]:
    """Everything that speaks against carrying it out now, the final reasons first.

    They are the same before each assignment as they were for the plan: what has reserved its share objects to nothing
    of its own, and to all that others did since.
    """
    others = replace(case, ledger=case.ledger.without(case.measure))
    found = [each for guard in GUARDS for each in guard(others)]
    return tuple(sorted(found, key=lambda each: each.until is not None))


def _stopped(case: Case) -> Iterator[Objection]:
    if case.is_stopped:
        text = "Repairs are stopped by hand; `staygreen start` lets this go on."
        yield Objection(rule="stopped", text=text, until=case.now + STOPPED_FOR)


def _mode(case: Case) -> Iterator[Objection]:
    mode = case.limits.mode
    if mode is Mode.OFF:
        yield Objection(rule="off", text=f"The remediation {case.plan.remediation} is switched off.")
    elif mode is Mode.SUGGEST and case.left is not None:
        yield Objection(rule="suggest", text=f"The mode of {case.plan.remediation} is suggest by now.")


def _approved(case: Case) -> Iterator[Objection]:
    if case.left is not None and case.approvals_missing:
        missing = case.approvals_missing
        text = f"{missing} approval{'s are' if missing > 1 else ' is'} missing by now."
        yield Objection(rule="not_approved", text=text)


def _evidence(case: Case) -> Iterator[Objection]:
    """What objected when it was planned, and would object now."""
    if isinstance(case.planned_again, NoPlan):
        yield Objection(rule="evidence", text=f"It would not be planned now: {case.planned_again.reason}.")


def _scope(case: Case) -> Iterator[Objection]:
    texts = (text for rules in case.both for plan in case.plans for text in _outside(plan, rules))
    for text in dict.fromkeys(texts):
        yield Objection(rule="scope", text=text)


def _outside(plan: Plan, rules: Rules) -> Iterator[str]:
    filters = {"pools": rules.pools, "domains": rules.domains, "tags": rules.tags}
    for name, wanted in filters.items():
        if wanted and not set(plan.in_scope_of.get(name, ())) & set(wanted):
            yield f"It is outside the scope: {name} {', '.join(wanted)}."


def _over(case: Case) -> Iterator[Objection]:
    is_open = case.incident is not None and case.incident.status is Status.OPEN
    if case.plan.wants_open and not is_open:
        yield Objection(rule="over", text="The trouble is over: nothing is left to repair.")
    elif case.plan.wants_open and case.incident and case.incident.stale:
        yield Objection(rule="stale", text="Whether the trouble still exists is not known; nothing is done on that.")
    elif not case.plan.wants_open and is_open:
        yield Objection(rule="open", text="The trouble is back: this makes sense only once it is over.")


def _world(case: Case) -> Iterator[Objection]:
    for action in case.plan.actions if case.left is None else case.left:
        live = case.account.value(action.setting, action.resource)
        if live is None:
            yield Objection(rule="gone", text=f"{action.shown} is gone.")
        elif not action.may_apply_to(live):
            text = f"{action.shown} is {live or 'empty'}, not {action.before or 'empty'}: "
            yield Objection(rule="changed", text=text + "the world is no longer the one that was planned from.")
        if action.setting is Setting.IP_POOL and not case.account.pools().get(action.after, False):
            yield Objection(rule="gone", text=f"There is no standard pool {action.after} to move to.")


def _reach(case: Case) -> Iterator[Objection]:
    """What its role may not do is told before anything is done: above all what could not be taken back."""
    back = [action for stride in case.plan.way_back for action in stride.actions]
    wanted = [(action, "") for action in case.plan.actions] + [(action, " back") for action in back]
    found = (_beyond(action, rules, way) for rules in case.both for action, way in wanted)
    for text in dict.fromkeys(found):
        if text:
            yield Objection(rule="out_of_reach", text=text)


def _beyond(action: Action, rules: Rules, way: str) -> str:
    named = rules.reach.get(action.setting)
    target = action.after if action.setting is Setting.IP_POOL else action.resource
    if named is None or target in named:
        return ""
    if action.setting is Setting.IP_POOL:
        return f"The configuration does not name the pool {target}: {action.resource} could not be moved{way} to it."
    return f"The configuration does not name the configuration set {target}: staygreen may not change it."


def _shared_account(case: Case) -> Iterator[Objection]:
    """What SES has once for the account is not changed beside another sender before `sender.only` divides it."""
    is_account_wide = any(action.setting in ACCOUNT_WIDE for action in case.plan.actions)
    if case.limits.mode not in ACTS or not is_account_wide:
        return
    others = ", ".join(case.account.undivided_with())
    if others:
        text = (
            f"Also deployed in this account and region: {others}. This changes what SES has once for all of them, so "
            "it is only suggested until `sender.only` names what is this sender's."
        )
        yield Objection(rule=SHARED_ACCOUNT, text=text)


def _floor(case: Case) -> Iterator[Objection]:
    pool = case.plan.takes_from
    if not pool:
        return
    leaving = {r for e in case.ledger.entries if e.is_active and e.takes_from == pool for r in e.resources}
    inside = [
        ip
        for ip, lease in case.account.dedicated_ips().items()
        if lease.pool == pool and f"{Setting.IP_POOL.value}:{ip}" not in leaving
    ]
    left, floor = len([ip for ip in inside if ip != case.plan.subject.id]), case.limits.capacity_floor
    if left < floor:
        text = f"The pool {pool} would be left with {max(left, 0)} addresses; the floor is {floor}."
        yield Objection(rule="capacity_floor", text=text)


def _moves(case: Case) -> Iterator[Objection]:
    recent = sorted(
        e.at for e in case.ledger.entries if e.remediation == case.plan.remediation and case.now - e.at < A_DAY
    )
    most = case.limits.moves_a_day
    if len(recent) >= most:
        text = f"{len(recent)} of {most} a day are done already."
        free = recent[len(recent) - most] + A_DAY if most else None
        yield Objection(rule="moves_a_day", text=text, until=free)


def _busy(case: Case) -> Iterator[Objection]:
    mine = {case.plan.holds, *case.plan.resources} - {""}
    for entry in case.ledger.entries:
        if entry.is_active and mine & {entry.subject, *entry.resources}:
            text = f"Another measure is in force there: {entry.remediation} ({entry.measure})."
            yield Objection(rule="busy", text=text)


def _hold_down(case: Case) -> Iterator[Objection]:
    mine = {case.plan.holds, *case.plan.resources} - {""}
    ends = [
        e.ended_at
        for e in case.ledger.entries
        if e.ended_at and e.remediation == case.plan.remediation and mine & {e.subject, *e.resources}
    ]
    until = max(ends) + case.limits.hold_down if ends else case.now
    if until > case.now:
        yield Objection(rule="hold_down", text=f"It was repaired lately: not again before {_utc(until)}.", until=until)


def _quiet(case: Case) -> Iterator[Objection]:
    ends = [end for hours in case.limits.quiet if (end := hours.ends_at(case.now))]
    if ends:
        yield Objection(rule="quiet_hours", text=f"These are quiet hours, until {_utc(max(ends))}.", until=max(ends))


def _second_look(case: Case) -> Iterator[Objection]:
    owed = [plan.not_before for plan in case.plans if plan.not_before is not None]
    if not owed:
        return
    at = max(owed)
    if case.now < at:
        yield Objection(rule="second_look", text=f"A second look is owed at {_utc(at)}.", until=at)
    elif case.incident and case.incident.last_seen < at:
        again = case.now + timedelta(minutes=15)
        yield Objection(rule="second_look", text="The check has not looked again yet.", until=again)


def _volume(case: Case) -> Iterator[Objection]:
    volumes, floor = [plan.volume for plan in case.plans if plan.volume is not None], case.limits.volume_floor
    if volumes and (volume := min(volumes)) < floor:
        rests = f"rests on {volume} messages" if volume else "does not tell on how many messages it rests"
        text = f"The evidence {rests}; under {floor} a rate means nothing."
        yield Objection(rule="volume_floor", text=text)


GUARDS = (
    _stopped,
    _mode,
    _approved,
    _over,
    _evidence,
    _scope,
    _reach,
    _shared_account,
    _floor,
    _moves,
    _busy,
    _hold_down,
    _volume,
    _quiet,
    _second_look,
    # read last of all, so that the least time lies between looking and setting
    _world,
)


def _utc(at: datetime) -> str:
    return utc_time(at)
