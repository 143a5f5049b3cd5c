"""A repair as a value: what it sets, from what to what, why, and how it is taken back.

Every action is one assignment: a setting of a resource goes from `before` to
`after`. So an action that finds `after` is done already, one that finds anything but
`before` meets another world and refuses, and its inverse undoes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import Any

from staygreen.core.codec import encoded
from staygreen.core.config.mode import Mode
from staygreen.core.delisting.storage import goes_on_from
from staygreen.core.finding import Severity, Subject
from staygreen.core.incidents.incident import Incident, Kind
from staygreen.core.remediations.account import Account, Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One assignment of a repair: a setting of a resource goes from one value to another."""

    setting: Setting
    resource: str
    before: str
    after: str
    rising: bool = False
    """A percentage that SES raises too: what is above `after` is done."""

    @property
    def inverse(self) -> Action:
        """What takes it back."""
        return Action(setting=self.setting, resource=self.resource, before=self.after, after=self.before)

    @property
    def shown(self) -> str:
        """What it sets, for a message: who gets our mail is nobody's business in a chat."""
        resource = "a recipient" if self.setting is Setting.SUPPRESSION else self.resource
        return f"{self.setting.value} of {resource}"

    def is_same(self, other: Action) -> bool:
        """Whether another plan sets the same; the text of a case tells when it was drafted."""
        if self.setting is Setting.CASE:
            return (self.setting, self.resource, self.before) == (other.setting, other.resource, other.before)
        return self == other

    def is_done(self, live: str) -> bool:
        """Whether the resource has the new value already."""
        if self.setting is Setting.CASE and live and self.after:
            # people go on with it: that is what it is for
            return goes_on_from(live, self.after)
        if self.rising and live.isdecimal() and self.after.isdecimal():
            return int(live) >= int(self.after)
        return live == self.after

    def may_apply_to(self, live: str | None) -> bool:
        """Whether the resource is as it was when this was planned, or has the new value already."""
        if live is None:
            return False
        if self.setting is Setting.IP_WARMUP and live.isdecimal() and self.before.isdecimal():
            # SES raises a warm-up by itself, which is no sign that somebody else was at work; it never lowers one
            return int(live) >= int(self.before) or self.is_done(live)
        return live == self.before or self.is_done(live)


BESIDE = frozenset({Setting.CASE, Setting.SUPPRESSION})
"""Paper and recipients: an address may be in quarantine meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stride:
    """One step of the way back: actions, so long after the step before."""

    after: timedelta
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that one repair would do; what is approved is this, to the letter."""

    remediation: str
    incident_id: str
    check: str
    cause: str
    subject: Subject
    severity: Severity
    actions: tuple[Action, ...]
    way_back: tuple[Stride, ...]
    """Empty: there is nothing to take back."""
    summary: str
    """What is done, in one sentence."""
    why: str
    risk: str
    undo: str
    """How it is taken back, for a person."""
    made_at: datetime
    good_until: datetime
    """Nothing is approved or applied later than this."""
    takes_from: str = ""
    """The pool that loses capacity, or empty."""
    volume: int | None = None
    """Messages that the evidence rests on; None: not told."""
    in_scope_of: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """What scope filters see of it: `pools`, `domains`, `tags` as ``key=value``."""
    not_before: datetime | None = None
    """A second look is owed before this."""
    wants_open: bool = True
    """It makes sense only while the incident is open; False: only once that is over."""
    command: str = ""
    """What a person types to do the same by hand, or empty."""

    @property
    def hash(self) -> str:
        """64 hexadecimal digits over everything in it."""
        return hashlib.sha256(canonical(self).encode()).hexdigest()

    @property
    def holds(self) -> str:
        """The key of the subject that nothing else may repair meanwhile; empty: it sets nothing of the subject."""
        return "" if {action.setting for action in self.actions} <= BESIDE else self.subject.key

    @property
    def resources(self) -> tuple[str, ...]:
        """What it touches, as ``setting:resource``."""
        return tuple(sorted({f"{action.setting.value}:{action.resource}" for action in self.actions}))


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPlan:
    """Why there is nothing to do; a value, not a failure."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """Why a plan is not carried out now."""

    rule: str
    """Stable word: `capacity_floor`, `quiet_hours`, …"""
    text: str
    until: datetime | None = None
    """When it ends by itself; None: it does not."""


SHARED_ACCOUNT = "shared_account"
"""The rule of an objection that leaves a plan a suggestion: a person may still do it by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours of the day, UTC, in which nothing is applied; the end is not part of them."""

    start: timedelta
    end: timedelta

    def ends_at(self, now: datetime) -> datetime | None:
        """When the quiet hours that `now` is in end; None when it is in none."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        for day in (midnight - timedelta(days=1), midnight):
            start = day + self.start
            end = day + self.end if self.end > self.start else day + self.end + timedelta(days=1)
            if start <= now < end:
                return end
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one remediation may do here: its SSM parameter, read."""

    mode: Mode
    capacity_floor: int = 2
    moves_a_day: int = 1
    hold_down: timedelta = timedelta(days=1)
    expiry: timedelta = timedelta(days=30)
    approval_within: timedelta = timedelta(days=1)
    volume_floor: int = 1000
    approvers_needed: int = 1
    approvers: tuple[str, ...] = ()
    """By name."""
    identities: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Slack user ids and IAM ARNs of each approver."""
    quiet: tuple[Quiet, ...] = ()
    pools: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    reach: Mapping[Setting, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """What the role may set, where the configuration names it: pools to move to, sets to pause. Absent: not limited."""
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """What only this remediation knows: JSON values."""


class Proof(Enum):
    """Whether the trouble has stopped."""

    PROVEN = "proven"
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a look at an applied measure found."""

    proof: Proof
    text: str
    look_again: datetime | None = None
    """When it makes sense to look again; None: at the usual pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look at an applied measure is taken at."""

    plan: Plan
    rules: Rules
    applied_at: datetime
    incident: Incident | None
    """The incident that it answers; None when it is gone."""
    account: Account
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Remediation:
    """One entry of the registry (`staygreen.core.remediations.REMEDIATIONS`)."""

    id: str
    title: str
    sets: frozenset[Setting]
    """All that it may ever set; the role of the apply function follows from it."""
    answers: Callable[[str, str, str], bool]
    """Whether (check, cause, kind of subject) may call for it."""
    plan: Callable[[Incident, Rules, Account], Plan | NoPlan]
    prove: Callable[[Look], Judgement]
    window: Callable[[Rules], timedelta]
    """By when the trouble has to have stopped."""
    pace: timedelta
    """How often it is looked at while it lasts."""
    is_temporary: bool
    """It is taken back when its work is done; others stay."""
    undo_unproven: bool
    """It is taken back when it did not help."""
    runbook: str
    kinds: frozenset[Kind] = frozenset({Kind.OPENED, Kind.CHANGED, Kind.REMINDER, Kind.BASELINE})
    """Which transitions call for it."""


def canonical(plan: Plan) -> str:
    """The plan as JSON whose text is the same for equal plans."""
    return json.dumps(encoded(plan), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
