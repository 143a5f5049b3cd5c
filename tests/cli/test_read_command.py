"""`staygreen read`: files, standard input, Outlook messages; status, masking, JSON."""

from __future__ import annotations

import json
import struct
import sys

import pytest
from typer.testing import CliRunner

from local.mails import passed_on
from staygreen.cli import outlook_message
from staygreen.cli.main import app
from tests.unit.received.test_header_sets import SETS
from tests.unit.reports.building import xml

NOTIFICATION = (
    "From: MAILER-DAEMON@mta1.shop.example\nSubject: Undelivered Mail\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n'
    "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mta1.shop.example\n\n"
    "Final-Recipient: rfc822; reader@outlook.test\nAction: failed\nStatus: 5.7.1\n"
    "Diagnostic-Code: smtp; 550 5.7.1 messages from [203.0.113.50] weren't sent (S3150).\n\n--b--\n"
)
TEXTS = {each["name"]: each["headers"] for each in SETS}
JUNKED = TEXTS["junked although all authentication passed"]
GOOD = TEXTS["all passed, ARC in front, one-click unsubscribe covered"]
FORGED = TEXTS["an authserv-id that only looks like Gmail's"]
SECTOR = 512


def run(*arguments, text=None):
    return CliRunner().invoke(app, ["read", *arguments], input=text)


@pytest.fixture
def eml(tmp_path):
    def written(text, name="message.eml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return written


def test_the_verdict_comes_first_then_cause_who_acts_next_step_and_evidence(eml):
    ran = run(eml(JUNKED), "--no-dns")
    lines = ran.stdout.splitlines()
    assert lines[0] == "Outlook.com put the message into Junk (SCL 5, CAT:SPM); SPF, DKIM and DMARC passed."
    assert [line.split(":")[0].strip() for line in lines[1:4]] == ["Cause", "Who acts", "Next"]
    assert "staygreen diagnose 192.0.2.10" in lines[3]
    assert lines[5] == "Evidence:"


@pytest.mark.parametrize(("text", "status"), [(JUNKED, 1), (GOOD, 0), (FORGED, 3), ("just words\n", 3), ("", 3)])
def test_the_status_tells_bad_news_from_nothing_known(eml, text, status):
    assert run(eml(text), "--no-dns").exit_code == status
    assert run("-", "--no-dns", text=text).exit_code == status


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path):
    assert run(str(tmp_path / "missing.eml"), "--no-dns").exit_code == 2


def test_local_parts_are_masked_unless_they_are_asked_for(eml):
    file = eml(FORGED.replace("smtp.mailfrom=bank.example", "smtp.mailfrom=jane.doe+7@bank.example"))
    for options in ((), ("--json",)):
        assert "jane.doe" not in run(file, "--no-dns", *options).stdout
        assert "***@bank.example" in run(file, "--no-dns", *options).stdout
        assert "jane.doe+7@bank.example" in run(file, "--no-dns", "--show-addresses", *options).stdout


def test_a_long_claim_is_not_cut_within_an_address(eml):
    for length in range(100, 160, 7):
        file = eml(FORGED.replace("smtp.mailfrom=bank.example", f"x={'y' * length} jane.doe-of-the-bank@bank.example"))
        for options in ((), ("--json",)):
            assert "jane" not in run(file, "--no-dns", *options).stdout


def test_microsofts_hosts_in_china_and_for_the_us_government_are_inside(eml):
    china = JUNKED.replace(".prod.outlook.com", ".prod.partner.outlook.cn").replace("2603:10a6:", "2406:e500:")
    china = china.replace(".protection.outlook.com", ".protection.partner.outlook.cn")
    china = china.replace("outlook.office365.com", "partner.outlook.cn")
    government = JUNKED.replace("2603:10a6:", "2001:489a:").replace(
        ".protection.outlook.com", ".protection.office365.us"
    )
    for text in (china, government):
        found = json.loads(run(eml(text), "--no-dns", "--json").stdout)
        assert (found["ip"], found["placement"], found["spf"]) == ("192.0.2.10", "junk", "pass")


OWN = (
    "X-Spam-Flag: YES\nX-Spam-Status: Yes, score=7.4 required=5.0 tests=BAYES_99,RDNS_NONE autolearn=no\n"
    "Received: from mail.shop.example (mail.shop.example [203.0.113.50])\n\tby mx.club.example (Postfix) with ESMTPS"
    " id 4Fabc; Mon, 30 Nov 2026 09:15:09 +0000\nFrom: Shop <news@shop.example>\nMessage-ID: <1@shop.example>\n"
    "X-Spam-Status: No, score=-9 tests=FORGED\n"
)


