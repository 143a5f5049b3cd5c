"""What a rule is: a registry entry with a pure function from facts to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from staygreen.core.mail_facts.facts import Fact, Facts
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.severity import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that a rule says."""

    severity: Severity
    fact: Fact
    consequence: str
    before: str = ""
    after: str = ""
    subject: str = ""
    """Empty: the fact's own."""
    remedy: str = ""
    """Empty: the rule's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One entry of the registry (`staygreen.review.rules.RULES`)."""

    id: str
    reason: str
    reference: str
    remedy: str
    state: Callable[[Facts], Iterable[Said]] | None = None
    """Judges one side alone; a review tells what only the new side has."""
    change: Callable[[Comparison], Iterable[Said]] | None = None
    """Judges the way from one side to the other."""
