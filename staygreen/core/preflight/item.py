"""One thing to know before deploying."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(str, Enum):
    """What an item means, the worst first."""

    LOST = "lost"
    """The deployment would take it away, or would fail on it."""
    IMPOSSIBLE = "impossible"
    """It cannot work yet."""
    UNKNOWN = "unknown"
    """It could not be asked."""
    NOTE = "note"
    """Worth knowing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One fact, and what to do about it."""

    kind: Kind
    subject: str
    """The name, address or part of the account that it is about."""
    text: str
    next_step: str
