"""What one run learned about addresses from the sources of SNDS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from ipaddress import IPv4Address
from types import MappingProxyType
from zoneinfo import ZoneInfo

from staygreen.core.snds.history import Day
from staygreen.core.snds.own_sending import Sends
from staygreen.core.snds.rest_answer import Reason
from staygreen.core.snds.rows import StatusRow
from staygreen.core.snds.token import Client

SES_CLOUDWATCH = "ses_cloudwatch"
SNDS_REST = "snds_rest"
SNDS_LINK = "snds_link"


def zone_named(name: str) -> tzinfo:
    """The time zone of that name. UTC is found even where no zone files are installed.

    Raises:
        ZoneInfoNotFoundError: There is none.
        ValueError: The text cannot be a name.
    """
    return UTC if name == "UTC" else ZoneInfo(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the sources are, and where what they say is kept."""

    base_url: str
    client: Client
    zone: tzinfo
    token_secret: str
    """Name in Secrets Manager; empty: the REST API is not asked."""
    link_secret: str
    table: str
    bucket: str
    """Where bodies of unknown shape are kept; empty: nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which addresses to learn about. Every address has exactly one source."""

    places: Places
    dedicated: frozenset[IPv4Address]
    """SES dedicated IPs: CloudWatch."""
    own: frozenset[IPv4Address]
    """Elastic and own addresses: the REST API, else the link."""

    @property
    def own_source(self) -> str:
        """The source of `own`, or empty when none is set up."""
        if self.places.token_secret:
            return SNDS_REST
        return SNDS_LINK if self.places.link_secret else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReading:
    """How one source did."""

    source: str
    asked: int
    answered: int
    reason: Reason | None = None
    """Why it was not usable; None when it was."""
    detail: str = ""
    kept_at: str = ""
    """Where a body of unknown shape is kept."""
    last_good: datetime | None = None
    """When it last was usable, this run included."""
    link_created: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is known after one run: history and this run's news."""

    sources: tuple[SourceReading, ...]
    days: Mapping[IPv4Address, tuple[Day, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """The days of the window by address, newest first."""
    status: tuple[StatusRow, ...] | None = None
    """The status report; None when it could not be read."""
    foreign: int = 0
    """Rows about addresses that are not ours: ignored."""
    sends: Sends | None = None
    """What SES sent for the account; None where it was not asked or did not answer."""

    def of(self, source: str) -> SourceReading | None:
        """How that source did; None when it was not asked."""
        return next((reading for reading in self.sources if reading.source == source), None)
