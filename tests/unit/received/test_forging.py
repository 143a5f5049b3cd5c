"""What a sender writes into a message changes no answer to the better, and is shown as a claim."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from staygreen.core.received import reading
from staygreen.core.received.filing import Placement, conclude
from tests.unit.received.test_header_sets import NAMED, answers

FORGED = """\
Authentication-Results: mx.google.com; dkim=pass header.i=@forged.example;
 spf=pass smtp.mailfrom=a@forged.example; dmarc=pass header.from=forged.example
Authentication-Results: spf=pass (sender IP is 192.0.2.254) smtp.mailfrom=forged.example;
 dkim=pass (signature was verified) header.d=forged.example;dmarc=pass action=none
 header.from=forged.example;compauth=pass reason=100
Authentication-Results: atlas-production.v2-mail-prod1-gq1.omega.yahoo.com;
 spf=pass smtp.mailfrom=forged.example; dmarc=pass header.from=forged.example
Received-SPF: pass (google.com: domain of a@forged.example designates 192.0.2.254
 as permitted sender) client-ip=192.0.2.254;
ARC-Authentication-Results: i=9; mx.google.com; dmarc=pass header.from=forged.example
X-Forefront-Antispam-Report: CIP:{ip};CTRY:;LANG:en;SCL:-1;SRV:;IPV:CAL;SFV:SKN;
 H:forged.example;PTR:forged.example;CAT:NONE;DIR:INB;
X-Microsoft-Antispam: BCL:0;
X-Microsoft-Antispam-Mailbox-Delivery: ucf:0;jmr:0;auth:1;dest:I;ENG:(1);
X-YahooFilteredBulk: 192.0.2.254
X-Gm-Spam: 1
X-Apple-Action: JUNK/Junk
"""
HOP = "Received: from forged.example (forged.example [192.0.2.254]) by {by} with ESMTPS; Mon, 30 Nov 2026 01:00 +0000\n"
RECEIVED = [each for each in NAMED if re.search(r"^from:", each.values[0]["headers"], re.IGNORECASE | re.MULTILINE)]
BY = ("mx.google.com", "AM0EUR01FT999.mail.protection.outlook.com", "mta9.mail.gq1.yahoo.com", "p00-x.apple.com")


def forged(header_set, *, hop):
    """The set with the forged fields where the sender's own begin, above From."""
    text = header_set["headers"]
    ip = answers(header_set)["ip"] or "192.0.2.254"
    fields = f"{HOP.format(by=hop) if hop else ''}{FORGED.format(ip=ip)}"
    return re.sub(r"^(?=from:)", lambda _: fields, text, count=1, flags=re.IGNORECASE | re.MULTILINE)


@pytest.mark.parametrize("hop", ["", *BY])
@pytest.mark.parametrize("header_set", RECEIVED)
def test_forged_fields_never_count(header_set, hop):
    if not reading.read(header_set["headers"].encode()).has_trace:
        pytest.skip("without Received fields nothing is proven, and the answer says so")
    before = reading.read(header_set["headers"].encode())
    after = reading.read(forged(header_set, hop=hop).encode())
    assert after.receiver is before.receiver
    assert after.ip == before.ip
    assert after.authentication.mail_from == before.authentication.mail_from
    assert after.authentication.dmarc == before.authentication.dmarc
    assert after.authentication.signatures == before.authentication.signatures
    assert after.is_junk_by_mark == before.is_junk_by_mark
    assert conclude(after).placement in (conclude(before).placement, Placement.UNKNOWN, Placement.JUNK)
    assert "forged.example" not in f"{after.filed.report} {after.filed.delivery} {after.ptr} {after.greeting}"
    shown = {field.name for field in after.claims if "forged.example" in field.value or "192.0.2.254" in field.value}
    assert {"Authentication-Results", "Received-SPF", "ARC-Authentication-Results"} <= shown


@pytest.mark.parametrize("header_set", RECEIVED)
def test_forged_fields_right_below_the_receivers_own_never_count(header_set):
    before = reading.read(header_set["headers"].encode())
    if not before.has_trace:
        pytest.skip("without Received fields nothing is proven, and the answer says so")
    names = ("received", "received-spf", "authentication-results")
    own = [at for at in before.believed if before.header.fields[at].key in names]
    fields = before.header.fields
    handover = next((hop.place for hop in before.way if hop.ip == before.ip and hop.ip is not None), 0)
    last = max([handover, *own])
    lines = [f"{field.name}: {field.value}\n" for field in fields]
    text = "".join([*lines[: last + 1], FORGED.format(ip=before.ip), *lines[last + 1 :]])
    after = reading.read(text.encode())
    # where the receiver gave no results of a kind below its hop, the first there could be its own (RFC 8601 section 5)
    if any(fields[at].key == "authentication-results" for at in own) or before.receiver is reading.Receiver.UNKNOWN:
        assert after.authentication == replace(before.authentication, arc_instances=after.authentication.arc_instances)
        assert after.ip == before.ip
        assert conclude(after).placement in (conclude(before).placement, Placement.UNKNOWN, Placement.JUNK)


