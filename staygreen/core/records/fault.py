"""Why a record's text could not be read. A value: bad records are news about mail, not a failure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a record's text, and where."""

    position: int
    """Index of the first character that is wrong, from 0."""
    reason: str
    """One clause for a person, without a final stop."""

    def __str__(self) -> str:
        return f"at character {self.position}: {self.reason}"
