"""Builds reports, whole or with faults, from documentation addresses and names."""

import base64
import gzip
import io
import zipfile
from collections.abc import Iterable

from staygreen.core.reports.read import reports
from staygreen.core.reports.report import AggregateReport, FailureReport, Refusal, Row, Rows, TlsReport

BEGIN, END = 1_790_812_800, 1_790_899_199
"""1 October 2026."""
NAMESPACE = "urn:ietf:params:xml:ns:dmarc-2.0"


def record(
    source_ip="192.0.2.10",
    count="3",
    *,
    evaluated="<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>",
    identifiers="<envelope_from>bounce.example.com</envelope_from><header_from>example.com</header_from>",
    results=(
        "<dkim><domain>example.com</domain><selector>s1</selector><result>pass</result></dkim>"
        "<spf><domain>bounce.example.com</domain><scope>mfrom</scope><result>pass</result></spf>"
    ),
    more="",
) -> str:
    return (
        f"<record><row><source_ip>{source_ip}</source_ip><count>{count}</count>"
        f"<policy_evaluated>{evaluated}</policy_evaluated></row><identifiers>{identifiers}</identifiers>"
        f"<auth_results>{results}</auth_results>{more}</record>"
    )


METADATA = (
    "<org_name>Receiver Example</org_name><email>dmarc@receiver.example</email><report_id>r-1</report_id>"
    f"<date_range><begin>{BEGIN}</begin><end>{END}</end></date_range>"
)
POLICY = "<domain>example.com</domain><adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct>"


def xml(
    *records: str,
    metadata: str = METADATA,
    policy: str = POLICY,
    lead: str = '<?xml version="1.0" encoding="UTF-8"?>\n',
    root: str = "<feedback>",
    end: str = "</feedback>\n",
) -> str:
    return (
        f"{lead}{root}<version>1.0</version><report_metadata>{metadata}</report_metadata>"
        f"<policy_published>{policy}</policy_published>{''.join(records or (record(),))}{end}"
    )


def zipped(*entries: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as file:
        for name, content in entries:
            file.writestr(name, content)
    return made.getvalue()


def part(content: bytes, kind: str = "application/gzip", name: str = "report.xml.gz", more: str = "") -> bytes:
    disposition = f'Content-Disposition: attachment; filename="{name}"\r\n' if name else ""
    head = f"Content-Type: {kind}\r\n{disposition}{more}Content-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + base64.encodebytes(content).replace(b"\n", b"\r\n")


def mail(*parts: bytes, kind: str = "multipart/mixed", sender: str = "dmarc@receiver.example") -> bytes:
    """A mail with a text for people and these parts."""
    text = b"Content-Type: text/plain; charset=utf-8\r\n\r\nThis is an aggregate report.\r\n"
    joined = b"".join(b"--b0undary\r\n" + each + b"\r\n" for each in (text, *parts))
    head = (
        f"Return-Path: <>\r\nReceived: from mx.receiver.example\r\nFrom: Reports <{sender}>\r\n"
        "To: dmarc@example.com\r\nSubject: Report Domain: example.com\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: {kind}; boundary=b0undary\r\n\r\n"
    )
    return head.encode() + joined + b"--b0undary--\r\n"


def mail_of_one_part(content: bytes, **changes: str) -> bytes:
    return b"From: dmarc@receiver.example\r\nSubject: Report\r\nMIME-Version: 1.0\r\n" + part(content, **changes)


Read = tuple[AggregateReport | TlsReport | FailureReport | Refusal, list[Row]]


def read(content: bytes | str | Iterable[bytes]) -> list[Read]:
    """Each report or refusal, with the rows that came before it."""
    if isinstance(content, str):
        content = content.encode()
    rows: list[Row] = []
    found: list[Read] = []
    for item in reports([content] if isinstance(content, bytes) else content):
        if isinstance(item, Rows):
            rows += item.rows
        else:
            found.append((item, rows))
            rows = []
    assert not rows, "rows without a report"
    return found


def only(content: bytes | str | Iterable[bytes]) -> Read:
    found = read(content)
    assert len(found) == 1, found
    return found[0]


def packed(content: str | bytes) -> bytes:
    return gzip.compress(content.encode() if isinstance(content, str) else content, mtime=0)
