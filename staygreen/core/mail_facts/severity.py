"""How much a change of a template matters to mail."""

from __future__ import annotations

from enum import Enum


class Severity(Enum):
    """How much a person has to care before merging."""

    STOP = "stop"
    LOOK = "look"
    FINE = "fine"

    @property
    def rank(self) -> int:
        """0 for stop: sorts worst first."""
        return ("stop", "look", "fine").index(self.value)
