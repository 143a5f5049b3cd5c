"""What to do next about the reverse DNS name of an Elastic IP.

EC2 takes a name only while its A record leads to the address, and tells a change as
pending until it has landed (EC2 User Guide, "Use reverse DNS for email applications";
EC2 API Reference, `ModifyAddressAttribute` and `DescribeAddressesAttribute`; verified
2026-11). The A record is believed when every authoritative server of its zone says it,
since a cache may hold its absence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from ipaddress import IPv4Address

from staygreen.core.dns.authoritative import ServerAnswer
from staygreen.core.provisioning.reverse_name import Present

TRY_FOR = timedelta(minutes=40)
"""How long a change is asked for."""
GIVE_UP_AFTER = timedelta(minutes=44)
"""When waiting ends, a minute before the framework would end it without a reason."""


class Step(Enum):
    """What to do now."""

    DONE = "done"
    WAIT = "wait"
    MODIFY = "modify"
    RESET = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The next step and why."""

    step: Step
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the template says of one address."""

    name: str
    release: bool
    """The configuration lets the address go when it is deleted."""
    adopted: bool
    """The address was there before the stack, and outlives it."""


def canonical(name: str) -> str:
    """Return a name in lower case without a trailing dot."""
    return name.lower().removesuffix(".")


def towards(
    wish: Wish, present: Present, public_ip: IPv4Address, ask: Callable[[], tuple[ServerAnswer, ...]]
) -> Decision:
    """Return the next step towards the wished name.

    Args:
        wish: What is wanted.
        present: What EC2 has.
        public_ip: The address.
        ask: Asks the authoritative servers; only called when the answer matters.
    """
    wanted = canonical(wish.name)
    if present.pending is not None and canonical(present.pending) == wanted:
        return Decision(step=Step.WAIT, reason=str(present))
    if present.pending is None and canonical(present.name) == wanted:
        return Decision(step=Step.DONE, reason=str(present))
    answers = ask()
    told = "; ".join(map(str, answers)) or f"no authoritative server of {wanted} was found"
    agreed = bool(answers) and all(str(public_ip) in answer.addresses for answer in answers)
    if not agreed:
        return Decision(step=Step.WAIT, reason=f"the A record of {wanted} is not {public_ip} everywhere: {told}")
    return Decision(step=Step.MODIFY, reason=f"{told}; {present}")


def away(wish: Wish, present: Present) -> Decision:
    """Return the next step when the resource is deleted.

    A released address loses its name before it can go. So does a new address whose
    creation is rolled back: kept resources are never deleted otherwise. The name of an
    adopted address is left alone.
    """
    if wish.adopted and not wish.release:
        return Decision(step=Step.DONE, reason="the address is kept, and its name with it")
    if not present.name and present.pending is None:
        return Decision(step=Step.DONE, reason=str(present))
    if present.pending == "":
        return Decision(step=Step.WAIT, reason=str(present))
    return Decision(step=Step.RESET, reason=str(present))


def may_ask_ec2(elapsed: timedelta) -> bool:
    """Whether a change may still be asked for."""
    return elapsed <= TRY_FOR


def is_over(decision: Decision, elapsed: timedelta) -> bool:
    """Whether to fail rather than to come again."""
    if decision.step is Step.DONE:
        return False
    return elapsed > GIVE_UP_AFTER or (decision.step is not Step.WAIT and not may_ask_ec2(elapsed))
