"""Incidents over time: the episodes that an incident's history tells of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from staygreen.core.incidents.incident import COVERAGE, Incident, Kind, Status
from staygreen.core.pictures.period import Period

_BEGINS = frozenset({Kind.OPENED, Kind.BASELINE})
_ENDS = frozenset({Kind.CLEARED, Kind.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an incident's history."""

    kind: Kind
    at: datetime


@dataclass(frozen=True, slots=True)
class Episode:
    """From when to when an incident was open."""

    begun: datetime
    ended: datetime | None
    """None: it is open."""
    is_answered: bool = True
    """False: it was closed because nobody asked any more, which proves nothing."""

    def touches(self, day: date) -> bool:
        """Whether it was open at any time of a day (UTC)."""
        return self.begun.date() <= day and (self.ended is None or self.ended.date() >= day)


@dataclass(frozen=True, slots=True)
class Lived:
    """An incident with its episodes, the oldest first."""

    incident: Incident
    episodes: tuple[Episode, ...]

    @property
    def is_coverage(self) -> bool:
        """Whether it is about a source that did not answer."""
        return self.incident.finding.cause == COVERAGE

    def within(self, period: Period) -> tuple[Episode, ...]:
        """The episodes that touch a period."""
        return tuple(each for each in self.episodes if period.overlaps(each.begun, each.ended))


def lived(incident: Incident, history: Iterable[Step]) -> Lived:
    """The episodes of an incident.

    The present one is as the incident itself says, since its first sighting; former ones as its history says, since
    each opened. Without history the incident alone is told.
    """
    former: list[Episode] = []
    begun: datetime | None = None
    for step in sorted(history, key=lambda each: each.at):
        if step.kind in _BEGINS and begun is None:
            begun = step.at
        elif step.kind in _ENDS and begun is not None:
            former.append(Episode(begun, step.at, step.kind is Kind.CLEARED))
            begun = None
    own = _own(incident)
    if own is not None:
        # the history's last episode is the incident's own, told from its first sighting
        former = [each for each in former if each.ended is not None and each.ended < own.begun]
    return Lived(incident, (*former, *([own] if own else [])))


def _own(incident: Incident) -> Episode | None:
    if incident.opened_at is None:
        return None
    if incident.status is Status.OPEN:
        return Episode(incident.first_seen, None)
    if incident.status is Status.CLOSED and incident.closed_at is not None:
        return Episode(incident.first_seen, incident.closed_at, incident.unasked_since is None)
    return None
