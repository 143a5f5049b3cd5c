"""Identities: what the old API says of a hundred at once, then what takes a call for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

from staygreen.adapters.ses.pace import Pace
from staygreen.adapters.ses.pages import pages
from staygreen.core.estate.found import Identity, IdentityDetails

_AT_ONCE = 100
"""Identities that the old API's bulk calls take (SES API Reference, GetIdentityDkimAttributes)."""
_PAGE = 1000
"""The most that ListEmailIdentities gives (SES API v2 Reference)."""
Progress = Callable[[int, int], None]
"""How many of how many are read."""


def listed(sesv2: Any, pace: Pace) -> tuple[Identity, ...]:
    """Return every identity by name, kind and verification."""
    found = []
    for page in pages(partial(pace, sesv2.list_email_identities), _PAGE):
        for each in page.get("EmailIdentities", ()):
            is_domain = each.get("IdentityType") != "EMAIL_ADDRESS"
            name = str(each["IdentityName"])
            found.append(Identity(name=name, is_domain=is_domain, verification=each.get("VerificationStatus", "")))
    return tuple(found)


def with_attributes(ses: Any, pace: Pace, identities: Sequence[Identity], progress: Progress) -> Iterator[Identity]:
    """Give the identities with DKIM and MAIL FROM."""
    done = 0
    for start in range(0, len(identities), _AT_ONCE):
        part = identities[start : start + _AT_ONCE]
        names = [each.name for each in part]
        dkim = pace(ses.get_identity_dkim_attributes, Identities=names)["DkimAttributes"]
        mail_from = pace(ses.get_identity_mail_from_domain_attributes, Identities=names)["MailFromDomainAttributes"]
        for each in part:
            yield _attributed(each, dkim.get(each.name, {}), mail_from.get(each.name))
        done += len(part)
        progress(done, len(identities))


def _attributed(identity: Identity, dkim: Any, mail_from: Any) -> Identity:
    return replace(
        identity,
        is_signing=dkim.get("DkimEnabled"),
        dkim_status=dkim.get("DkimVerificationStatus", ""),
        dkim_tokens=tuple(dkim.get("DkimTokens", ())),
        mail_from=None if mail_from is None else str(mail_from.get("MailFromDomain", "")).lower(),
        mail_from_status="" if mail_from is None else mail_from.get("MailFromDomainStatus", ""),
        rejects_on_mx_failure=(mail_from or {}).get("BehaviorOnMXFailure") == "RejectMessage",
    )


def with_details(
    sesv2: Any, pace: Pace, identities: Sequence[Identity], wanted: Callable[[Identity], bool], progress: Progress
) -> Iterator[Identity]:
    """Give the identities, the wanted ones with what GetEmailIdentity says; one that is gone meanwhile is left out."""
    chosen = sum(map(wanted, identities))
    done = 0
    for each in identities:
        if not wanted(each):
            yield each
            continue
        try:
            found = pace(sesv2.get_email_identity, EmailIdentity=each.name)
        except sesv2.exceptions.NotFoundException:
            continue
        yield _detailed(each, found)
        done += 1
        progress(done, chosen)


def _detailed(identity: Identity, found: Any) -> Identity:
    dkim, mail_from = found.get("DkimAttributes", {}), found.get("MailFromAttributes", {})
    origin = dkim.get("SigningAttributesOrigin", "AWS_SES")
    details = IdentityDetails(
        is_easy_dkim=origin != "EXTERNAL",
        # keys that another region makes have a length of its own choosing
        key_length=dkim.get("NextSigningKeyLength", "") if origin == "AWS_SES" else "",
        dkim_zone=dkim.get("SigningHostedZone", "").rstrip("."),
        configuration_set=found.get("ConfigurationSetName", ""),
        tags=MappingProxyType({tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}),
    )
    return replace(
        identity,
        verification=found.get("VerificationStatus", identity.verification),
        is_signing=dkim.get("SigningEnabled", False),
        dkim_status=dkim.get("Status", ""),
        dkim_tokens=tuple(dkim.get("Tokens", ())),
        mail_from=mail_from.get("MailFromDomain", "").lower(),
        mail_from_status=mail_from.get("MailFromDomainStatus", ""),
        rejects_on_mx_failure=mail_from.get("BehaviorOnMxFailure") == "REJECT_MESSAGE",
        forwards_feedback=found.get("FeedbackForwardingStatus", True),
        details=details,
    )
