"""Incidents of the past that mail facts were part of, as a review of a later change reads them.

A review needs no AWS: `staygreen deployments --for-review FILE` writes this file, and `staygreen review --incidents
FILE` reads it. It is JSON: ``{"schema": "staygreen.incidents/1", "incidents": [...]}``, each entry with the fields of
`PastTrouble`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from staygreen.core.codec import decoded, encoded
from staygreen.core.deployments.before import Worse, aspect_of
from staygreen.core.deployments.deployment import Aspect, FactChange
from staygreen.core.errors import StaygreenError
from staygreen.core.wording import duration, utc_time

SCHEMA = "staygreen.incidents/1"
REMEMBERED = timedelta(days=30)
"""How old an incident may be that a review still names."""
LARGEST = 5_000_000
"""Characters of a file that is still read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTrouble:
    """One incident about DNS records."""

    records: tuple[str, ...]
    """Owner names of the records that were wrong."""
    aspect: Aspect
    cause: str
    since: datetime
    until: datetime
    """When it was last seen."""
    consequence: str = ""
    """What happened to mail."""

    def sentence(self, change: FactChange) -> str:
        """What a reviewer is told of it, beside a change of the same record."""
        lasted = duration(self.until - self.since) if self.until > self.since else "one reading"
        what = f" {self.consequence}" if self.consequence else ""
        return (
            f"This changes the {change.thing}, which was part of an incident ({self.cause}) from "
            f"{utc_time(self.since)} on, for {lasted}.{what}"
        )


def past_troubles(incidents: Iterable[tuple[Worse, datetime]]) -> Iterator[PastTrouble]:
    """The incidents that were about records.

    Args:
        incidents: Each with when it was last seen.
    """
    for worse, until in incidents:
        finding, aspect = worse.finding, aspect_of(worse.finding.cause)
        if finding.records and aspect is not Aspect.OTHER:
            yield PastTrouble(
                records=finding.records,
                aspect=aspect,
                cause=finding.cause,
                since=worse.since,
                until=until,
                consequence=finding.advice.consequence if finding.advice else "",
            )


def written(troubles: Iterable[PastTrouble]) -> str:
    """The file's text."""
    return json.dumps({"schema": SCHEMA, "incidents": [encoded(each) for each in troubles]}, indent=1) + "\n"


def read(text: str) -> tuple[PastTrouble, ...]:
    """The inverse of `written`.

    Raises:
        StaygreenError: When it is no such file.
    """
    if len(text) > LARGEST:
        raise StaygreenError(f"the file of incidents has {len(text):,} characters; {LARGEST:,} are read at most")
    try:
        document = json.loads(text)
        if document["schema"] != SCHEMA:
            raise ValueError(f"its schema is not {SCHEMA}")
        return tuple(decoded(PastTrouble, each) for each in document["incidents"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StaygreenError(f"the file of incidents cannot be read: {error}") from error


def reminders(changes: Iterable[FactChange], troubles: Iterable[PastTrouble], now: datetime) -> Iterator[str]:
    """One sentence for each incident of the last 30 days that a changed record was part of."""
    known = [each for each in troubles if each.until >= now - REMEMBERED]
    for change in changes:
        for each in known:
            if change.name in each.records and change.aspect is each.aspect:
                yield each.sentence(change)
