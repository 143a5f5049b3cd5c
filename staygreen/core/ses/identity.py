"""A domain identity of SES."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

FRESH = timedelta(days=1)
"""How old the details of an identity may be before it is said."""
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What SES tells of one identity at a time, by GetEmailIdentity alone."""

    is_easy_dkim: bool
    dkim_zone: str
    configuration_set: str
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SesIdentity:
    """A domain identity as SES describes it (SES API v2 Reference, GetEmailIdentity)."""

    name: str
    """The domain, lower case."""
    is_verified: bool
    """Whether SES sends for it."""
    verification: str
    """PENDING, SUCCESS, FAILED, TEMPORARY_FAILURE or NOT_STARTED; so are the other statuses."""
    signing_enabled: bool = True
    dkim_status: str = ""
    dkim_tokens: tuple[str, ...] = ()
    """Easy DKIM: the three tokens; otherwise our own selector."""
    is_easy_dkim: bool = True
    dkim_zone: str = ""
    """Where Easy DKIM's CNAMEs lead; empty: the usual zone."""
    mail_from: str = ""
    mail_from_status: str = ""
    rejects_on_mx_failure: bool = False
    configuration_set: str = ""
    """The default configuration set; empty: none."""
    details_at: datetime | None = None
    """When its signing and its set were read, where that was before; None: with all else."""
    lacks_details: bool = False
    """Nobody has read them yet: whose key it is, where its CNAMEs lead and its set are not known."""


def detailed(identity: SesIdentity, details: Details | None) -> SesIdentity:
    """Return an identity with its details; None: they were not read yet."""
    if details is None:
        return replace(identity, lacks_details=True)
    return replace(
        identity,
        is_easy_dkim=details.is_easy_dkim,
        dkim_zone=details.dkim_zone,
        configuration_set=details.configuration_set,
        details_at=details.read_at,
    )


def oldest_first(names: Iterable[str], known: Mapping[str, Details]) -> list[str]:
    """Return in which order details are read again: what was never read, then the oldest."""
    return sorted(names, key=lambda name: (known[name].read_at if name in known else _NEVER, name))


def is_old(identity: SesIdentity, now: datetime) -> bool:
    """Whether what is known of an identity is of another day, or not known."""
    return identity.lacks_details or (identity.details_at is not None and now - identity.details_at > FRESH)
