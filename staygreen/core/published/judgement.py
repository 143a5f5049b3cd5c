"""What one rule says about what is published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from staygreen.core.dns.message import Reply
from staygreen.core.finding import State

PENDING = "pending"
"""Why nothing is said yet: a change is on its way."""
LONGEST_RECORD = 8192
"""Octets of a record that is still read; no honest one comes near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One cause: present (BAD), absent (OK), or not to be told (UNKNOWN)."""

    cause: str
    state: State
    text: str
    """The fact, in one line."""
    name: str = ""
    """The DNS name or the address that was asked about."""
    raw: str = ""
    """What was published, as it came."""
    reason: str = ""
    """Why it is UNKNOWN, as a stable word."""
    names: tuple[str, ...] = ()
    """Every name that was found wrong, where several are told together; else `name` is the one."""

    @property
    def wrong(self) -> tuple[str, ...]:
        """Every name that was found wrong."""
        return self.names or ((self.name,) if self.name and self.state is State.BAD else ())


def bad(cause: str, text: str, *, name: str = "", raw: str = "") -> Judgement:
    """Something is wrong."""
    return Judgement(cause=cause, state=State.BAD, text=text, name=name, raw=raw)


def unknown(cause: str, text: str, reason: str, *, name: str = "") -> Judgement:
    """Nothing can be said."""
    return Judgement(cause=cause, state=State.UNKNOWN, text=text, name=name, reason=reason)


def silent(causes: Iterable[str], reply: Reply) -> tuple[Judgement, ...]:
    """Nothing can be said of any of the causes, because DNS did not answer."""
    question, why = reply.question, reply.rcode.value.lower()
    text = f"DNS did not answer for {question.name} {question.rtype.value}: {why}"
    return tuple(unknown(cause, text, why, name=question.name) for cause in causes)


def settled(causes: Iterable[str], found: Iterable[Judgement], fine: str) -> tuple[Judgement, ...]:
    """One judgement for each cause: what was found, BAD before UNKNOWN, and OK for the rest.

    Args:
        causes: Every cause of the subject.
        found: What is wrong or unknown; several for one cause are told together.
        fine: The fact where nothing is. It is about the whole, so it is left out where anything is wrong or unknown.
    """
    by_cause: dict[str, list[Judgement]] = {}
    for judgement in found:
        by_cause.setdefault(judgement.cause, []).append(judgement)
    return tuple(_one(cause, by_cause.get(cause, []), "" if by_cause else fine) for cause in causes)


def _one(cause: str, found: list[Judgement], fine: str) -> Judgement:
    worst = [each for each in found if each.state is State.BAD] or found
    if not worst:
        return Judgement(cause=cause, state=State.OK, text=fine)
    first = worst[0]
    return Judgement(
        cause=cause,
        state=first.state,
        text="; ".join(dict.fromkeys(each.text for each in worst)),
        name=first.name,
        raw=" | ".join(dict.fromkeys(each.raw for each in worst if each.raw)),
        reason=first.reason,
        names=tuple(dict.fromkeys(each.name for each in worst if each.name)) if first.state is State.BAD else (),
    )
