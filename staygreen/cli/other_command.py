"""Which command reads what another one was given by mistake."""

from __future__ import annotations

from staygreen.core.received import fields
from staygreen.core.replies import input_format
from staygreen.core.replies.delivery_event import Notice
from staygreen.core.replies.input_format import Form
from staygreen.core.reports.read import reports
from staygreen.core.reports.report import AggregateReport, FailureReport, Quality, TlsReport


def for_report(data: bytes) -> str:
    """A sentence where the bytes, or the first of them, hold a DMARC or TLS report; else empty."""
    for item in reports([data]):
        if isinstance(item, AggregateReport | TlsReport | FailureReport) and item.quality is not Quality.REFUSED:
            return "It holds a DMARC or TLS report, which `staygreen reports read FILE` reads."
    return ""


def for_reply(data: bytes) -> str:
    """A sentence where the bytes are a mail that tells of a refused message, or a complaint; else empty."""
    if input_format.form(data[: input_format.PEEK]) is not Form.MAIL:
        return ""
    if any(isinstance(item, Notice) for item in input_format.mailbox(data)):
        return "It tells of a refused message or a complaint, which `staygreen decode FILE` explains."
    return ""


def for_received(data: bytes) -> str:
    """A sentence where the bytes are a message as a recipient has it; else empty."""
    if not fields.read(data).of("received"):
        return ""
    return "It is a message without a reply in it: `staygreen read FILE` says how its receiver filed it."
