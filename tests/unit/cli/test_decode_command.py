"""What `staygreen decode` tells a person beside the replies."""

import io
import sys

import pytest
from typer.testing import CliRunner

from staygreen.cli import decode
from staygreen.cli.main import app

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