def test_a_server_of_the_recipients_own_is_named_in_the_next_step_and_its_filter_is_evidence(eml):
    unnamed = run(eml(OWN), "--no-dns")
    assert unnamed.exit_code == 3
    assert "`--receiver mx.club.example`" in unnamed.stdout.splitlines()[3]
    named = run(eml(OWN), "--no-dns", "--receiver", "mx.club.example")
    assert named.exit_code == 1
    evidence = named.stdout.partition("Evidence:")[2].partition("\n\n")[0]
    assert "score=7.4 required=5.0 tests=BAYES_99,RDNS_NONE" in evidence
    assert "FORGED" not in evidence


@pytest.mark.parametrize(
    ("text", "hint"),
    [(xml(), "staygreen reports read FILE"), (NOTIFICATION, "staygreen decode FILE"), (JUNKED, "")],
)
def test_what_another_command_reads_is_named(eml, text, hint):
    done = run(eml(text), "--no-dns")
    assert hint in done.stderr
    assert hint or not done.stderr


def test_neither_subject_nor_names_nor_text_are_ever_printed(eml):
    file = eml(JUNKED + "\nA secret text.\n")
    for options in ((), ("--json",), ("--show-addresses",)):
        shown = run(file, "--no-dns", *options).stdout
        assert "Your order" not in shown
        assert "Example Shop" not in shown
        assert "secret" not in shown


def test_json_is_one_object_that_says_the_same(eml):
    found = json.loads(run(eml(JUNKED), "--no-dns", "--json").stdout)
    assert (found["receiver"], found["placement"], found["placement_stated"]) == ("outlook_consumer", "junk", True)
    assert (found["cause"], found["actor"]) == ("content_or_reputation", "sender")
    assert found["verdict"].startswith("Outlook.com put the message into Junk")
    assert {each["rule"] for each in found["bulk_rules"] if each["met"] is False} == {"one_click", "unsubscribe"}
    assert {each["field"]: each["meaning"] for each in found["codes"]}["CAT"] == "spam"


def test_of_a_forwarded_mail_the_attached_message_is_read_on_request(eml):
    mail = passed_on(JUNKED, "support@example.com")
    assert run(eml(mail), "--no-dns").stdout.startswith("Outlook.com put the message into Junk")
    taken = eml(GOOD.partition("From: ")[0] + mail)
    ran = run(taken, "--no-dns")
    assert ran.stdout.startswith("Gmail accepted the message")
    assert "--attached" in ran.stderr
    assert run(taken, "--no-dns", "--attached").stdout.startswith("Outlook.com put the message into Junk")
    assert run(eml(JUNKED), "--no-dns", "--attached").exit_code == 3


def test_where_dns_does_not_answer_one_line_says_so(eml, unused_udp_port):
    shown = run(eml(GOOD), "--resolver", f"127.0.0.1:{unused_udp_port}").stdout
    assert f"the resolver 127.0.0.1:{unused_udp_port}" in shown.partition("Published today:")[2].splitlines()[1]


@pytest.mark.parametrize(("ip", "kind"), [("54.240.8.8", "ses_shared"), ("192.0.2.10", "unknown")])
def test_whose_address_sent_it_is_told_as_everywhere(eml, ip, kind):
    file = eml(JUNKED.replace("192.0.2.10", ip))
    assert json.loads(run(file, "--no-dns", "--json").stdout)["owner"] == kind
    assert "Whose address sent it:" in run(file, "--no-dns").stdout


@pytest.fixture
def unused_udp_port():
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def entry(name, kind, start, size, child=0xFFFFFFFF):
    raw = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII16sIQQIQ", raw, len(raw), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child, b"", 0, 0, 0, start, size
    )


