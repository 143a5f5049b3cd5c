"""TLS reports (RFC 8460) in the forms that reporters send."""

import gzip
import json

import pytest

from staygreen.core.reports.report import Quality, TlsReport
from tests.unit.reports.building import mail, only, part, read, zipped

FAILURE = {
    "result-type": "certificate-expired",
    "sending-mta-ip": "192.0.2.30",
    "receiving-mx-hostname": "mx1.example.com",
    "receiving-ip": "2001:db8::25",
    "failed-session-count": 100,
    "failure-reason-code": "expired",
}
POLICY = {
    "policy": {
        "policy-type": "sts",
        "policy-string": ["version: STSv1", "mode: enforce", "mx: *.example.com", "max_age: 86400"],
        "policy-domain": "example.com",
        "mx-host": ["*.example.com"],
    },
    "summary": {"total-successful-session-count": 5000, "total-failure-session-count": 100},
    "failure-details": [FAILURE],
}
REPORT = {
    "organization-name": "Receiver Example",
    "date-range": {"start-datetime": "2026-10-01T00:00:00Z", "end-datetime": "2026-10-01T23:59:59Z"},
    "contact-info": "tls@receiver.example",
    "report-id": "t-1",
    "policies": [POLICY],
}


def text(**changes: object) -> str:
    return json.dumps({**REPORT, **changes})


def policy(**changes: object) -> str:
    return text(policies=[{**POLICY, **changes}])


def without(table: dict, key: str) -> dict:
    return {name: value for name, value in table.items() if name != key}


WHOLE, REPAIRED, PARTIAL, REFUSED = Quality.WHOLE, Quality.REPAIRED, Quality.PARTIAL, Quality.REFUSED
TLSRPT = "application/tlsrpt+gzip"
REPORTS: dict[str, tuple[str | bytes, Quality]] = {
    "plain": (text(), WHOLE),
    "byte-order mark": (b"\xef\xbb\xbf" + text().encode(), WHOLE),
    "gzip": (gzip.compress(text().encode()), WHOLE),
    "mail": (mail(part(gzip.compress(text().encode()), TLSRPT, "r.json.gz"), kind="multipart/report"), WHOLE),
    "gzip by its type, JSON in truth": (mail(part(text().encode(), TLSRPT, "r.json.gz")), WHOLE),
    "JSON in a mail": (mail(part(text().encode(), "application/tlsrpt+json", "r.json")), WHOLE),
    "base64 of odd lines": (
        mail(part(text().encode(), "application/tlsrpt+json", "r.json").replace(b"\r\nI", b" \r\n\t\r\n I")),
        WHOLE,
    ),
    "zip": (zipped(("r.json", text().encode())), WHOLE),
    "contact null": (text(**{"contact-info": None}), WHOLE),
    "no policies": (text(policies=[]), WHOLE),
    "policies null": (text(policies=None), WHOLE),
    "no sending address": (policy(**{"failure-details": [without(FAILURE, "sending-mta-ip")]}), WHOLE),
    "empty texts": (policy(**{"failure-details": [{**FAILURE, "receiving-ip": "", "sending-mta-ip": ""}]}), WHOLE),
    "no policy domain": (policy(policy={"policy-type": "no-policy-found"}), WHOLE),
    "mx-host-pattern": (policy(policy={"policy-type": "sts", "mx-host-pattern": "*.example.com"}), WHOLE),
    "numbers as text": (policy(summary={"total-successful-session-count": "12"}), WHOLE),
    "negative number": (policy(summary={"total-failure-session-count": -1}), PARTIAL),
    "number of a fraction": (policy(summary={"total-failure-session-count": 1.5}), PARTIAL),
    "an address that is none": (policy(**{"failure-details": [{**FAILURE, "receiving-ip": "mx"}]}), REPAIRED),
    "begin after end": (
        text(**{"date-range": {"start-datetime": "2026-10-02T00:00:00Z", "end-datetime": "2026-10-01T00:00:00Z"}}),
        REPAIRED,
    ),
    "other bytes behind": (text() + "\n-- \nlist", REPAIRED),
    "zeros behind": (text() + "\0\0", WHOLE),
    "no period": (text(**{"date-range": None}), REFUSED),
    "cut": (text()[:-20], REFUSED),
    "another document": ('{"a": 1}', REFUSED),
}


@pytest.mark.parametrize("name", REPORTS)
def test_quality(name):
    content, quality = REPORTS[name]
    report, rows = only(content)
    assert isinstance(report, TlsReport)
    assert report.quality is quality, report.reasons
    assert (quality is WHOLE) == (not report.reasons)
    assert rows == []


def test_every_value():
    report, _ = only(text())
    (found,) = report.policies
    (failure,) = found.failures
    assert (report.org, report.report_id, report.contact) == ("Receiver Example", "t-1", "tls@receiver.example")
    assert report.begin.isoformat() == "2026-10-01T00:00:00+00:00"
    assert (found.type, found.domain, found.mx_hosts) == ("sts", "example.com", ("*.example.com",))
    assert (found.successful, found.failed, found.strings[1]) == (5000, 100, "mode: enforce")
    assert (failure.result, failure.sessions, failure.reason_code) == ("certificate-expired", 100, "expired")
    assert (str(failure.sending_mta_ip), str(failure.receiving_ip)) == ("192.0.2.30", "2001:db8::25")


@pytest.mark.parametrize("several", [f"[{text()}, {text()}]", f"{text()}\n{text()}\n", text() + text()])
def test_several_reports_in_one_text_are_several_reports(several):
    assert [item.quality for item, _ in read(several)] == [WHOLE, WHOLE]


def test_a_second_report_that_is_cut_makes_the_first_partial():
    ((report, _),) = read(text() + text()[:50])
    assert report.quality is PARTIAL


def test_the_pattern_of_mail_servers_is_read_under_both_names():
    assert only(REPORTS["mx-host-pattern"][0])[0].policies[0].mx_hosts == ("*.example.com",)
