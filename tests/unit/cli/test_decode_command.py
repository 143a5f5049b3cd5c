"""What `staygreen decode` tells a person beside the replies."""

import gzip
import io
import json
import sys

import pytest
from typer.testing import CliRunner

from staygreen.cli import decode
from staygreen.cli.main import app
from tests.cli.test_read_command import JUNKED
from tests.unit.reports.building import mail, part, xml

SENT = (
    "Nov 24 05:00:00 mail postfix/smtp[1]: 4F0B: to=<a@x.example>, relay=mx.x.example[203.0.113.9]:25, status=sent (ok)"
)


class Terminal:
    """A terminal at which nobody types anything."""

    buffer = io.BytesIO(b"")

    def isatty(self):
        return True


def test_without_input_at_a_terminal_it_says_what_it_waits_for(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", Terminal())
    list(decode.items("-"))
    assert "Ctrl-D" in capsys.readouterr().err


@pytest.mark.parametrize("text", [SENT, "[]", '{"eventType": "Delivery", "mail": {}}', '{"Messages": []}'])
def test_where_nothing_was_refused_it_says_so(text):
    found = CliRunner().invoke(app, ["decode"], input=text)
    assert found.exit_code == 0
    assert "Nothing that was refused" in found.stderr
    assert not found.stdout


def test_a_log_without_a_delivery_is_not_passed_over():
    found = CliRunner().invoke(app, ["decode"], input="Nov 24 05:00:00 mail dovecot: imap-login: Login: user=<a>\n")
    assert found.exit_code == 3
    assert "no_delivery_in_log" in found.stderr


def test_the_checks_that_failed_are_named_and_no_other_repair():
    text = "550; 5.7.515 Access denied, sending domain shop.example is not enough. Spf= Fail , Dkim= Pass , DMARC= Fail"
    found = CliRunner().invoke(app, ["decode"], input=text)
    assert "Repair SPF and DMARC of shop.example" in found.stdout
    assert "PTR" not in found.stdout


def test_a_complaint_that_ses_published_has_one_step_in_text_and_json_and_is_no_forgery():
    event = json.dumps(
        {
            "notificationType": "Complaint",
            "complaint": {
                "complainedRecipients": [{"emailAddress": "a@x.example"}],
                "timestamp": "2026-11-30T10:00:00Z",
                "complaintFeedbackType": "abuse",
                "feedbackId": "f",
            },
            "mail": {
                "timestamp": "2026-11-30T09:00:00Z",
                "source": "news@shop.example",
                "messageId": "m",
                "destination": ["a@x.example"],
            },
        }
    )
    text = CliRunner().invoke(app, ["decode"], input=event).stdout
    step = json.loads(CliRunner().invoke(app, ["decode", "--json"], input=event).stdout)["next_step"]
    assert f"Next:     {step}" in text
    assert "forged" not in step
    assert "No rule knows" not in step
    assert step.startswith("Look for what was sent")


def test_nothing_stands_behind_a_colon_where_the_input_is_empty():
    assert CliRunner().invoke(app, ["decode"], input="").stderr == "unreadable (empty)\n"


def test_of_many_unreadable_things_the_first_are_shown_and_the_others_counted():
    found = CliRunner().invoke(app, ["decode"], input="{}\n" * 1_020)
    assert found.exit_code == 3
    assert found.stderr.count("not_an_event") == 20
    assert "and 1,000 more that could not be read" in found.stderr


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (xml().encode(), "staygreen reports read FILE"),
        (gzip.compress(xml().encode()), "staygreen reports read FILE"),
        (b'{"organization-name": "A", "report-id": "1", "date-range": {"start-datetime": "2026-11-30T00:00:00Z", '
         b'"end-datetime": "2026-11-30T23:59:59Z"}, "policies": []}', "staygreen reports read FILE"),
        (mail(part(gzip.compress(xml().encode()))), "staygreen reports read FILE"),
        (JUNKED.encode(), "staygreen read FILE"),
    ],
)  # fmt: skip
def test_what_another_command_reads_is_named(given, hint):
    found = CliRunner().invoke(app, ["decode"], input=given)
    assert (found.exit_code, found.stdout) == (3, "")
    assert hint in found.stderr


GMAIL = (
    "550-5.7.26 Your email has been blocked because the sender is unauthenticated.\n550-5.7.26  DKIM = did not pass\n"
    "550-5.7.26  SPF [shop.example] with ip: [203.0.113.50] = did not pass\n550 5.7.26 abc123 - gsmtp\n"
)


def decoded(text):
    return json.loads(CliRunner().invoke(app, ["decode", "--json"], input=text).stdout)


def test_gmail_names_the_domain_and_the_address_whose_checks_failed():
    found = decoded(GMAIL)
    assert (found["ip"], found["domain"], found["owner"]) == ("203.0.113.50", "shop.example", "unknown")
    assert found["next_step"].startswith("Repair SPF and DKIM of shop.example")


def test_a_code_alone_is_advice_for_the_owner_of_an_address_alone():
    step = decoded("S3140\n")["next_step"]
    assert step.startswith("If the address is yours alone: stop sending")
    assert "only they can ask: send them the whole reply" in step
    slowed = decoded("421 4.7.0 [TSS04] Messages from 192.0.2.10 temporarily deferred due to user complaints\n")
    assert slowed["next_step"].endswith("tell them: others send from it as well.")


def test_where_the_owner_decides_and_is_not_known_it_says_how_to_say_it():
    reply = "550 5.7.1 Unfortunately, messages from [203.0.113.50] weren't sent. block list (S3150).\n"
    told = CliRunner().invoke(app, ["decode"], input=reply).stdout
    assert "`staygreen diagnose 203.0.113.50 --owner WHOSE --reply FILE`" in told


def test_every_address_that_a_reply_names_is_told():
    reply = "550 5.7.1 messages from [203.0.113.50] and [203.0.113.51] weren't sent. block list (S3150).\n"
    found = decoded(reply)
    assert (found["ip"], found["other_ips"]) == ("203.0.113.50", ["203.0.113.51"])
    assert "address 203.0.113.51" in CliRunner().invoke(app, ["decode"], input=reply).stdout


def test_json_among_a_log_is_not_dropped_without_a_word():
    found = CliRunner().invoke(app, ["decode"], input=SENT + '\n{"eventType": "Bounce"}\n' + SENT + "\n")
    assert found.exit_code == 3
    assert "json_in_log" in found.stderr
    assert "1 line of JSON" in found.stderr
