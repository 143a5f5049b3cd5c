"""Named repairs, each played with faults at its calls: the deployed engine over doubles of what AWS does.

    python -m tests.faults.repairs 'quarantine' '17:KILLED_AFTER' 'person:23'     plays one again

A repair is planned, applied, looked at and kept or taken back, as the state machine does it: a step that fails is
repeated, then its execution is dead, and the sweep goes on with the measure. Between two calls a person may set one of
the things that are repaired, press the switch, or tighten the mode.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from botocore.exceptions import BotoCoreError, ClientError

from staygreen.adapters import clock
from staygreen.adapters.account.account import AwsAccount
from staygreen.adapters.account.hand import AwsHand
from staygreen.adapters.aws import kill_switch
from staygreen.adapters.aws.settings import rules_of
from staygreen.adapters.store.repairs import OPEN, RepairTable
from staygreen.core.alerts import repair_alert
from staygreen.core.config.mode import Mode
from staygreen.core.errors import StaygreenError
from staygreen.core.finding import Severity, SubjectKind
from staygreen.core.incidents.incident import Incident, Kind, Status
from staygreen.core.naming import ResourceNames
from staygreen.core.remediations import REMEDIATIONS
from staygreen.core.repair import engine
from staygreen.core.repair.engine import Call, Engine, Next
from staygreen.core.repair.repair import Measure
from tests.faults.aws import INCIDENT, Aws, Service
from tests.faults.dynamodb import Client, Table
from tests.faults.schedule import ALL, Fault, Killed, Schedule, single
from tests.unit.incidents.examples import CONTEXT
from tests.unit.remediations.examples import NOW, incident

NAMES = ResourceNames(sender="acme", environment="production")
TABLE = "incidents"
DIED = (Killed, ClientError, BotoCoreError, StaygreenError)
TRIES = 3
"""How often the state machine takes a step that fails (`stacks/repair.py`)."""
STEPS = {"object": engine.object_, "apply": engine.apply, "verify": engine.verify, "undo": engine.undo}
SWEEP = timedelta(minutes=30)
GOOD, BAD, OTHER = ['"v=spf1 -all"'], ['"gone"'], ['"a person wrote this"']
SETTINGS: Mapping[str, Any] = {
    "mode": "auto",
    "scope": {"pools": [], "domains": [], "tags": []},
    "limits": {
        "capacity_floor": 1,
        "moves_a_day": 5,
        "hold_down_seconds": 3600,
        "expiry_seconds": 3 * 86400,
        "volume_floor": 0,
    },
    "quiet_hours": [],
    "approvers": {},
    "approvers_needed": 1,
    "approval_seconds": 6 * 3600,
}
OWN: Mapping[str, Mapping[str, Any]] = {
    "quarantine_ip": {
        "pool": "quarantine",
        "minimum_clean_days": 1,
        "warmup_steps": [10, 50],
        "warmup_step_hold_seconds": 3600,
        "reach": {"ip_pool": ["warm", "quarantine"]},
    },
    "pause_sending": {
        "confirm_after_seconds": 0,
        "pause_seconds": 7200,
        "probation_hold_seconds": 3600,
        "reach": {"set_sending": ["news", "offers"]},
    },
}


@dataclass(frozen=True)
class Repair:
    """What is wrong, and what a person may set meanwhile."""

    remediation: str
    found: Incident
    resource: str
    """One of the things that are set."""
    value: Any
    """What a person sets it to: for sending, the very thing that the repair would."""


REPAIRS: Mapping[str, Repair] = {
    "quarantine": Repair("quarantine_ip", incident(), "198.51.100.1", "other"),
    "pause": Repair(
        "pause_sending",
        incident(
            ip="warm",
            kind=SubjectKind.POOL,
            check="ses_reputation",
            cause="bounce_rate",
            data={"sent": "9999"},
            severity=Severity.CRITICAL,
        ),
        "news",
        False,
    ),
    "records": Repair(
        "restore_records",
        incident(ip="example.com", kind=SubjectKind.DOMAIN, check="auth_records", cause="spf_drifted"),
        "a.example.com",
        OTHER,
    ),
}


@dataclass
class World:
    """One deployment, with one thing wrong in it."""

    repair: Repair
    schedule: Schedule = field(default_factory=Schedule)
    table: Table = field(default_factory=Table)
    aws: Aws = field(default_factory=Aws)
    now: datetime = NOW
    found: Incident = field(init=False)
    executions: dict[str, Next] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        aws, self.found = self.aws, self.repair.found
        aws.pools = {f"198.51.100.{n}": "warm" for n in range(1, 5)}
        aws.warmup = dict.fromkeys(aws.pools, 100)
        aws.sending = {"news": True, "offers": True}
        aws.records = {f"{name}.example.com": BAD for name in "ab"}
        aws.deployed = {f"{name}.example.com": GOOD for name in "ab"}
        aws.switch = NAMES.kill_switch
        self.set_switch(stopped=False)
        for each in (entry.id for entry in REMEDIATIONS):
            self.set_mode(each, "auto" if each == self.repair.remediation else "off")

    def set_switch(self, *, stopped: bool) -> None:
        """Press it, or release it."""
        self.aws.parameters[NAMES.kill_switch] = json.dumps({"stopped": stopped})

    def set_mode(self, remediation: str, mode: str) -> None:
        """A deployment of the configuration."""
        given = {**SETTINGS, **OWN.get(remediation, {}), "mode": mode}
        self.aws.parameters[NAMES.remediation_parameter(remediation)] = json.dumps(given)

    def client(self, name: str) -> Any:
        """A client as boto3 gives it."""
        return Client(self.table, self.schedule) if name == "dynamodb" else Service(name, self.aws, self.schedule)

    def engine(self, *, may_change: bool) -> Engine:
        """As `lambdas/repairs.py` makes it for each invocation."""
        account = AwsAccount(self.client, names=NAMES, table=TABLE, lookup=lambda _: iter(()))
        messages = repair_alert.Messages(context=CONTEXT)
        works = Engine(
            store=RepairTable(self.client("dynamodb"), TABLE, ("alerts",), messages),
            account=account,
            rules=rules_of(self.client("ssm"), NAMES, is_kept=not may_change),
            incident=self.incident,
            is_stopped=lambda: kill_switch.is_stopped(self.client("ssm"), NAMES.kill_switch),
        )
        return replace(works, hand=AwsHand(self.client, TABLE)) if may_change else works

    def incident(self, *_: str) -> Incident:
        """As the table has it."""
        self.aws.note(INCIDENT, after=self.found.status is Status.OPEN)
        return self.found

    def invoke(self, name: str, act: Callable[[], Any]) -> bool:
        """Have a function do something; False when it died or raised."""
        try:
            act()
        except DIED as error:
            self.failed.append(f"{name}: {type(error).__name__}")
            self.schedule.revive()
            return False
        return True

    def measures(self) -> list[Measure]:
        """As they stand, read without a fault."""
        store = RepairTable(Client(self.table), TABLE, (), repair_alert.Messages(context=CONTEXT))  # type: ignore[arg-type]
        keys = {item["sk"]["S"] if pk == OPEN else pk.removeprefix("repair#")
                for (pk, sk), item in self.table.items.items() if pk == OPEN or sk == "measure"}  # fmt: skip
        return [one for each in sorted(keys) if (one := store.measure(each))]

    def plan(self) -> None:
        """The announcement starts the machine, and starts it again until it has begun."""
        call = Call(transition_id="aaaaaaaaaaaaaaaa-1", kind=Kind.OPENED, incidents=(self.found,), about=self.found.id)

        def act() -> None:
            made, _ = engine.plan(self.engine(may_change=False), call)
            self.executions |= {each.measure: each for each in made if each.do != "end"}

        while not self.invoke("plan", act):
            self.now += timedelta(minutes=1)

    def step(self, following: Next) -> None:
        """One step of an execution, repeated when it fails; then the execution is dead."""
        do = STEPS[following.do]
        works = {"may_change": following.do in ("apply", "undo")}
        told: list[Next] = []
        for _ in range(TRIES):
            if self.invoke(following.do, lambda: told.append(do(self.engine(**works), following.measure))):
                break
        del self.executions[following.measure]
        if told and told[-1].do != "end":
            self.executions[following.measure] = told[-1]

    def sweep(self) -> None:
        """Takes up what nobody goes on with."""

        def act() -> None:
            late = engine.overdue(self.engine(may_change=False), SWEEP)
            self.executions |= {each.measure: each for each in late if each.do != "end"}

        self.invoke("sweep", act)

    def pass_(self, time: timedelta) -> None:
        """Everything that is due in this time is done, in its order."""
        end = self.now + time
        while self.now < end:
            due = [each for each in self.executions.values() if each.until <= self.now]
            if due:
                self.step(due[0])
                self.now += timedelta(seconds=20)
                continue
            waits = [each.until for each in self.executions.values()]
            is_idle = not waits and not any(pk == OPEN for pk, _ in self.table.items)
            self.now = end if is_idle else min([end, self.now + SWEEP, *waits])
            if not self.executions:
                self.sweep()

    def is_over(self) -> None:
        """What called for the repair is gone."""
        self.found = replace(self.found, status=Status.CLOSED, clean_since=self.now, closed_at=self.now)


def whole(world: World) -> None:
    """The repair from its beginning to its end, and some quiet days."""
    world.plan()
    world.pass_(timedelta(hours=6))
    world.is_over()
    world.pass_(timedelta(days=4))


MEANWHILE: Mapping[str, Callable[[World], None]] = {
    "person": lambda world: world.aws.person_sets(world.repair.resource, world.repair.value),
    "switch": lambda world: world.set_switch(stopped=True),
    "mode": lambda world: world.set_mode(world.repair.remediation, Mode.SUGGEST.value),
    "outage": lambda world: setattr(world, "now", world.now + timedelta(days=3)),
    "over": lambda world: world.is_over(),
}


def played(name: str, planned: Mapping[int, Fault], meanwhile: str = "") -> World:
    """The world after a repair with faults.

    Args:
        name: Which one.
        planned: Faults by the number of the call.
        meanwhile: What happens before which call, such as ``person:23``; empty: nothing.
    """
    what, _, number = meanwhile.partition(":")
    schedule = Schedule(planned)
    world = World(REPAIRS[name], schedule)

    def another(_name: str, at: int) -> None:
        if at == int(number):
            schedule.between = None
            MEANWHILE[what](world)

    schedule.between = another if what else None
    with patch.object(clock, "now", lambda: world.now):
        whole(world)
        schedule.planned, schedule.between = {}, None
        world.pass_(timedelta(days=1))
    return world


def calls(name: str) -> list[str]:
    """The calls of a repair without faults."""
    return played(name, {}).schedule.calls


def singles(name: str) -> Iterator[Mapping[int, Fault]]:
    """Every fault at every call."""
    return single(len(calls(name)))


def some(name: str, seed: int, number: int, faults: int = 2) -> Iterator[Mapping[int, Fault]]:
    """So many repairs with so many faults each."""
    chance, length = random.Random(seed), len(calls(name))  # noqa: S311 - to be repeated, not to be secret
    for _ in range(number):
        yield {call: chance.choice(ALL) for call in chance.sample(range(length), min(faults, length))}


def reproduction(name: str, planned: Mapping[int, Fault], meanwhile: str = "") -> str:
    """The line that plays a repair again."""
    faults = ",".join(f"{number}:{fault.name}" for number, fault in planned.items())
    return f"python -m tests.faults.repairs '{name}' '{faults}' '{meanwhile}'"


def _main(name: str, faults: str = "", meanwhile: str = "") -> None:
    from tests.faults.laws import broken_repairs

    named = (each.split(":") for each in faults.split(",") if each)
    world = played(name, {int(number): Fault[fault] for number, fault in named}, meanwhile)
    stages = [f"{one.id} {one.stage.value} made {one.made} unsure {one.unsure}" for one in world.measures()]
    happened = map(str, (*world.schedule.happened, *world.aws.log))
    for line in (*happened, *world.failed, *stages, *broken_repairs(world)):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])
