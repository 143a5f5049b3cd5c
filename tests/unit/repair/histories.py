"""Accounts in which a repair has several things to set, and people who set the same things meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from staygreen.core.errors import SourceUnavailable
from staygreen.core.finding import Severity, SubjectKind
from staygreen.core.incidents.incident import Kind, Status
from staygreen.core.remediations.account import DeployedRecord, Setting
from staygreen.core.repair import engine
from tests.unit.remediations.examples import World, account, incident

NAMES = ("a.example.com", "b.example.com")
HALF_AN_HOUR = timedelta(minutes=30)
STEPS = {"object": engine.object_, "apply": engine.apply, "verify": engine.verify, "undo": engine.undo}


def record(text):
    return json.dumps({"ttl": 300, "values": [f'"{text}"']})


GOOD, BAD, OTHER = record("good"), record("bad"), record("other")


class Killed(Exception):
    """The function died."""


class History:
    """One measure, and everything that happens to it and around it."""

    def __init__(self, world, found, sets, kind=Kind.OPENED):
        self.world = world
        self.found = found
        self.sets = sets
        """The setting and the resource of each assignment."""
        (first,), _ = engine.plan(world.engine, world.call(found, kind=kind))
        self.id = first.measure

    @property
    def measure(self):
        return self.world.store.measures[self.id]

    @property
    def values(self):
        """What is set now, in the order of the plan."""
        return [self.world.account.values[each] for each in self.sets]

    def person_sets(self, number, value):
        self.world.account.values[self.sets[number]] = value

    def take(self, *steps, hand=None):
        works = replace(self.world.engine, hand=hand) if hand else self.world.engine
        for step in steps:
            STEPS[step](works, self.id)

    def killed_at(self, number, *, after, step="apply"):
        """A step that dies at one assignment, before or after AWS has made it."""
        left = [number]

        def hand(action):
            left[0] -= 1
            if left[0] >= 0:
                self.world.account.set(action)
                return
            if after:
                self.world.account.set(action)
            raise Killed

        try:
            self.take(step, hand=hand)
        except Killed:
            return
        raise AssertionError("there was no such assignment")

    def goes_on(self, days=3):
        """Everything that is due is done, by a machine that works, for so many days."""
        end = self.world.account.at + timedelta(days=days)
        while self.world.account.at < end:
            before, step = self.measure, engine.following(self.measure, self.world.account.at)
            if step.do == "end":
                return
            self.world.account.at = max(self.world.account.at, step.until)
            self.take(step.do)
            if before == self.measure:
                self.world.pass_time(HALF_AN_HOUR)

    def is_over(self):
        at = self.world.account.at
        self.world.incidents[self.found.id] = replace(self.found, status=Status.CLOSED, clean_since=at, closed_at=at)

    def texts(self):
        return " ".join(event.text for _, event in self.world.store.events)

    def assigned(self):
        """What was set by repairs, as resource and value."""
        return [(action.resource, action.after) for action in self.world.account.done]


def records(**rules):
    """Two records that drifted; the repair brings both back."""
    made = account()
    deployed = [DeployedRecord(zone_id="Z1", name=name, type="TXT", value=GOOD, stack="s") for name in NAMES]
    made.deployed = tuple(deployed)
    sets = [(Setting.RECORD, each.resource) for each in deployed]
    made.values |= {each: BAD for each in sets}
    found = incident(ip="example.com", kind=SubjectKind.DOMAIN, check="auth_records", cause="spf_drifted")
    return History(World(made, **rules), found, sets)


def pauses(**rules):
    """Two configuration sets of a pool that sends badly; the repair pauses both."""
    made = account()
    sets = [(Setting.SET_SENDING, name) for name in ("news", "offers")]
    made.values |= {each: "sending" for each in sets}
    made.sets_by_pool = {"warm": ("news", "offers")}
    found = incident(
        ip="warm",
        kind=SubjectKind.POOL,
        check="ses_reputation",
        cause="bounce_rate",
        data={"sent": "9999"},
        severity=Severity.CRITICAL,
    )
    return History(World(made, **rules), found, sets)


def quarantine(**rules):
    """A listed address; the repair moves it out of its pool."""
    found = incident()
    return History(World(off=("open_case",), **rules), found, [(Setting.IP_POOL, "198.51.100.1")])


def refuses(resource):
    """AWS says no to one resource."""
    return lambda action: "AccessDenied" if resource in action.resource else ""


def busy(_action):
    raise SourceUnavailable("Rate exceeded")
