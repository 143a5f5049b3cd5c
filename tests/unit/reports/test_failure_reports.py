"""Failure reports (RFC 9991): the machine-readable fields, and nothing of the message."""

import base64
import dataclasses

import pytest

from staygreen.core.reports.report import FailureReport, Quality, Refusal
from tests.unit.reports.building import mail, only

FIELDS = (
    "Feedback-Type: auth-failure\r\nUser-Agent: Reporter/1.0\r\nVersion: 1\r\n"
    "Original-Mail-From: <jane.roe@example.com>\r\nOriginal-Rcpt-To: <john.doe@receiver.example>\r\n"
    "Arrival-Date: Thu, 01 Oct 2026 10:00:00 +0200\r\nSource-IP: 192.0.2.44\r\nReported-Domain: example.com\r\n"
    "Auth-Failure: dkim\r\nDKIM-Domain: example.com\r\nDKIM-Selector: s1\r\nDelivery-Result: reject\r\n"
    "Identity-Alignment: none\r\nIncidents: 3\r\n"
)
SAMPLE = (
    b"Content-Type: message/rfc822\r\n\r\nFrom: Jane Roe <jane.roe@example.com>\r\nTo: john.doe@receiver.example\r\n"
    b"Subject: A secret\r\nContent-Type: text/plain\r\n\r\nThe secret itself.\r\n"
)


def report(fields: str = FIELDS, kind: str = "message/feedback-report") -> bytes:
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    return mail(head + fields.encode() + b"\r\n", SAMPLE, kind="multipart/report; report-type=feedback-report")


def without(name: str) -> bytes:
    return report("".join(line for line in FIELDS.splitlines(keepends=True) if not line.startswith(name)))


IN_WORDS = (
    "A message claiming to be from you has failed the published DMARC policy for your domain.\r\n\r\n"
    "  Sender Domain: example.com\r\n  Sender IP Address: 192.0.2.44\r\n"
    "  Received Date: Thu, 01 Oct 2026 10:00:00 +0200\r\n  SPF Alignment: no\r\n  DKIM Alignment: no\r\n"
    "  DMARC Results: Reject\r\n\r\n------ These headers were received before the error was detected.\r\n\r\n"
    "From: Jane Roe <jane.roe@example.com>\r\nSubject: A secret\r\nReceived Date: never\r\n"
)
REPORTS: dict[str, tuple[bytes, Quality]] = {
    "plain": (report(), Quality.WHOLE),
    "lines ended by line feeds": (report().replace(b"\r\n", b"\n"), Quality.WHOLE),
    "fields in a text part": (report(kind="text/plain"), Quality.WHOLE),
    "text before the fields": (report("A report follows.\r\n\r\n" + FIELDS, "text/plain"), Quality.WHOLE),
    "base64 that nothing announces": (report(base64.encodebytes(FIELDS.encode()).decode()), Quality.WHOLE),
    "in words": (mail(b"Content-Type: text/plain\r\n\r\n" + IN_WORDS.encode()), Quality.REPAIRED),
    "no arrival date": (without("Arrival-Date"), Quality.REPAIRED),
    "an arrival date that is none": (report(FIELDS.replace("Thu, 01 Oct 2026", "Never")), Quality.REPAIRED),
    "no source": (without("Source-IP"), Quality.REPAIRED),
    "no domain": (without("Reported-Domain"), Quality.REPAIRED),
    "neither source nor domain": (report("Feedback-Type: auth-failure\r\n"), Quality.REFUSED),
}


@pytest.mark.parametrize("name", REPORTS)
def test_quality(name):
    content, quality = REPORTS[name]
    found, _ = only(content)
    assert isinstance(found, FailureReport)
    assert found.quality is quality, found.reasons
    assert (quality is Quality.WHOLE) == (not found.reasons)


def test_every_value():
    found, _ = only(report())
    assert (str(found.source_ip), found.reported_domain, found.auth_failure) == ("192.0.2.44", "example.com", "dkim")
    assert (found.dkim_domain, found.dkim_selector, found.delivery_result) == ("example.com", "s1", "reject")
    assert (found.reporter, found.mail_from_domain, found.incidents) == ("receiver.example", "example.com", 3)
    assert found.arrival.isoformat() == "2026-10-01T08:00:00+00:00"


@pytest.mark.parametrize("name", REPORTS)
def test_no_person_and_nothing_of_the_message_is_kept(name):
    found, _ = only(REPORTS[name][0])
    kept = repr(dataclasses.asdict(found))
    for private in ("jane.roe", "john.doe", "secret"):
        assert private not in kept


def test_a_report_in_words_has_the_same_fields():
    found, _ = only(REPORTS["in words"][0])
    assert (str(found.source_ip), found.reported_domain, found.delivery_result) == (
        "192.0.2.44",
        "example.com",
        "reject",
    )
    assert found.arrival.isoformat() == "2026-10-01T08:00:00+00:00"


def test_line_ends_in_values_do_not_stay():
    found, _ = only(report(FIELDS.replace("Identity-Alignment: none", "Identity-Alignment: dkim,\r\n spf")))
    assert found.identity_alignment == "dkim, spf"


def test_a_complaint_is_no_failure_report():
    found, _ = only(report(FIELDS.replace("auth-failure", "abuse")))
    assert isinstance(found, Refusal)
    assert "abuse" in found.reason
