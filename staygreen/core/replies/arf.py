"""Complaints by mail: RFC 5965 reports, header-only since 2026, and Outlook.com's older format.

A complaint charges the address that sent. Recipients are not mapped back: a
report is easily forged, so it never suppresses anybody.

Sources: RFC 5965; Microsoft's JMRP notes of 2026-03-09; verified 2026-11-23.
"""

from __future__ import annotations

import ipaddress
import re

from staygreen.core.replies import mime
from staygreen.core.replies.delivery_event import Item, Kind, Notice

_SUBJECT_IP = re.compile(r"complaint about message from \[?([0-9A-Fa-f.:]{3,45})", re.IGNORECASE)


CHARGING = frozenset({"abuse", "fraud", "virus", "opt-out", "opt-out-list", "other"})
"""Feedback types that speak against the sender (RFC 5965 section 7.3 and its registry): an ``auth-failure`` report
(RFC 6591) is about somebody who used our name, ``not-spam`` is for us."""


def complaint(data: bytes) -> Item | None:
    """The complaint that a message is, or None when it is none; a report that charges nobody is told apart."""
    fields, _ = mime.split(data)
    leaves = list(mime.parts(data))
    report = next((text for part in leaves if (text := _report(part))), "")
    if report:
        return _feedback(mime.headers(report.encode("utf-8", "replace")), _original(leaves))
    subject = _SUBJECT_IP.search(fields.get("subject", ""))
    original = _original(leaves)
    if subject or "x-hmxmroriginalrecipient" in original:
        return _old(subject[1] if subject else "", original)
    return None


def _report(part: mime.Part) -> str:
    """The fields of a feedback report, also where a relay has taken its media type away."""
    if part.kind == "message/feedback-report":
        return part.content()
    if part.kind == "text/plain" and mime.holds_feedback(part.body[:4096]):
        text = part.content()
        return text[text.lower().find("feedback-type:") :].split("\n\n", 1)[0]
    return ""


def _original(leaves: list[mime.Part]) -> dict[str, str]:
    """Header fields of the message complained about."""
    for part in leaves:
        if part.kind in ("message/rfc822", "text/rfc822-headers"):
            return mime.headers(part.body.lstrip(b"\r\n"))
    return {}


def _feedback(report: dict[str, str], original: dict[str, str]) -> Item:
    agent = report.get("user-agent", "")
    kind = report.get("feedback-type", "abuse").strip().lower()
    if kind not in CHARGING:
        return _feedback_on_nobody(report, kind[:60])
    domain = _domain(original.get("from", "")) or report.get("reported-domain") or None
    return Notice(
        kind=Kind.COMPLAINT,
        source="arf",
        text=f"Complaint ({kind}) reported by {agent or 'an unnamed programme'}",
        ip=_ip(report.get("source-ip", "")),
        domain=domain,
    )


def _feedback_on_nobody(report: dict[str, str], kind: str) -> Notice:
    """What a report says that is not against the sender; an ``auth-failure`` names what failed (RFC 6591, 3.1)."""
    failed = report.get("auth-failure", "").strip()[:60]
    agent = report.get("user-agent", "") or "an unnamed programme"
    return Notice(
        kind=Kind.FEEDBACK,
        source="arf",
        text=f"Feedback ({kind}{f', {failed}' if failed else ''}) reported by {agent}",
        ip=_ip(report.get("source-ip", "")),
        domain=report.get("reported-domain", "").strip().lower() or None,
    )


def _old(ip: str, original: dict[str, str]) -> Notice:
    return Notice(
        kind=Kind.COMPLAINT,
        source="jmrp",
        text="Complaint (abuse) reported by Microsoft's Junk Mail Reporting Program, older format",
        ip=_ip(ip),
        domain=_domain(original.get("from", "")),
    )


def _domain(sender: str) -> str | None:
    _, at, name = sender.rpartition("@")
    word = name.strip().strip(">").rstrip(".").lower()
    return word if at and "." in word else None


def _ip(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text.strip().strip("[]")))
    except ValueError:
        return None
