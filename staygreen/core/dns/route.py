"""Which way questions to a list go, and how many of them it takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Path(Enum):
    """Who is asked."""

    SYSTEM = "system"
    """The resolver of the machine: Amazon's, in a function."""
    NAMED = "named"
    """A resolver that the configuration names."""
    AUTHORITATIVE = "authoritative"
    """The list's own name servers, past every cache and shared resolver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one list is asked at most; the budget of one list never narrows another's."""

    in_flight: int = 100
    """Questions on their way at once."""
    per_second: float | None = None
    """Questions a second, repetitions included; None: as fast as it answers."""
    questions: int | None = None
    """Questions in one sweep, repetitions included: this sweep's share of a daily quota; None: no quota."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The way to one list."""

    id: str
    """Questions with the same id share one budget."""
    zone: str = ""
    """Where all its names end: its name servers are found, and names are encoded, by it."""
    path: Path = Path.SYSTEM
    server: str = ""
    """`ADDR[:PORT]` of a named resolver."""
    limits: Limits = field(default_factory=Limits)


SYSTEM = Route(id="")
"""Questions that belong to no list."""
