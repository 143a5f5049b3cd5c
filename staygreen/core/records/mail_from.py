"""The MX record of a custom MAIL FROM domain: where bounces and complaints go back to SES.

Exactly one MX, preference 10: more make the set-up fail (SES Developer Guide, "Using a custom
MAIL FROM domain", verified 2026-11-24). The host's name, with the identity's own region in it,
and the SPF record `spf.AMAZON_SES` are what SES's console shows, as many users quote it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from staygreen.core.records.fault import Fault

_TEXT = re.compile(r"([0-9]{1,5}) +feedback-smtp\.([a-z0-9-]+)\.amazonses\.com\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFromMx:
    """The MX record data of a custom MAIL FROM domain."""

    region: str
    preference: int = 10

    def __str__(self) -> str:
        return f"{self.preference} feedback-smtp.{self.region}.amazonses.com"


def parse(text: str) -> MailFromMx | Fault:
    """Return what an MX record says of SES, or why it does not lead there."""
    match = _TEXT.fullmatch(text)
    if match is None:
        return Fault(0, "expected a preference and feedback-smtp.<region>.amazonses.com")
    if int(match[1]) > 0xFFFF:
        return Fault(0, "the preference is above 65535")
    return MailFromMx(region=match[2].lower(), preference=int(match[1]))