@pytest.mark.parametrize("header_set", RECEIVED)
def test_in_front_of_microsofts_block_forged_reports_change_no_answer(header_set):
    text = header_set["headers"]
    if not re.search(r"^x-(?:ms-exchange-organization|eop)", text, re.IGNORECASE | re.MULTILINE):
        pytest.skip("no block of Microsoft's")
    if re.search(r"^x-forefront.*^x-(?:ms-exchange-organization|eop)", text, re.I | re.M | re.S):
        pytest.skip("has forged fields of its own")
    found, expected = answers(forged(header_set, hop="").encode()), answers(header_set)
    for each in (found, expected):
        del each["claims"], each["arc_instances"]
    assert found == expected


def test_a_bounce_address_that_looks_quoted_printable_adds_no_field():
    bounce = (
        "<a=0AReceived=3A=20from=20good.example=20([198.51.100.9])=20by=20mx.google.com"
        "=0AAuthentication-Results=3A=20mx.google.com=3B=20spf=3Dpass=3B=20dmarc=3Dpass=20header.from=3Dforged.example"
        "=0AX=3A=20@sender.example>"
    )
    text = (
        "Delivered-To: someone@gmail.com\n"
        "Received: by 2002:a05:6402:1e93:b0:1:2:3 with SMTP id x1; Mon, 30 Nov 2026 09:00:00 +0000\n"
        f"Return-Path: {bounce}\n"
        "Received: from sender.example (sender.example. [203.0.113.66]) by mx.google.com with ESMTPS id a1\n"
        " (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256); Mon, 30 Nov 2026 09:00:00 +0000\n"
        "Authentication-Results: mx.google.com; spf=fail; dmarc=fail (dis=QUARANTINE) header.from=forged.example\n"
        "From: a@forged.example\nDate: Mon, 30 Nov 2026 09:00:00 +0000\nMessage-ID: <1@forged.example>\n\n"
        "spf=3Dpass\n"
    )
    found = reading.read(text.encode())
    assert str(found.ip) == "203.0.113.66"
    assert found.authentication.dmarc == "fail"


ABOVE = (
    "Delivered-To: someone@gmail.com\n"
    "Received: by 2002:a05:6402:1e93:b0:1:2:3 with SMTP id x1; Mon, 30 Nov 2026 09:00:00 +0000\n"
    "Received: from sender.example (sender.example. [{ip}]) by mx.google.com with ESMTPS id a1;"
    " Mon, 30 Nov 2026 09:00:00 +0000\n"
)
BELOW = "From: a@forged.example\nDate: Mon, 30 Nov 2026 09:00:00 +0000\nMessage-ID: <1@forged.example>\n\n"


@pytest.mark.parametrize(
    "spf",
    [
        'spf=fail smtp.mailfrom="a\\"; dmarc=pass; x="@sender.example',
        'spf=fail smtp.mailfrom="a; dmarc=pass header.from=forged.example"@sender.example',
        'spf=fail (domain of "a) dmarc=pass header.from=forged.example ("@sender.example is none)',
        "spf=fail (domain of a\\) dmarc=pass \\( is none)",
    ],
)
def test_a_bounce_address_that_looks_like_a_result_is_none(spf):
    results = f"Authentication-Results: mx.google.com; {spf}; dmarc=fail header.from=forged.example\n"
    found = reading.read((ABOVE.format(ip="203.0.113.66") + results + BELOW).encode())
    assert found.authentication.dmarc == "fail"
    assert found.authentication.spf == "fail"


@pytest.mark.parametrize(
    ("noted", "ip"),
    [
        ("::ffff:203.0.113.66", "203.0.113.66"),
        ("IPv6:::ffff:203.0.113.66", "203.0.113.66"),
        ("IPv6:2001:db8::1", "2001:db8::1"),
        ("2001:db8::203.0.113.66", "2001:db8::cb00:7142"),
    ],
)
def test_an_address_is_read_whole_in_each_of_its_forms(noted, ip):
    assert str(reading.read((ABOVE.format(ip=noted) + BELOW).encode()).ip) == ip
