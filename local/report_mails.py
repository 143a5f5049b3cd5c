"""DMARC and TLS reports as reporters mail them, for tests, benchmarks and the demo to let arrive."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

Rows = Sequence[tuple[str, int]]
_DAY = date(2026, 11, 23)
_RECORD = """<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated>
<disposition>none</disposition><dkim>{dkim}</dkim><spf>fail</spf></policy_evaluated></row>
<identifiers><header_from>{header_from}</header_from></identifiers><auth_results>
<dkim><domain>{header_from}</domain><selector>{selector}</selector><result>{dkim}</result></dkim>
</auth_results></record>
"""
_REPORT = """<?xml version="1.0"?>
<feedback><report_metadata><org_name>{org}</org_name><email>noreply@{org}</email>
<report_id>{identifier}</report_id><date_range><begin>{begin}</begin><end>{end}</end></date_range></report_metadata>
<policy_published><domain>{domain}</domain><p>none</p></policy_published>
{records}</feedback>
"""
_MAIL = """From: noreply@{org}
To: dmarc@reports.example.com
Subject: Report Domain: example.com Submitter: {org} Report-ID: {identifier}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain

A report.
--b
Content-Type: {kind}; name="{name}"
Content-Disposition: attachment; filename="{name}"
Content-Transfer-Encoding: base64

{content}
--b--
"""
_FAILURE = """From: noreply@{org}
To: ruf@reports.example.com
Subject: failed
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: message/feedback-report

Feedback-Type: auth-failure
User-Agent: Reporter/1.0
Version: 1
Original-Rcpt-To: victim@example.net
Source-IP: 192.0.2.7
Arrival-Date: Mon, 23 Nov 2026 10:00:00 +0000
Reported-Domain: example.com
Auth-Failure: dmarc
Delivery-Result: delivered
--b
Content-Type: message/rfc822

From: shop@example.com
To: victim@example.net
Subject: a secret offer
--b--
"""


def aggregate_xml(
    *,
    rows: Rows = (("192.0.2.1", 5),),
    domain: str = "example.com",
    header_from: str = "",
    identifier: str = "1",
    org: str = "reporter.example",
    day: date = _DAY,
    dkim: str = "pass",
    selector: str = "k1",
) -> str:
    """An aggregate report about one day: messages by address, all signed alike."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    records = "".join(
        _RECORD.format(ip=ip, count=count, header_from=header_from or domain, dkim=dkim, selector=selector)
        for ip, count in rows
    )
    return _REPORT.format(
        org=org,
        identifier=identifier,
        begin=int(begin.timestamp()),
        end=int((begin + timedelta(days=1, seconds=-1)).timestamp()),
        domain=domain,
        records=records,
    )


def aggregate_mail(
    *,
    xml: str = "",
    plain: str = "",
    rows: Rows = (("192.0.2.1", 5),),
    identifier: str = "1",
    org: str = "reporter.example",
    day: date = _DAY,
    domain: str = "example.com",
) -> str:
    """The mail of an aggregate report.

    Args:
        xml: The report; empty: made of the rest.
        plain: Put behind the report, which is then not compressed.
        rows: Messages by address.
        identifier: The report's id.
        org: Who reports.
        day: The day that it is about.
        domain: The policy domain.
    """
    text = xml or aggregate_xml(rows=rows, identifier=identifier, org=org, day=day, domain=domain)
    content = (text + plain).encode() if plain else gzip.compress(text.encode(), mtime=0)
    kind, name = ("text/xml", "report.xml") if plain else ("application/gzip", "report.xml.gz")
    return _MAIL.format(org=org, identifier=identifier, kind=kind, name=name, content=_base64(content))


def tls_mail(*, identifier: str = "1", org: str = "reporter.example", failed: int = 3, day: date = _DAY) -> str:
    """The mail of a TLS report about sessions with the mail exchangers of example.com."""
    report = {
        "organization-name": org,
        "date-range": {"start-datetime": f"{day}T00:00:00Z", "end-datetime": f"{day}T23:59:59Z"},
        "contact-info": f"noreply@{org}",
        "report-id": identifier,
        "policies": [
            {
                "policy": {"policy-type": "sts", "policy-string": ["mode: enforce"], "policy-domain": "example.com"},
                "summary": {"total-successful-session-count": 40, "total-failure-session-count": failed},
                "failure-details": [{"result-type": "certificate-expired", "failed-session-count": failed}],
            }
        ],
    }
    content = gzip.compress(json.dumps(report).encode(), mtime=0)
    kind, name = "application/tlsrpt+gzip", "report.json.gz"
    return _MAIL.format(org=org, identifier=identifier, kind=kind, name=name, content=_base64(content))


def failure_mail(org: str = "reporter.example") -> str:
    """The mail of a failure report, with the headers of a person's message."""
    return _FAILURE.format(org=org)


def _base64(content: bytes) -> str:
    return base64.encodebytes(content).decode().strip()
