"""What one run of a check reports: findings, coverage, metrics, context."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from staygreen.core.finding import Finding
from staygreen.core.incidents.context import Aside


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much one source answered in one run."""

    source: str
    """A blocklist id, or the name of another source."""
    asked: int
    """Questions put about subjects; 0 when the source was not to be asked."""
    answered: int
    """Questions that got a usable answer."""
    reason: str = ""
    """Why something is missing, as a stable word; empty when nothing is."""

    @property
    def is_full(self) -> bool:
        """Whether every question was answered."""
        return not self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One number for CloudWatch, a count of this run."""

    name: str
    value: float
    dimensions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Beyond sender and environment, which every metric has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one run of a check found."""

    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]
    metrics: tuple[Metric, ...] = ()
    asides: tuple[Aside, ...] = ()
    """Context, which changes no incident."""
    asides_left_out: int = 0
    """Subjects of context beyond what one run keeps."""
    notes: tuple[str, ...] = ()
    """Warnings for the log: what whoever keeps staygreen should know, and no incident tells."""
