"""Inputs by their number, and what came of reading them."""

from __future__ import annotations

import random
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.fuzz.readers import READERS

MOST_FAILURES = 5
"""After so many a reader is left: they are likely to be one."""


@dataclass
class Found:
    """What one reader did."""

    name: str
    inputs: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0
    """Seconds of processor time."""
    slowest_input: int = 0

    def lines(self) -> Iterator[str]:
        """What a person reads."""
        yield from self.failures
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in self.kinds.most_common(6))
        slowest = f"slowest {self.slowest * 1000:.0f} ms (input {self.slowest_input})"
        yield f"{self.name}: {self.inputs:,} inputs, {len(self.failures)} failures, {slowest}: {kinds}"


def made(name: str, seed: int, number: int) -> bytes:
    """The input of a reader that a number stands for."""
    return READERS[name].make(random.Random(f"{seed}:{name}:{number}"))  # noqa: S311 - to be repeated, not to be secret


def run(name: str, seed: int, numbers: Iterable[int]) -> Found:
    """Read inputs; what raises is a failure."""
    found, read = Found(name), READERS[name].read
    for number in numbers:
        data = made(name, seed, number)
        started = time.process_time()
        try:
            found.kinds[read(data)] += 1
        except Exception:  # noqa: BLE001 - whatever it is, the others are read
            again = f"python -m tests.fuzz --reader {name} --seed {seed} --first {number} --inputs 1"
            found.failures.append(f"{again}\n{traceback.format_exc(limit=-4)}")
        found.inputs += 1
        taken = time.process_time() - started
        if taken > found.slowest:
            found.slowest, found.slowest_input = taken, number
        if len(found.failures) >= MOST_FAILURES:
            break
    return found
