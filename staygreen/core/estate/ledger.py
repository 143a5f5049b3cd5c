"""What is told of each part of an estate while it is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Part = tuple[str, str]
"""``domain``, ``address``, ``pool`` or ``configuration_set``, and its name; of an address its allocation id."""
FILE: Part = ("file", "")
"""The file as a whole."""


@dataclass(slots=True)
class Ledger:
    """Notes, and why parts cannot be taken over."""

    notes: dict[Part, list[str]] = field(default_factory=dict)
    obstacles: dict[Part, list[str]] = field(default_factory=dict)

    def note(self, part: Part, *texts: str) -> None:
        """Tell sentences of a part."""
        self.notes.setdefault(part, []).extend(texts)

    def hinder(self, part: Part, *texts: str) -> None:
        """Tell why a part cannot be taken over, in clauses."""
        self.obstacles.setdefault(part, []).extend(texts)


def frozen(told: Mapping[Part, list[str]]) -> Mapping[Part, tuple[str, ...]]:
    """Return what was told of the parts of which anything was."""
    return MappingProxyType({part: tuple(texts) for part, texts in told.items() if texts})