def compound(stream, name="__substg1.0_007D001F"):
    """A compound file (MS-CFB) with one stream: what an Outlook message holds of its headers."""
    stream = stream.ljust(4096, b"\0")
    count = -(-len(stream) // SECTOR)
    chain = [*range(3, 2 + count), 0xFFFFFFFE] if count > 1 else [0xFFFFFFFE]
    table = struct.pack(f"<{2 + count}I", 0xFFFFFFFD, 0xFFFFFFFE, *chain).ljust(SECTOR, b"\xff")
    directory = entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1) + entry(name, 2, 2, len(stream))
    numbers = (0x3E, 3, 0xFFFE, 9, 6, b"", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header = struct.pack("<8s16sHHHHH6sIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", *numbers)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return header + table + directory.ljust(SECTOR, b"\0") + stream.ljust(count * SECTOR, b"\0")


@pytest.mark.parametrize(
    ("name", "encoding"), [("__substg1.0_007D001F", "utf-16-le"), ("__substg1.0_007D001E", "ascii")]
)
def test_an_outlook_message_is_read_by_its_transport_headers(eml, name, encoding):
    pytest.importorskip("olefile")
    ran = run(eml(compound(JUNKED.encode(encoding), name), "message.msg"), "--no-dns")
    assert ran.stdout.startswith("Outlook.com put the message into Junk")
    assert ran.exit_code == 1


@pytest.mark.parametrize(
    "data", [compound(b""), compound(b"x" * 5000, "other"), compound(b"")[:600], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
)
def test_an_outlook_message_without_headers_or_damaged_is_unreadable(eml, data):
    pytest.importorskip("olefile")
    ran = run(eml(data, "message.msg"), "--no-dns")
    assert ran.exit_code == 3
    assert "unreadable" in ran.stderr


def test_without_the_extra_it_is_said_which_one_is_missing(eml, monkeypatch):
    monkeypatch.setitem(sys.modules, "olefile", None)
    ran = run(eml(compound(JUNKED.encode("utf-16-le")), "message.msg"), "--no-dns")
    assert ran.exit_code == 3
    assert "in the clone, pip install '.[outlook]'" in ran.stderr


def test_an_outlook_message_is_told_by_its_first_bytes():
    assert outlook_message.is_one(compound(b""))
    assert not outlook_message.is_one(JUNKED.encode())


def diagnose(*arguments):
    return CliRunner().invoke(app, ["diagnose", *arguments, "--no-lists"])


def test_diagnose_joins_a_received_message_with_the_rest(eml, unused_udp_port):
    file, resolver = eml(JUNKED), f"127.0.0.1:{unused_udp_port}"
    for subject in ("192.0.2.10", "example.com"):
        ran = diagnose(subject, "--received", file, "--resolver", resolver)
        assert "Junked at Outlook.com on 30 November: SCL 5, CAT:SPM; SPF, DKIM and DMARC passed." in ran.stdout
        assert "By the word of the person who passed the message on." in ran.stdout
        assert ran.exit_code == 3


def test_diagnose_names_a_message_that_is_about_another_or_of_no_known_receiver(eml, unused_udp_port):
    resolver = f"127.0.0.1:{unused_udp_port}"
    other = diagnose("other.example", "--received", eml(JUNKED), "--resolver", resolver)
    assert "a message of 192.0.2.10 and example.com, not of other.example" in other.stderr
    unknown = diagnose("bank.example", "--received", eml(FORGED), "--resolver", resolver)
    assert "no headers of a known receiver stand on top of it" in unknown.stderr
    for ran in (other, unknown):
        assert "Junked" not in ran.stdout


def test_a_paste_that_ends_before_microsofts_report_is_not_called_good(eml):
    cut = JUNKED[: JUNKED.index("X-Forefront-Antispam-Report")]
    cut = "\n".join(line for line in cut.splitlines() if not line.startswith(("X-Microsoft", "X-MS-Exchange")))
    told = run(eml(cut), "--no-dns").stdout
    assert "Nothing to do" not in told
    assert "X-Forefront-Antispam-Report) is not in what was read" in told
    assert "Next:     Paste all headers" in told


def test_spoofing_alone_does_not_claim_that_authentication_passed(eml):
    told = run(eml("CIP:192.0.2.10;SCL:5;SFV:SPM;CAT:SPOOF;DIR:INB;\n"), "--no-dns").stdout
    assert "although authentication passed" not in told
    assert "what authentication said is not in what was read" in told


@pytest.mark.parametrize(
    ("spf", "dmarc", "first", "last"),
    [
        ("fail", "fail", "Put the sending address into the SPF record of", "a DKIM key of shop.example."),
        ("none", "none", "Publish SPF for", "and publish DMARC."),
    ],
)
def test_the_step_does_not_ask_to_publish_what_the_results_show_as_published(eml, spf, dmarc, first, last):
    results = (
        f"spf={spf} (sender IP is 192.0.2.10) smtp.mailfrom=shop.example; dkim=none (message not signed) "
        f"header.d=none;dmarc={dmarc} action=none header.from=shop.example;compauth=fail reason=001"
    )
    step = next(line for line in run(eml(results), "--no-dns").stdout.splitlines() if "Next:" in line)
    assert first in step
    assert step.endswith(last)


def test_a_key_that_was_not_looked_up_in_time_is_no_altered_message(eml):
    results = (
        "spf=none smtp.mailfrom=shop.example; dkim=timeout (key query timeout) header.d=shop.example;"
        "dmarc=temperror action=none header.from=shop.example;compauth=fail reason=001"
    )
    assert "could not be checked" in run(eml(results), "--no-dns").stdout


def test_a_receiver_that_wrote_no_topmost_field_is_said_to_count_for_nothing(eml):
    trace = (
        "Received: from a.example (a.example [192.0.2.10]) by mx.club.example with ESMTPS id 1;\n"
        " Mon, 30 Nov 2026 10:00:00 +0000\n"
    )
    ran = run(eml(trace + "X-Spam-Flag: YES\n"), "--no-dns", "--receiver", "mx.other.example")
    assert ran.exit_code == 3
    assert "--receiver mx.other.example counts for nothing here" in ran.stderr
    assert "mx.club.example" in ran.stderr
