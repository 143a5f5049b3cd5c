"""What an answer of the SNDS REST API, or of a report link, means.

Microsoft documents none of it; the meanings are those that public clients met (2026-11-23): 404
and an empty 200 are a day without data, HTML is a login page, and the body is CSV.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum

from staygreen.core.snds import report
from staygreen.core.snds.rows import BadRow, DataRow, Flaw, StatusRow

LARGEST_BODY_BYTES = 16 * 1024 * 1024


class Reason(Enum):
    """Why nothing, or not everything, is known. The values are stable words."""

    NO_DATA = "no_data"
    """Below about 100 messages a day there is no row: normal."""
    STALE = "stale"
    AUTH_EXPIRED = "auth_expired"
    ACCESS_LAPSED = "access_lapsed"
    SCHEMA_DRIFT = "schema_drift"
    SOURCE_DOWN = "source_down"
    NOT_ENROLLED = "not_enrolled"
    """No source is set up for the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer: rows, or the reason why there are none. Drift may come with rows that were read."""

    reason: Reason | None = None
    detail: str = ""
    data: tuple[DataRow, ...] = ()
    status: tuple[StatusRow, ...] = ()

    @property
    def is_usable(self) -> bool:
        """Whether the source did its part: rows, or the plain absence of rows."""
        return self.reason in (None, Reason.NO_DATA)


def read_answer(status: int, body: bytes, *, now: datetime, zone: tzinfo) -> Answer:
    """What one HTTP answer means.

    Args:
        status: The HTTP status; redirects are not followed, they lead to the login.
        body: The body, whole.
        now: The present (aware).
        zone: What to assume about dates in the rows.
    """
    if status == 200:
        return _read_body(body, now, zone)
    if status == 404:
        return Answer(reason=Reason.NO_DATA)
    if status == 401 or 300 <= status < 400:
        return Answer(reason=Reason.AUTH_EXPIRED, detail=f"status {status}")
    if status == 403:
        return Answer(reason=Reason.ACCESS_LAPSED, detail="status 403")
    if status == 400:
        return Answer(reason=Reason.SCHEMA_DRIFT, detail="status 400: the API no longer takes our question")
    return Answer(reason=Reason.SOURCE_DOWN, detail=f"status {status}")


def _read_body(body: bytes, now: datetime, zone: tzinfo) -> Answer:
    data: list[DataRow] = []
    status: list[StatusRow] = []
    flaws: list[BadRow] = []
    for row in report.parse(body.splitlines(keepends=True), now=now, zone=zone):
        if isinstance(row, DataRow):
            data.append(row)
        elif isinstance(row, StatusRow):
            status.append(row)
        else:
            flaws.append(row)
    if any(flaw.flaw is Flaw.HTML for flaw in flaws):
        return Answer(reason=Reason.AUTH_EXPIRED, detail="a login page instead of a report")
    if flaws:
        more = f" and {len(flaws) - 1} more" if len(flaws) > 1 else ""
        detail = f"line {flaws[0].line}: {flaws[0].reason}{more}"
        return Answer(reason=Reason.SCHEMA_DRIFT, detail=detail, data=tuple(data), status=tuple(status))
    if not data and not status:
        return Answer(reason=Reason.NO_DATA)
    return Answer(data=tuple(data), status=tuple(status))
