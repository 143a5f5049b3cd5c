"""When which fault happens: at every call of an adapter to what is outside, before or after its effect.

A history is played once without faults to count its calls; each fault is then named by the number of its call. So a
failure is reproduced by one line: the history, the number and the fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import product
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError


class Killed(BaseException):
    """The function dies here."""


class Fault(Enum):
    """What happens at a call."""

    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    THROTTLED = "throttled"
    """Refused, without an effect."""
    UNANSWERED = "unanswered"
    """Done, but no answer comes back."""
    REPEATED = "repeated"
    """Done twice, as a client does that had no answer to its first attempt."""

    def __repr__(self) -> str:
        return f"Fault.{self.name}"


ALL = tuple(Fault)


@dataclass
class Schedule:
    """Lets every call pass, but for those at which a fault is planned.

    Args:
        planned: Faults by the number of the call, from 0.
    """

    planned: Mapping[int, Fault] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    happened: list[tuple[int, str, Fault]] = field(default_factory=list)
    between: Callable[[str, int], None] | None = None
    """Called before each call, with its name and number: others may act here."""
    is_dead: bool = False

    def __call__(self, name: str, call: Callable[[], Any]) -> Any:
        if self.is_dead:
            raise Killed(f"{name} by a function that is dead")
        number = len(self.calls)
        self.calls.append(name)
        if self.between is not None:
            self.between(name, number)
        fault = self.planned.get(number)
        if fault is None:
            return call()
        self.happened.append((number, name, fault))
        return self._failing(name, call, fault)

    def _failing(self, name: str, call: Callable[[], Any], fault: Fault) -> Any:
        if fault is Fault.THROTTLED:
            raise throttled(name)
        if fault is Fault.REPEATED:
            call()
            return call()
        if fault is not Fault.KILLED_BEFORE:
            call()
        if fault is Fault.UNANSWERED:
            raise ReadTimeoutError(endpoint_url=f"https://{name}")
        self.is_dead = True
        raise Killed(name)

    def revive(self) -> None:
        """What comes next is done by another function."""
        self.is_dead = False


def throttled(name: str) -> ClientError:
    """How a service says that it was asked too often; the SDK has retried by then."""
    code = "Throttling" if name.startswith("sns") else "ProvisionedThroughputExceededException"
    return ClientError({"Error": {"Code": code, "Message": "Rate exceeded"}}, name.partition(".")[2])


def single(calls: int, faults: Sequence[Fault] = ALL) -> Iterator[Mapping[int, Fault]]:
    """One fault, at every call."""
    return ({number: fault} for number, fault in product(range(calls), faults))
