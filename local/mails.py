"""Mails as others write them, for tests and the demo to let arrive."""

from __future__ import annotations

_REPORT = """From: staff@hotmail.com
To: jmrp@reports.example.com
Subject: complaint about message from {ip}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

A recipient reported this message.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Outlook-JMRP/2.0
Version: 1
Source-IP: {ip}
--b
Content-Type: text/rfc822-headers

From: News <news@example.com>
--b--
"""


def complaint_report(ip: str) -> str:
    """A header-only report that a message from an address was marked as spam (RFC 5965)."""
    return _REPORT.format(ip=ip)
