"""Named histories, each played with faults at its calls: `python -m tests.faults.histories NAME 'FAULTS'` repeats one.

A history is a list of steps; after them come quiet ones without faults, in which everything has to come right.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from unittest.mock import patch

from staygreen.adapters.store import run_writer, verdicts
from staygreen.core.finding import Finding, Severity, State
from tests.faults.laws import broken
from tests.faults.schedule import ALL, Fault, Schedule, single
from tests.faults.world import World
from tests.unit.incidents.examples import HOUR, listing, silence

Step = Callable[[World], object]
BEHIND = timedelta(seconds=-30)
ADDRESSES = [f"192.0.2.{n}" for n in range(1, 5)]


def listed(at: datetime, state: State = State.BAD, severity: Severity = Severity.WARNING) -> list[Finding]:
    """Four addresses that are told as one, and one that is told by itself."""
    many = [listing(state, at=at, address=address, group="psbl", severity=severity) for address in ADDRESSES]
    return [*many, listing(state, at=at, address="2001:db8::1", cause="sbl", group="sbl", severity=severity)]


def clean(at: datetime) -> list[Finding]:
    """The same, not listed."""
    return listed(at, State.OK)


def worse(at: datetime) -> list[Finding]:
    """The same, critical."""
    return listed(at, severity=Severity.CRITICAL)


def silent(at: datetime) -> list[Finding]:
    """Three sources that do not answer."""
    return [silence(at=at, source=f"list-{n}") for n in range(3)]


def answering(at: datetime) -> list[Finding]:
    """The same, answering."""
    return [silence(State.OK, at=at, source=f"list-{n}") for n in range(3)]


def run(n: int, findings: Callable[[datetime], Sequence[Finding]], after: timedelta = HOUR) -> Step:
    """A run of the check, and the announcer behind it."""

    def step(world: World) -> None:
        world.pass_(after)
        world.check(f"run-{n}", findings)
        world.announce()

    return step


@dataclass(frozen=True)
class History:
    """What happens, and what it is like afterwards."""

    steps: tuple[Step, ...]
    after: Callable[[datetime], Sequence[Finding]]


HISTORIES: Mapping[str, History] = {
    "opened and over": History(
        (run(0, clean), run(1, listed), run(2, listed), run(3, clean), run(4, clean), run(5, clean)), clean
    ),
    "bad at the first run": History((run(0, listed), run(1, worse), run(2, clean)), clean),
    "the clock steps back": History(
        (run(0, clean), run(1, listed), run(2, listed, BEHIND), run(3, worse), run(4, worse, BEHIND)), worse
    ),
    "sources fall silent": History(
        (run(0, clean), run(1, silent), run(2, silent), run(3, silent), run(4, answering)), answering
    ),
}


def played(name: str, planned: Mapping[int, Fault], meanwhile: int | None = None) -> World:
    """The world after a history with faults.

    Args:
        name: Which one.
        planned: Faults by the number of the call.
        meanwhile: The number of the call before which another run and an announcer do their whole work.
    """
    history, schedule = HISTORIES[name], Schedule(planned)
    world = World(schedule)

    def another(_name: str, number: int) -> None:
        if number == meanwhile:
            schedule.between = None
            beside = replace_schedule(world, Schedule())
            beside.check("beside", history.after)
            beside.announce()

    schedule.between = another if meanwhile is not None else None
    # one at a time, so that the n-th call is the same each time
    with patch.object(run_writer, "WRITERS", 1), patch.object(verdicts, "WORKERS", 1):
        for step in history.steps:
            step(world)
        schedule.planned, schedule.between = {}, None
        for n in range(3):
            world.pass_(HOUR)
            world.check(f"quiet-{n}", history.after)
            world.announce()
    return world


def replace_schedule(world: World, schedule: Schedule) -> World:
    """Other functions of the same deployment, to which nothing happens."""
    beside = replace(world, schedule=schedule)
    beside.topic.published = world.topic.published
    return beside


def calls(name: str) -> list[str]:
    """The calls of a history without faults; those of the quiet steps at its end are left out."""
    quiet = len(played(name, {}).schedule.calls)
    history = HISTORIES[name]
    world = World(Schedule())
    with patch.object(run_writer, "WRITERS", 1), patch.object(verdicts, "WORKERS", 1):
        for step in history.steps:
            step(world)
    assert len(world.schedule.calls) < quiet
    return world.schedule.calls


def singles(name: str) -> Iterator[Mapping[int, Fault]]:
    """Every fault at every call."""
    return single(len(calls(name)))


def some(name: str, seed: int, number: int, faults: int = 2) -> Iterator[Mapping[int, Fault]]:
    """So many histories with so many faults each: pairs, or storms."""
    chance, length = random.Random(seed), len(calls(name))  # noqa: S311 - to be repeated, not to be secret
    for _ in range(number):
        yield {call: chance.choice(ALL) for call in chance.sample(range(length), min(faults, length))}


def reproduction(name: str, planned: Mapping[int, Fault], meanwhile: int | None = None) -> str:
    """The line that plays a history again."""
    faults = ",".join(f"{number}:{fault.name}" for number, fault in planned.items())
    return f"python -m tests.faults.histories '{name}' '{faults}' '{'' if meanwhile is None else meanwhile}'"


def _main(name: str, faults: str = "", meanwhile: str = "") -> None:
    named = (each.split(":") for each in faults.split(",") if each)
    world = played(name, {int(number): Fault[fault] for number, fault in named}, int(meanwhile) if meanwhile else None)
    for line in (*map(str, world.schedule.happened), *world.failed, *broken(world)):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])
