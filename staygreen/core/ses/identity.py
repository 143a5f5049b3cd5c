"""A domain identity of SES."""

from __future__ import annotations

from dataclasses import dataclass


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
