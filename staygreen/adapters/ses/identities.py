"""Domain identities at the pace of SES, which allows about one call a second: what a hundred have at once, then each.

The old API tells DKIM and MAIL FROM of a hundred identities in one call. Whose key it is, where its CNAMEs lead and the
default configuration set take a call for each: as many as there is time for, the oldest first. What is read is kept
for the next run, so that a thousand are read within a few.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from staygreen.adapters.ses.pace import Pace
from staygreen.adapters.ses.pages import pages
from staygreen.core.account_share import WHOLE, AccountShare
from staygreen.core.ses.identity import Details, SesIdentity, detailed, oldest_first

AT_ONCE = 100
"""Identities that the old API's bulk calls take (SES API Reference, GetIdentityDkimAttributes)."""
PAGE = 1000
"""The most that ListEmailIdentities gives (SES API v2 Reference; docs/assumptions.md, 211)."""
FOR_DETAILS = timedelta(minutes=2)
"""How long one run reads details; about 110 identities, and a thousand in nine runs."""
_STATUS = {
    "Pending": "PENDING",
    "Success": "SUCCESS",
    "Failed": "FAILED",
    "TemporaryFailure": "TEMPORARY_FAILURE",
    "NotStarted": "NOT_STARTED",
}
"""The old API's words in those of the new one."""


class KeptDetails(Protocol):
    """Where details are kept between runs."""

    def read(self) -> Mapping[str, Details]: ...

    def write(self, details: Mapping[str, Details]) -> None: ...


@dataclass(kw_only=True)
class Identities:
    """The domain identities of a share."""

    sesv2: Any
    ses: Any
    now: datetime
    share: AccountShare = WHOLE
    kept: KeptDetails | None = None
    """None: details of all are read, however long it takes."""
    pace: Pace = field(default_factory=Pace)
    for_details: timedelta = FOR_DETAILS

    def mail_from(self) -> Iterator[tuple[str, str]]:
        """Give each name, lower case, with its MAIL FROM domain; empty: none."""
        names = list(self._listed())
        attributes = self._of_many(self.ses.get_identity_mail_from_domain_attributes, "MailFromDomainAttributes", names)
        for name in names:
            yield name.lower(), str(attributes.get(name, {}).get("MailFromDomain", "")).lower()

    def all(self) -> Iterator[SesIdentity]:
        """Give each identity; one that is deleted meanwhile has nothing but its name."""
        listed = self._listed()
        names = list(listed)
        dkim = self._of_many(self.ses.get_identity_dkim_attributes, "DkimAttributes", names)
        mail_from = self._of_many(self.ses.get_identity_mail_from_domain_attributes, "MailFromDomainAttributes", names)
        details = self._details(names)
        for name in names:
            known = _identity(name, listed[name], dkim.get(name, {}), mail_from.get(name, {}))
            yield detailed(known, details.get(name))

    def _listed(self) -> dict[str, str]:
        """The names as SES writes them, each with its verification."""
        return {
            each["IdentityName"]: each.get("VerificationStatus", "")
            for page in pages(self._paced(self.sesv2.list_email_identities), PAGE)
            for each in page.get("EmailIdentities", [])
            if each.get("IdentityType") == "DOMAIN" and self.share.has_identity(each["IdentityName"])
        }

    def _paced(self, operation: Any) -> Any:
        return lambda **arguments: self.pace(operation, **arguments)

    def _of_many(self, operation: Any, answer: str, names: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for start in range(0, len(names), AT_ONCE):
            found |= self.pace(operation, Identities=names[start : start + AT_ONCE])[answer]
        return found

    def _details(self, names: list[str]) -> Mapping[str, Details]:
        known = dict(self.kept.read()) if self.kept else {}
        until = self.pace.now() + self.for_details.total_seconds()
        for name in oldest_first(names, known):
            if self.kept and self.pace.now() > until:
                break
            if (read := self._read(name)) is None:
                known.pop(name, None)
            else:
                known[name] = read
        present = {name: known[name] for name in names if name in known}
        if self.kept:
            self.kept.write(present)
        return present

    def _read(self, name: str) -> Details | None:
        try:
            found = self.pace(self.sesv2.get_email_identity, EmailIdentity=name)
        except self.sesv2.exceptions.NotFoundException:
            return None
        dkim = found.get("DkimAttributes", {})
        return Details(
            is_easy_dkim=dkim.get("SigningAttributesOrigin", "AWS_SES") != "EXTERNAL",
            dkim_zone=dkim.get("SigningHostedZone", "").rstrip("."),
            configuration_set=found.get("ConfigurationSetName", ""),
            read_at=self.now,
        )


def _identity(name: str, verification: str, dkim: Mapping[str, Any], mail_from: Mapping[str, Any]) -> SesIdentity:
    return SesIdentity(
        name=name.lower(),
        is_verified=verification == "SUCCESS",
        verification=verification or "NOT_STARTED",
        signing_enabled=dkim.get("DkimEnabled", False),
        dkim_status=_STATUS.get(dkim.get("DkimVerificationStatus", ""), ""),
        dkim_tokens=tuple(dkim.get("DkimTokens", ())),
        mail_from=str(mail_from.get("MailFromDomain", "")).lower(),
        mail_from_status=_STATUS.get(mail_from.get("MailFromDomainStatus", ""), ""),
        rejects_on_mx_failure=mail_from.get("BehaviorOnMXFailure") == "RejectMessage",
    )
