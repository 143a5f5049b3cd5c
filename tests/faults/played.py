"""Both kinds of workload under one hand: played by name, with faults and with something in between, and judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults import histories, laws, repairs
from tests.faults.schedule import Fault

Play = tuple[Mapping[int, Fault], Any]
"""Faults by the number of the call, and what happens meanwhile."""


@dataclass(frozen=True)
class Workload:
    """One that is played by name."""

    name: str
    play: Callable[[Mapping[int, Fault], Any], Any]
    broken: Callable[[Any], list[str]]
    reproduction: Callable[[Mapping[int, Fault], Any], str]
    calls: Callable[[], list[str]]
    some: Callable[[int, int, int], Iterator[Mapping[int, Fault]]]
    singles: Callable[[], Iterator[Mapping[int, Fault]]]
    between: Callable[[int], Iterator[Any]]
    """What may happen before a call."""


def _history(name: str) -> Workload:
    return Workload(
        name,
        lambda planned, meanwhile: histories.played(name, planned, meanwhile),
        laws.broken,
        lambda planned, meanwhile: histories.reproduction(name, planned, meanwhile),
        lambda: histories.calls(name),
        lambda seed, number, faults: histories.some(name, seed, number, faults),
        lambda: histories.singles(name),
        lambda number: iter((number,)),
    )


def _repair(name: str) -> Workload:
    return Workload(
        f"repair {name}",
        lambda planned, meanwhile: repairs.played(name, planned, meanwhile or ""),
        laws.broken_repairs,
        lambda planned, meanwhile: repairs.reproduction(name, planned, meanwhile or ""),
        lambda: repairs.calls(name),
        lambda seed, number, faults: repairs.some(name, seed, number, faults),
        lambda: repairs.singles(name),
        lambda number: (f"{what}:{number}" for what in repairs.MEANWHILE),
    )


WORKLOADS = tuple([*map(_history, histories.HISTORIES), *map(_repair, repairs.REPAIRS)])


@dataclass
class Tally:
    """What was played of a workload."""

    plays: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    """By call and kind of fault."""
    acts: int = 0
    """What others did in between."""
    violations: list[str] = field(default_factory=list)

    def add(self, workload: Workload, plays: Iterable[Play]) -> None:
        """Play them, and judge each."""
        for planned, meanwhile in plays:
            world = workload.play(planned, meanwhile)
            self.plays += 1
            self.acts += meanwhile is not None
            self.faults.update(f"{call} {fault.value}" for _, call, fault in world.schedule.happened)
            again = workload.reproduction(planned, meanwhile)
            self.violations += [f"{again}\n    {line}" for line in workload.broken(world)]

    def line(self, name: str, boundaries: int) -> str:
        """What a person reads."""
        return (
            f"{name}: {self.plays:,} plays, {sum(self.faults.values()):,} faults of {len(self.faults)} kinds at "
            f"{boundaries} calls, {self.acts:,} acts of others, {len(self.violations)} violations"
        )
