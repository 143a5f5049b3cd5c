"""Every form in which reports were seen, each with the quality that it gets and the rows that it holds."""

import gzip
import html
import quopri
import zlib
from pathlib import Path

import pytest

from staygreen.core.reports.report import Quality
from tests.unit.reports.building import (
    BEGIN,
    END,
    METADATA,
    NAMESPACE,
    POLICY,
    mail,
    mail_of_one_part,
    only,
    packed,
    part,
    read,
    record,
    xml,
    zipped,
)

WHOLE, REPAIRED, PARTIAL, REFUSED = "whole", "repaired", "partial", "refused"
SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "dmarc"
SCHEMA = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://dmarc.org/dmarc-xml/0.1">'
LATIN = record(results="<dkim><domain>example.com</domain><selector>caf\xe9</selector><result>pass</result></dkim>")
ROWS = (record("192.0.2.1"), record("192.0.2.2"), record("192.0.2.3"))


def dated(begin: object, end: object) -> str:
    return METADATA.replace(f"<begin>{BEGIN}</begin>", f"<begin>{begin}</begin>").replace(
        f"<end>{END}</end>", f"<end>{end}</end>"
    )


def prefixed(text: str) -> str:
    return text.replace("</", "<\1").replace("<", "<d:").replace("<d:\1", "</d:").replace("<d:?xml", "<?xml")


