"""The MX record of a custom MAIL FROM domain: where bounces and complaints go back to SES.

SES developer guide, "Using a custom MAIL FROM domain" (recalled, not yet verified): exactly
one MX, preference 10, the feedback host of the identity's own region. Its SPF
record is `spf.AMAZON_SES`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lambdas.core.records.fault import Fault

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
