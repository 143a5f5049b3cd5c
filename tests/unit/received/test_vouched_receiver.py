"""A recipient's own mail server counts by the word of whoever reads, and only then."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from staygreen.cli.main import app
from staygreen.core.received import filing, reading, report
from staygreen.core.received.filing import Placement
from staygreen.core.received.reading import Receiver

HOST = "mx.recipient.example"
HANDOVER = f"""\
Received: from mail.example.com (mail.example.com [203.0.113.9])
 by {HOST} (Postfix) with ESMTPS id 2; Mon, 30 Nov 2026 10:00:00 +0000
"""
RESULTS = f"""\
Authentication-Results: {HOST}; dkim=pass header.d=example.com; spf=pass smtp.mailfrom=bounce.example.com;
 dmarc=pass header.from=example.com
"""
WITHIN = (
    f"Received: from localhost (localhost [127.0.0.1]) by {HOST} (Postfix) with ESMTP id 1; "
    "Mon, 30 Nov 2026 10:00:02 +0000\n"
)
FROM = "From: News <news@example.com>\nDate: Mon, 30 Nov 2026 09:59:00 +0000\nMessage-ID: <1@example.com>\n\n"


def read(text, host=HOST):
    found = reading.read(text.encode(), host)
    return found, filing.conclude(found)


@pytest.mark.parametrize(
    "text", [RESULTS + HANDOVER + FROM, HANDOVER + RESULTS + FROM, WITHIN + HANDOVER + RESULTS + FROM]
)
def test_its_results_count_above_and_below_its_received_field(text):
    found, _ = read(text)
    assert found.receiver is Receiver.OTHER
    assert str(found.ip) == "203.0.113.9"
    assert found.authentication.has_all_passed


def test_without_the_word_of_a_person_nothing_of_it_counts_and_the_answer_says_how_to_give_it():
    found, concluded = read(RESULTS + HANDOVER + FROM, host="")
    assert found.receiver is Receiver.UNKNOWN
    assert not found.authentication.is_any
    assert "--receiver HOST" in report.prose(found, concluded)


def test_the_answer_says_that_it_rests_on_that_word():
    found, concluded = read(RESULTS + HANDOVER + FROM)
    assert "rests on your word (--receiver)" in report.prose(found, concluded)


@pytest.mark.parametrize(
    "mark", ["X-Spam-Flag: YES\n", "X-Spam-Status: Yes, score=6.2 required=5.0\n", "X-Spam: Yes\n"]
)
def test_a_filters_mark_is_told_as_a_mark_and_not_as_a_folder(mark):
    found, concluded = read(mark + HANDOVER + FROM)
    assert concluded.placement is Placement.JUNK
    assert not concluded.is_stated
    assert "whether that moved it to Junk, its headers do not say" in report.sentence(found, concluded)


@pytest.mark.parametrize("mark", ["X-Spam-Flag: NO\n", "X-Spam-Status: No, score=-1.0 required=5.0\n"])
def test_a_mark_of_no_spam_is_no_mark(mark):
    _, concluded = read(mark + HANDOVER + FROM)
    assert concluded.placement is Placement.UNKNOWN


def test_what_the_sender_wrote_below_is_a_claim_still():
    forged = f"X-Spam-Flag: YES\nReceived: from x by y; Mon, 30 Nov 2026 09:00:00 +0000\n{RESULTS}"
    found, _ = read(HANDOVER + forged + FROM)
    assert not found.is_junk_by_mark
    assert not found.authentication.is_any
    assert [field.name for field in found.claims] == ["X-Spam-Flag", "Authentication-Results"]


def test_a_hop_that_only_bears_the_name_from_a_public_address_is_the_handover():
    posing = f"Received: from {HOST} (unknown [198.51.100.7]) by {HOST} with ESMTP; Mon, 30 Nov 2026 10:00:02 +0000\n"
    found, _ = read(posing + HANDOVER + RESULTS + FROM)
    assert str(found.ip) == "198.51.100.7"
    assert not found.authentication.is_any


def test_an_exchange_server_says_its_spam_confidence_level():
    by = (
        f"Received: from mail.example.com (203.0.113.9) by {HOST} (10.0.0.5) with Microsoft SMTP Server id 15.2; "
        "Mon, 30 Nov 2026 10:00:00 +0000\n"
    )
    scl = "X-MS-Exchange-Organization-SCL: 6\n"
    found, concluded = read(by + FROM.replace("\n\n", f"\n{scl}\n"))
    assert found.filed.scl == 6
    assert concluded.placement is Placement.JUNK
    other, _ = read(HANDOVER + FROM.replace("\n\n", f"\n{scl}\n"))
    assert other.filed.scl is None


@pytest.mark.parametrize(
    "forged",
    [
        "X-Forefront-Antispam-Report: CIP:203.0.113.9;SCL:-1;SFV:SKA;CAT:NONE;DIR:INB;\n",
        "X-Microsoft-Antispam-Mailbox-Delivery: dest:I;OFR:None;\n",
        "X-Microsoft-Antispam: BCL:9;\n",
    ],
)
def test_fields_that_pass_the_firewall_of_an_exchange_server_are_claims(forged):
    by = (
        f"Received: from mail.example.com (203.0.113.9) by {HOST} (10.0.0.5) with Microsoft SMTP Server id 15.2; "
        "Mon, 30 Nov 2026 10:00:00 +0000\n"
    )
    found, concluded = read(by + FROM.replace("\n\n", f"\n{forged}X-MS-Exchange-Organization-SCL: 6\n\n"))
    assert found.filed.scl == 6
    assert concluded.placement is Placement.JUNK
    assert not concluded.is_stated
    assert [f"{field.name}: {field.value}\n" for field in found.claims] == [forged]


@pytest.mark.parametrize("name", ["localhost", "a b.example", "https://mx.example.org"])
def test_a_name_that_no_server_has_is_refused(name):
    result = CliRunner().invoke(app, ["read", "-", "--receiver", name, "--no-dns"], input=HANDOVER + FROM)
    assert result.exit_code == 2
    assert "host name" in result.output


def test_the_command_takes_the_name_in_any_case():
    arguments = ["read", "-", "--no-dns", "--json", "--receiver", HOST.upper()]
    result = CliRunner().invoke(app, arguments, input=RESULTS + HANDOVER + FROM)
    assert result.exit_code == 0
    assert '"receiver": "other"' in result.output.replace('":"', '": "')