REPORTS: dict[str, tuple[str | bytes, str, int]] = {
    # name: content, quality, rows
    "plain": (xml(), WHOLE, 1),
    "header and root on one line": (xml(lead='<?xml version="1.0"?>'), WHOLE, 1),
    "no declaration": (xml(lead=""), WHOLE, 1),
    "blank lines before the declaration": ("\n\n  " + xml(), WHOLE, 1),
    "spread over lines": (xml().replace("><", ">\r\n\t<"), WHOLE, 1),
    "three records": (xml(*ROWS), WHOLE, 3),
    "RFC 9990 namespace": (xml(root=f'<feedback xmlns="{NAMESPACE}">'), WHOLE, 1),
    "old namespace": (xml(root='<feedback xmlns="http://dmarc.org/dmarc-xml/0.1">'), WHOLE, 1),
    "unknown namespace": (xml(root='<feedback xmlns="urn:example:reports">'), WHOLE, 1),
    "prefixed namespace": (prefixed(xml(*ROWS, root=f'<feedback xmlns:d="{NAMESPACE}">')), WHOLE, 3),
    "prefix on the root alone": (
        xml(*ROWS, root='<r:feedback xmlns:r="http://dmarc.org/dmarc-xml/0.1">', end="</r:feedback>"),
        WHOLE,
        3,
    ),
    "schema instance attributes": (
        xml(root='<feedback xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b">'),
        WHOLE,
        1,
    ),
    "schema around the report": (xml(root=f"{SCHEMA}<feedback>", end="</feedback></xs:schema>"), REPAIRED, 1),
    "schema tag never closed": (xml(*ROWS, root=f"{SCHEMA}<feedback>"), REPAIRED, 3),
    "schema tag closed alone": (xml(*ROWS, end="</xs:schema></feedback>"), REPAIRED, 3),
    "no records": (xml("").replace(record(), ""), WHOLE, 0),
    "no auth_results": (xml(record().partition("<auth_results>")[0] + "</record>"), WHOLE, 1),
    "empty auth_results": (xml(record(results="")), WHOLE, 1),
    "empty SPF domain": (xml(record(results="<spf><domain/><result>none</result></spf>")), WHOLE, 1),
    "no SPF": (xml(record(results="<dkim><domain>a.example</domain><result>pass</result></dkim>")), WHOLE, 1),
    "empty reason": (xml(record(evaluated="<disposition>none</disposition><reason/>")), WHOLE, 1),
    "reason of empty elements": (
        xml(record(evaluated="<disposition>none</disposition><reason><type/><comment/></reason>")),
        WHOLE,
        1,
    ),
    "text in a reason": (xml(record(evaluated="<reason>mailing list</reason>")), WHOLE, 1),
    "no p": (xml(policy="<domain>example.com</domain>"), WHOLE, 1),
    "no policy domain": (xml(policy="<p>none</p>"), PARTIAL, 1),
    "no report id": (xml(metadata=METADATA.replace("<report_id>r-1</report_id>", "")), REPAIRED, 1),
    "an empty organization": (
        xml(metadata=METADATA.replace("Receiver Example", "").replace("<report_id>r-1</report_id>", "<report_id/>")),
        REPAIRED,
        1,
    ),
    "no organization": (xml(metadata=METADATA.replace("<org_name>Receiver Example</org_name>", "")), REPAIRED, 1),
    "identities of old drafts": (xml().replace("identifiers>", "identities>"), WHOLE, 1),
    "no source address": (xml(record().replace("<source_ip>192.0.2.10</source_ip>", ""), record()), REPAIRED, 2),
    "a source address that is none": (xml(record("unknown")), REPAIRED, 1),
    "zeros in an address": (xml(record("192.000.002.010")), REPAIRED, 1),
    "blanks around address and count": (xml(record(" 192.0.2.10\n", "\t3 ")), WHOLE, 1),
    "address in brackets": (xml(record("[192.0.2.10]")), WHOLE, 1),
    "mapped address": (xml(record("::ffff:192.0.2.10")), WHOLE, 1),
    "100 signatures": (xml(record(results="<dkim><domain>a.example</domain></dkim>" * 100)), WHOLE, 1),
    "101 signatures": (xml(record(results="<dkim><domain>a.example</domain></dkim>" * 101)), PARTIAL, 1),
    "a long value": (xml(record(results=f"<dkim><selector>{'s' * 9000}</selector></dkim>")), REPAIRED, 1),
    "header_from twice": (
        xml(record(identifiers="<header_from>example.com</header_from><header_from>b.example</header_from>")),
        REPAIRED,
        1,
    ),
    "count zero": (xml(record(count="0")), WHOLE, 1),
    "negative count": (xml(record(count="-3"), record()), PARTIAL, 1),
    "count beyond belief": (xml(record(count="1" + "0" * 20), record()), PARTIAL, 1),
    "count of ten thousand digits": (xml(record(count="9" * 10_000), record()), PARTIAL, 1),
    "no count": (xml(record(count=""), record()), PARTIAL, 1),
    "count with a point": (xml(record(count="3.0")), REPAIRED, 1),
    "begin after end": (xml(metadata=dated(END, BEGIN)), REPAIRED, 1),
    "milliseconds": (xml(metadata=dated(BEGIN * 1000, END * 1000)), REPAIRED, 1),
    "ISO dates": (xml(metadata=dated("2026-10-01T00:00:00Z", "2026-10-01 23:59:59")), REPAIRED, 1),
    "seconds with a fraction": (xml(metadata=dated(f"{BEGIN}.0", f"{END}.5")), WHOLE, 1),
    "seven days": (xml(metadata=dated(BEGIN, BEGIN + 7 * 86_400)), WHOLE, 1),
    "another time zone's day": (xml(metadata=dated(BEGIN + 25_200, END + 25_200)), WHOLE, 1),
    "ten years": (xml(metadata=dated(BEGIN - 10 * 366 * 86_400, END)), REFUSED, 0),
    "no period": (xml(metadata=METADATA.partition("<date_range>")[0]), REFUSED, 0),
    "a period in words": (xml(metadata=dated("yesterday", "today")), REFUSED, 0),
    "byte-order mark": (b"\xef\xbb\xbf" + xml().encode(), WHOLE, 1),
    "UTF-16": (xml(lead='<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16"), WHOLE, 1),
    "UTF-16 without a mark": (xml(lead="").encode("utf-16-be"), WHOLE, 1),
    "UTF-16 declared, UTF-8 in truth": (xml(lead='<?xml version="1.0" encoding="UTF-16"?>'), WHOLE, 1),
    "Latin-1": (xml(LATIN, lead='<?xml version="1.0" encoding="ISO-8859-1"?>').encode("latin-1"), WHOLE, 1),
    "Windows charset": (xml(LATIN, lead='<?xml version="1.0" encoding="windows-1252"?>').encode("cp1252"), WHOLE, 1),
    "bytes outside the charset": (xml(LATIN).encode("latin-1"), REPAIRED, 1),
    "UTF-8 declared as ASCII": (xml(LATIN, lead='<?xml version="1.0" encoding="us-ascii"?>').encode(), WHOLE, 1),
    "a charset that nobody knows": (xml(lead='<?xml version="1.0" encoding="x-none"?>'), REPAIRED, 1),
    "control characters": (xml(record(), record(results="<spf><domain>a\x0b.example</domain></spf>")), REPAIRED, 2),
    "reference to no character": (xml(record(results="<spf><domain>a&#0;.example</domain></spf>")), REPAIRED, 1),
    "lone ampersand": (xml(metadata=METADATA.replace("r-1", "r&1")), REPAIRED, 1),
    "lone bracket": (xml(record(identifiers="<header_from>a<b.example</header_from>")), REPAIRED, 1),
    "address in brackets in the header": (
        xml(metadata=METADATA.replace("dmarc@receiver.example", "<dmarc@receiver.example>")),
        REPAIRED,
        1,
    ),
    "a record that cannot be read": (xml(ROWS[0], "<record><row></record></row></record>", ROWS[2]), PARTIAL, 2),
    "cut in the third record": (xml(*ROWS).partition("192.0.2.3")[0], PARTIAL, 2),
    "cut after the records": (xml(*ROWS, end=""), PARTIAL, 3),
    "cut in the header": (xml().partition("<policy_published>")[0], PARTIAL, 0),
    "cut before the period": (xml().partition("<date_range>")[0], REFUSED, 0),
    "other bytes after the end": (xml() + "-- \nmailing list", REPAIRED, 1),
    "other bytes after a prefixed report": (
        prefixed(xml(*ROWS, root=f'<feedback xmlns:d="{NAMESPACE}">')) + "--",
        REPAIRED,
        3,
    ),
    "zeros after the end": (xml() + "\0\0\n", WHOLE, 1),
    "HTML-escaped": (f"<html><body><pre>{html.escape(xml(*ROWS))}</pre></body></html>", REPAIRED, 3),
    "extension with elements of the same names": (
        xml(
            record(
                more='<x:detail xmlns:x="urn:x"><x:source_ip>203.0.113.9</x:source_ip><x:count>9</x:count></x:detail>'
            ),
            root=f'<feedback xmlns="{NAMESPACE}"><extension><row xmlns="urn:x"><count>7</count></row></extension>',
        ),
        WHOLE,
        1,
    ),
    "extension without a namespace": (
        xml(root="<feedback><extension><record><row><count>7</count></row></record></extension>"),
        WHOLE,
        1,
    ),
    "comment around a record": (xml(ROWS[0], f"<!-- {ROWS[1]} -->", ROWS[2]), WHOLE, 2),
    "CDATA that holds a record's end": (
        xml(ROWS[0], record(results="<spf><domain><![CDATA[</record><record>]]></domain></spf>"), ROWS[2]),
        WHOLE,
        3,
    ),
    "gzip": (packed(xml()), WHOLE, 1),
    "gzip with a name": (
        packed(xml())[:3] + b"\x08" + packed(xml())[4:10] + b"a!b.xml\0" + packed(xml())[10:],
        WHOLE,
        1,
    ),
    "gzip in gzip": (packed(packed(xml())), WHOLE, 1),
    "gzip of two members": (packed(xml()[:200]) + packed(xml()[200:]), WHOLE, 1),
    "gzip cut": (packed(xml(*ROWS * 50))[:-90], PARTIAL, None),
    "gzip without its checksum": (packed(xml())[:-8], REPAIRED, 1),
    "gzip with a wrong checksum": (packed(xml())[:-8] + b"\1\2\3\4" + packed(xml())[-4:], REPAIRED, 1),
    "gzip with a wrong length": (packed(xml())[:-4] + b"\1\2\3\4", REPAIRED, 1),
    "bytes after gzip": (packed(xml()) + b"trailing", REPAIRED, 1),
    "line end after gzip": (packed(xml()) + b"\r\n", WHOLE, 1),
    "zlib stream": (zlib.compress(xml().encode()), WHOLE, 1),
    "zip": (zipped(("report.xml", xml().encode())), WHOLE, 1),
    "zip, stored": (zipped(("report.xml", xml().encode()), compression=0), WHOLE, 1),
    "zip with a directory first": (zipped(("reports/", b""), ("reports/r.xml", xml().encode())), WHOLE, 1),
    "zip from macOS": (
        zipped(("__MACOSX/._r.xml", b"\0\5\26\7"), (".DS_Store", b"x"), ("r.xml", xml().encode())),
        WHOLE,
        1,
    ),
    "zip of gzip": (zipped(("r.xml.gz", packed(xml()))), WHOLE, 1),
    "zip without its directory": (zipped(("r.xml", xml().encode())).partition(b"PK\1\2")[0], WHOLE, 1),
    "mail with gzip": (mail(part(packed(xml()))), WHOLE, 1),
    "mail of one part": (mail_of_one_part(packed(xml())), WHOLE, 1),
    "octet-stream": (mail(part(packed(xml()), "application/octet-stream", "report.xml.gz")), WHOLE, 1),
    "x-gzip": (mail(part(packed(xml()), "application/x-gzip")), WHOLE, 1),
    "gzip as text/plain": (mail(part(packed(xml()), "text/plain", "report.txt")), WHOLE, 1),
    "zip announced, gzip inside": (mail(part(packed(xml()), "application/zip", "report.zip")), WHOLE, 1),
    "gzip announced, XML inside": (mail(part(xml().encode(), "application/gzip")), WHOLE, 1),
    ".xml.zip by name, gzip by bytes": (
        mail(part(packed(xml()), "application/x-zip-compressed", "r.xml.zip")),
        WHOLE,
        1,
    ),
    "no name at all": (mail(part(packed(xml()), "application/gzip", "")), WHOLE, 1),
    "name over several parameters": (
        mail(
            part(
                packed(xml()),
                "application/octet-stream",
                "",
                'Content-Disposition: attachment; filename*0="receiver.example!example.com!1!";\r\n'
                ' filename*1="2.xml.gz"\r\n',
            )
        ),
        WHOLE,
        1,
    ),
    "ContentType without a hyphen": (
        mail(part(packed(xml())).replace(b"Content-Type:", b"ContentType:")),
        WHOLE,
        1,
    ),
    "no transfer encoding named": (
        mail(part(packed(xml())).replace(b"Content-Transfer-Encoding: base64\r\n", b"")),
        WHOLE,
        1,
    ),
    "multipart/alternative": (mail(part(packed(xml())), kind="multipart/alternative"), WHOLE, 1),
    "multipart/report": (mail(part(packed(xml())), kind="multipart/report"), WHOLE, 1),
    "mail in a mail": (
        mail(b"Content-Type: message/rfc822\r\n\r\n" + mail(part(packed(xml()))).replace(b"b0undary", b"inner")),
        WHOLE,
        1,
    ),
    "mail attached in base64": (mail(part(mail(part(packed(xml()))), "message/rfc822", "report.eml")), WHOLE, 1),
    "mail without its last delimiter": (mail(part(packed(xml()))).replace(b"--b0undary--\r\n", b""), WHOLE, 1),
    "mail with another boundary than announced": (
        mail(part(packed(xml()))).replace(b"boundary=b0undary", b"boundary=x"),
        WHOLE,
        1,
    ),
    "XML part, 8 bit": (
        mail(b"Content-Type: text/xml\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + xml().encode()),
        WHOLE,
        1,
    ),
    "XML part, quoted-printable": (
        mail(
            b"Content-Type: application/xml\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            + quopri.encodestring(xml().encode())
        ),
        WHOLE,
        1,
    ),
    "XML as the body": (
        b"From: dmarc@receiver.example\r\nSubject: Report\r\nContent-Type: text/plain\r\n\r\n" + xml().encode(),
        WHOLE,
        1,
    ),
    "escaped XML in a body": (
        b"From: dmarc@receiver.example\nSubject: Report\nContent-Type: text/html\n\n<html><pre>"
        + html.escape(xml()).encode()
        + b"</pre></html>",
        REPAIRED,
        1,
    ),
    "long header fields first": (
        b"".join(b"X-Field-%d: %s\r\n" % (number, b"v" * 900) for number in range(20)) + mail(part(packed(xml()))),
        WHOLE,
        1,
    ),
    "lines ended by line feeds alone": (mail(part(packed(xml()))).replace(b"\r\n", b"\n"), WHOLE, 1),
    "mbox of one": (b"From dmarc@receiver.example Thu Oct  1 00:00:00 2026\n" + mail(part(packed(xml()))), WHOLE, 1),
    "base64 without a mail": (part(packed(xml())).partition(b"\r\n\r\n")[2], WHOLE, 1),
    # nothing to read
    "empty": (b"", REFUSED, 0),
    "blanks": (b" \r\n\0", REFUSED, 0),
    "empty root": ("<feedback/>", REFUSED, 0),
    "no root": ('<?xml version="1.0"?>\n', REFUSED, 0),
    "the word unused": (b"unused\n", REFUSED, 0),
    "a mail that says unused": (mail_of_one_part(b"unused", kind="text/plain", name=""), REFUSED, 0),
    "another root": ("<rss><channel/></rss>", REFUSED, 0),
    "another document": (b"%PDF-1.7 and so on", REFUSED, 0),
    "a message of Outlook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), REFUSED, 0),
    "a mail without a report": (mail(), REFUSED, 0),
    "empty zip": (zipped(), REFUSED, 0),
    "encrypted zip": (zipped(("r.xml", b"x"))[:6] + b"\1\0" + zipped(("r.xml", b"x"))[8:], REFUSED, 0),
    "document type": (xml(lead='<!DOCTYPE feedback [<!ENTITY a "b">]>'), REFUSED, 0),
    "default attributes by a document type": (
        xml(lead='<!DOCTYPE feedback [<!ATTLIST count a CDATA "b">]>'),
        REFUSED,
        0,
    ),
}


@pytest.mark.parametrize("name", REPORTS)
def test_quality_and_number_of_rows(name):
    content, quality, rows = REPORTS[name]
    report, found = only(content)
    got = getattr(report, "quality", Quality.REFUSED).value
    reasons = getattr(report, "reasons", None) or (getattr(report, "reason", ""),)
    assert got == quality, reasons
    assert (quality == WHOLE) == (not any(reasons)), "every quality but whole has a reason"
    if rows is not None and quality != REFUSED:
        assert len(found) == rows == report.rows
        assert sum(row.messages for row in found) == report.messages


@pytest.mark.parametrize("name", REPORTS)
def test_chunks_of_any_size_read_the_same(name):
    content = REPORTS[name][0]
    data = content.encode() if isinstance(content, str) else content
    at_once = read(data)
    for size in (1, 7, 1000):
        assert read([data[at : at + size] for at in range(0, len(data), size)]) == at_once


def test_every_value_of_a_record():
    evaluated = (
        "<disposition>Quarantine</disposition><dkim>Pass</dkim><spf>FAIL</spf>"
        "<reason><type>Local_Policy</type><comment>arc=pass</comment></reason><reason><type>other</type></reason>"
    )
    identifiers = (
        "<envelope_to>Receiver.example.</envelope_to><envelope_from></envelope_from>"
        "<header_from>News.Example.COM</header_from>"
    )
    results = (
        "<dkim><domain>Example.com</domain><selector>S1</selector><result>hardfail</result></dkim>"
        "<dkim><domain></domain><selector/><result>fail</result></dkim>"
        "<spf><domain>a.example</domain><scope>HELO</scope><result>unknown</result></spf>"
        "<spf><domain>b.example</domain><result>error</result></spf>"
    )
    _, (row,) = only(xml(record("2001:DB8::10", "12", evaluated=evaluated, identifiers=identifiers, results=results)))
    said = row.evidence
    assert (str(row.source_ip), row.messages) == ("2001:db8::10", 12)
    assert (said.header_from, said.envelope_from, said.envelope_to) == ("news.example.com", "", "receiver.example")
    assert (said.disposition, said.eval_dkim, said.eval_spf) == ("quarantine", "pass", "fail")
    assert said.reasons == (("local_policy", "arc=pass"), ("other", ""))
    assert said.dkim == (("example.com", "S1", "fail"), ("", "", "fail"))
    assert said.spf == (("a.example", "helo", "permerror"), ("b.example", "", "temperror"))


def test_a_missing_envelope_sender_is_not_an_empty_one():
    (_, (row,)) = only(xml(record(identifiers="<header_from>example.com</header_from>")))
    assert row.evidence.envelope_from is None


def test_the_header_of_a_report():
    policy = POLICY.replace(
        "<pct>100</pct>", "<np>reject</np><testing>y</testing><discovery_method>treewalk</discovery_method>"
    )
    report, _ = only(xml(policy=policy, root=f'<feedback xmlns="{NAMESPACE}">'))
    assert (report.org, report.report_id, report.policy.domain) == ("Receiver Example", "r-1", "example.com")
    assert (report.begin.timestamp(), report.end.timestamp()) == (BEGIN, END)
    assert (report.policy.np, report.policy.testing, report.policy.discovery) == ("reject", "y", "treewalk")
    assert report.generation.value == "rfc9990"
    assert only(xml())[0].generation.value == "rfc7489"


def test_an_id_with_odd_characters_is_kept_whole():
    report, _ = only(xml(metadata=METADATA.replace("r-1", "a&b\x01c\xe9")).encode("latin-1"))
    assert report.report_id == "a&bc�"


@pytest.mark.parametrize(
    "content",
    [
        zipped(("a.xml", xml().encode()), ("b.xml", xml(*ROWS).encode())),
        mail(part(packed(xml())), part(packed(xml(*ROWS)))),
        xml() + xml(*ROWS),
        packed(xml()) + packed(xml(*ROWS)),
        b"".join(b"From a@receiver.example\n" + mail(part(packed(each))) + b"\n" for each in (xml(), xml(*ROWS))),
        mail(part(zipped(("a.xml", xml().encode()), ("b.xml", xml(*ROWS).encode())), "application/zip", "two.zip")),
    ],
    ids=["zip", "mail", "one text", "gzip members", "mbox", "zip in a mail"],
)
def test_two_reports_in_one_thing_are_two_reports(content):
    assert [len(rows) for _, rows in read(content)] == [1, 3]


def test_what_is_no_report_in_a_zip_does_not_hide_the_report_beside_it():
    found = read(zipped(("readme.txt", b"hello"), ("r.xml", xml().encode()), ("s.xml", b"<rss/>")))
    assert [getattr(item, "quality", Quality.REFUSED).value for item, _ in found] == [REFUSED, WHOLE, REFUSED]


def test_the_same_report_keeps_its_identity_and_another_period_does_not():
    first, again = (only(content)[0] for content in (xml(), packed(xml(*ROWS))))
    other, by_mail = (only(content)[0] for content in (xml(metadata=dated(BEGIN, END - 1)), mail(part(packed(xml())))))
    assert first.identity == again.identity
    assert len({first.identity, other.identity, by_mail.identity}) == 3


def test_the_domain_that_sent_a_mail_is_its_submitter():
    assert only(mail(part(packed(xml()))))[0].submitter == "receiver.example"
    assert only(mail(part(packed(xml())), sender="a@receiver.example>, b <b@other.example"))[0].submitter == ""


def test_what_stands_before_damage_is_read():
    """zlib gives nothing of the bytes that it got together with the damaged one."""
    squeezer = zlib.compressobj(6, zlib.DEFLATED, 31)
    head, _, tail = xml("@@", record("192.0.2.9")).partition("@@")
    whole = squeezer.compress((head + "".join(ROWS)).encode()) + squeezer.flush(zlib.Z_FULL_FLUSH)
    damaged = whole + b"\xff" * 50 + squeezer.compress(tail.encode()) + squeezer.flush()
    report, rows = only(damaged)
    assert report.quality is Quality.PARTIAL
    assert [str(row.source_ip) for row in rows] == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


def test_gzip_that_does_not_end_is_partial_for_one_reason():
    report, _ = only(gzip.compress(xml(*ROWS * 50).encode())[:-90])
    assert report.quality is Quality.PARTIAL
    assert "the compressed data is cut short" in report.reasons


@pytest.mark.skipif(not SAMPLES.exists(), reason="../shared/samples/dmarc is not here")
def test_reports_that_others_received():
    """Each public sample is read whole but for the one whose XML is broken, which is mended."""
    qualities = {
        path.name: {item.quality.value for item, _ in read(path.read_bytes())} for path in SAMPLES.rglob("*.*")
    }
    assert qualities.pop("invalid_xml.xml") == {REPAIRED}
    assert len(qualities) >= 12
    assert set().union(*qualities.values()) == {WHOLE}
