"""Reads the machine-readable fields of a failure report (RFC 9991, in the format of RFC 5965 and RFC 6591).

The message that it is about is never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from staygreen.core.reports import values
from staygreen.core.reports.faults import Faults
from staygreen.core.reports.report import FailureReport, Quality
from staygreen.core.reports.values import ValueFault

IN_WORDS = b"A message claiming to be from you has failed"
"""How reports begin that some systems write as text for people, without a feedback report."""
_LINE = re.compile(r"^[ \t]{0,20}([A-Za-z]{1,20}(?: [A-Za-z]{1,20}){0,4}):[ \t]{1,20}([^\r\n]{1,300})", re.MULTILINE)
_NAMES = {
    "sender domain": "reported-domain",
    "sender ip address": "source-ip",
    "received date": "arrival-date",
    "dmarc results": "delivery-result",
}
_WORD = re.compile(r"[A-Za-z0-9_.\-]{1,253}")


def is_authentication_failure(fields: Mapping[str, str]) -> bool:
    """Whether the fields of a feedback report are about authentication; a complaint is about something else."""
    return fields.get("feedback-type", "").strip().lower() in ("auth-failure", "dmarc-failure") or (
        "feedback-type" not in fields and "auth-failure" in fields
    )


def fields_in_words(text: str) -> dict[str, str]:
    """The fields of a report that is written as text for people; what follows, the message's headers, is left out."""
    lead = text.partition("detected.")[0]
    found = {name.lower(): value.strip() for name, value in _LINE.findall(lead)}
    return {_NAMES[name]: value for name, value in found.items() if name in _NAMES}


def read(fields: Mapping[str, str], submitter: str, faults: Faults) -> FailureReport:
    """The report of these fields, names in lower case."""
    source, fault = values.address(fields.get("source-ip", "").strip().split(" ")[0])
    if fault:
        faults.note("no source address" if "source-ip" not in fields else fault)
    arrival = _arrival(fields.get("arrival-date", "") or fields.get("received-date", ""))
    if arrival is None:
        faults.note("no arrival date")
    domain = _word(fields.get("reported-domain", ""))
    if not domain:
        faults.note("no reported domain")
    if source is None and not domain:
        return FailureReport(quality=Quality.REFUSED, reasons=("neither source address nor domain",))
    return FailureReport(
        quality=faults.quality,
        reasons=faults.reasons,
        reporter=submitter,
        arrival=arrival,
        source_ip=source,
        reported_domain=values.name(domain),
        auth_failure=_word(fields.get("auth-failure", "")).lower(),
        identity_alignment=fields.get("identity-alignment", "").strip().lower()[:100],
        delivery_result=_word(fields.get("delivery-result", "")).lower(),
        dkim_domain=values.name(_word(fields.get("dkim-domain", ""))),
        dkim_selector=_word(fields.get("dkim-selector", "")),
        spf_dns=fields.get("spf-dns", "").strip()[:500],
        mail_from_domain=_domain(fields.get("original-mail-from", "")),
        incidents=_incidents(fields.get("incidents", "")),
    )


def _arrival(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        pass
    try:
        return values.moment(text)[0]
    except (ValueFault, OverflowError):
        return None


def _word(text: str) -> str:
    found = _WORD.match(text.strip())
    return found[0] if found else ""


def _domain(address: str) -> str:
    return values.name(_word(address.strip().strip("<>").rpartition("@")[2]))


def _incidents(text: str) -> int:
    try:
        return max(1, values.count(text)[0])
    except ValueFault:
        return 1
