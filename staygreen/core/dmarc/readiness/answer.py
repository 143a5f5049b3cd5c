"""The answer to whether a policy may go further, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from staygreen.core.records.dmarc import Policy


class Standing(str, Enum):
    """What is said of the next step."""

    READY = "ready"
    NOT_YET = "not yet"
    STAY = "stay"
    """The end state for this domain is reached."""
    GO_BACK = "go back"
    """The last step made mail fail."""
    DONE = "done"
    """There is no further step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of the next step."""

    id: str
    """R1 to R11 (docs/dmarc.md)."""
    title: str
    value: str
    limit: str
    is_met: bool | None
    """None: not known, and so not met."""
    missing: str = ""
    """What is missing, in messages and days where that can be said."""
    act: str = ""
    """The first thing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether a domain may go a step further, and how."""

    domain: str
    on: date
    standing: Standing
    present: Policy
    next: Policy | None
    conditions: tuple[Condition, ...]
    not_asked: tuple[str, ...]
    """What is not known, and so was not asked."""
    window_days: int
    own_messages: int
    own_failing: int
    forwards_lost: int
    """Altered forwards, of which reject would lose what quarantine puts aside."""
    record: str = ""
    """The next record, ready to paste; of a way back, the one before."""
    change: str = ""
    """The change of the configuration."""
    testing: str = ""
    """What t=y would reach."""
    why: str = ""

    @property
    def missing(self) -> tuple[Condition, ...]:
        """The conditions that are not met."""
        return tuple(each for each in self.conditions if not each.is_met)
