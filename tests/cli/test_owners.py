"""Whose address it is comes first, whatever the command: five kinds of owner by four commands."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from staygreen.cli.main import app
from tests.cli.loopback_dns import WORLD, pointed, serving

SHARED, DEDICATED, OURS, THEIRS, NOBODYS = "54.240.8.77", "54.240.9.9", "192.0.2.10", "192.0.2.20", "192.0.2.30"
S3140 = (
    "550 5.7.1 Unfortunately, messages from [{ip}] weren't sent. Please contact your Internet service provider since "
    "part of their network is on our block list (S3140)."
)
FORM = "supportrequestform"


@pytest.fixture(scope="module")
def resolver():
    names = {
        **pointed(SHARED, "a8-77.smtp-out.amazonses.com"),
        **pointed(DEDICATED, "a9-9.smtp-out.amazonses.com"),
        **pointed(OURS, "mail.shop.example"),
        **pointed(THEIRS, "o1.ptr7.sendgrid.net"),
        **pointed(NOBODYS, "mail.unknown.example"),
    }
    with serving({**WORLD, **names}) as server:
        yield server


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An empty directory with the refusal of each address in it."""
    monkeypatch.delenv("STAYGREEN_RESOLVER", raising=False)
    monkeypatch.chdir(tmp_path)
    for ip in (SHARED, DEDICATED, OURS, THEIRS, NOBODYS, "10.0.0.9"):
        (tmp_path / f"{ip}.txt").write_text(S3140.format(ip=ip))
    (tmp_path / "event.json").write_text(json.dumps(event(SHARED)))
    return tmp_path


def event(ip):
    return {
        "eventType": "Bounce",
        "bounce": {
            "bounceType": "Transient",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": "x@outlook.test", "diagnosticCode": f"smtp; {S3140.format(ip=ip)}"}],
            "timestamp": "2026-11-30T10:00:00.000Z",
            "reportingMTA": "dsn; a8-77.smtp-out.amazonses.com",
        },
        "mail": {
            "timestamp": "2026-11-30T09:59:00.000Z",
            "messageId": "0102019a-message-1",
            "source": "news@shop.example",
            "sourceArn": "arn:aws:ses:eu-west-1:111122223333:identity/shop.example",
            "tags": {"ses:configuration-set": ["newsletter"], "ses:outgoing-ip": [ip]},
        },
    }


def run(*words):
    return CliRunner().invoke(app, list(words))


def diagnose(resolver, ip, *more, reply=None):
    return run("diagnose", ip, "--no-lists", "--reply", reply or f"{ip}.txt", "--resolver", resolver, *more)


def case(resolver, ip, *more, reply=None):
    return run("case", "open", ip, "--no-lists", "--reply", reply or f"{ip}.txt", "--resolver", resolver, *more)


# --- diagnose ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reply", [None, "event.json"])
def test_diagnose_sends_a_shared_address_to_aws_and_never_to_microsofts_form(resolver, reply):
    done = diagnose(resolver, SHARED, reply=reply)
    assert f"{SHARED} is Amazon SES's, shared among its customers" in done.stdout
    assert "AWS Support" in done.stdout
    assert FORM not in done.stdout
    assert "Stop sending" not in done.stdout
    letter = done.stdout.partition("The packet")[2]
    assert "our address" not in letter
    assert "we do not lease that address" in letter
    assert "Meanwhile:" in letter and "Leave:" in letter


def test_the_letter_says_what_aws_can_look_up(resolver):
    letter = diagnose(resolver, SHARED, reply="event.json").stdout.partition("The packet")[2]
    for fact in ("0102019a-message-1", "2026-11-30 10:00:00 UTC", "S3140", "newsletter", "eu-west-1", "shop.example"):
        assert fact in letter


def test_diagnose_lets_the_lessee_file_for_a_dedicated_address(resolver):
    done = diagnose(resolver, DEDICATED, "--owner", "ses-dedicated")
    assert "leases to you alone" in done.stdout
    assert FORM in done.stdout
    assert "Dedicated or shared:\n  Dedicated" in done.stdout


def test_diagnose_lets_us_file_for_our_own_address(resolver):
    done = diagnose(resolver, OURS, "--owner", "ours")
    assert f"{OURS} is yours" in done.stdout
    assert FORM in done.stdout


def test_diagnose_leaves_another_providers_address_to_that_provider(resolver):
    done = diagnose(resolver, THEIRS)
    assert "belongs to Twilio SendGrid" in done.stdout
    assert FORM not in done.stdout
    assert "support of Twilio SendGrid" in done.stdout


def test_diagnose_says_that_it_does_not_know(resolver):
    done = diagnose(resolver, NOBODYS)
    assert f"it is not known whose address {NOBODYS} is." in done.stdout
    assert "--owner" in done.stdout


@pytest.mark.parametrize("command", [("diagnose",), ("case", "open"), ("check", "rdns"), ("check", "blocklist")])
@pytest.mark.parametrize("ip", ["10.0.0.9", "192.168.1.1", "fe80::1", "240.0.0.1"])
def test_an_address_that_no_receiver_sees_is_told_as_such(resolver, command, ip):
    done = run(*command, ip, "--resolver", resolver)
    assert done.exit_code == 3
    assert f"{ip} is no public address" in done.output
    assert "not listed" not in done.output


# --- case -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reply", [None, "event.json"])
def test_a_case_of_a_shared_address_is_a_letter_to_aws(resolver, reply):
    done = case(resolver, SHARED, reply=reply)
    assert done.exit_code == 0
    assert "console.aws.amazon.com/support" in done.stdout
    assert FORM not in done.stdout


@pytest.mark.parametrize(("ip", "owner"), [(DEDICATED, "ses-dedicated"), (OURS, "ours")])
def test_a_case_of_an_address_of_ours_is_microsofts_form(resolver, ip, owner):
    done = case(resolver, ip, "--owner", owner)
    assert FORM in done.stdout
    assert "Dedicated or shared:\n  Dedicated" in done.stdout


def test_a_case_of_another_providers_address_is_theirs(resolver):
    done = case(resolver, THEIRS)
    assert done.exit_code == 1
    assert "support of Twilio SendGrid" in done.stdout


def test_a_case_of_an_unknown_owner_leaves_the_field_open(resolver):
    done = case(resolver, NOBODYS)
    assert "it is not known" in done.stderr
    assert "Dedicated or shared:\n  (yours to fill in)" in done.stdout


def test_a_case_takes_replies_about_its_address_alone(resolver):
    done = case(resolver, OURS, reply=f"{THEIRS}.txt")
    assert done.exit_code == 1
    assert f"not counted: a reply about {THEIRS}, not {OURS}" in done.stderr
    assert "nothing to file" in done.stderr


def test_a_case_quotes_the_time_that_the_reply_states_and_no_other(resolver, place):
    (place / "stamped.txt").write_text(
        S3140.format(ip=OURS) + " [AM7EUR03FT041.eop-EUR03.prod.protection.outlook.com 2026-11-28T07:08:09.123Z 08DE]"
    )
    assert "2026-11-28 07:08:09 UTC  550" in case(resolver, OURS, "--file", "a.json", reply="stamped.txt").stdout
    assert "(time not recorded)  550" in case(resolver, OURS, "--file", "b.json").stdout


# --- check ------------------------------------------------------------------------------------------------------------


CATALOGUE = """
[[list]]
id = "known"
name = "Known list"
operator = "us"
zone = "known.test"
targets = ["ipv4"]
kind = "block"
scope = "host"
default = "on"
codes = [{ match = "127.0.0.2", means = "listing", meaning = "spam was seen", severity = "high" }]
positive = [{ target = "ipv4", name = "127.0.0.2" }]
delist_url = "https://known.test/remove"
verified = 2026-11-01
"""


@pytest.mark.parametrize(
    ("ip", "words"),
    [
        (SHARED, "only AWS"),
        (THEIRS, "only Twilio"),
        (OURS, "known.test/remove"),
        (OURS, f"Whose: it is not known whose address {OURS} is. Ask for removal of what is yours alone."),
    ],
)
def test_check_blocklist_sends_nobody_to_ask_for_what_is_not_theirs(place, ip, words):
    (place / "lists.toml").write_text(CATALOGUE)
    listed = {(f"{'.'.join(reversed(each.split('.')))}.known.test", "A"): ("127.0.0.2",) for each in ("127.0.0.2", ip)}
    names = {**pointed(SHARED, "a8.smtp-out.amazonses.com"), **pointed(THEIRS, "o1.sendgrid.net")}
    with serving({**WORLD, **names, **listed}) as server:
        done = run("check", "blocklist", ip, "--catalogue", "lists.toml", "--resolver", server)
    assert done.exit_code == 1
    assert words in done.stdout


@pytest.mark.parametrize(
    ("ip", "words"),
    [
        (SHARED, "Amazon SES's, shared"),
        (DEDICATED, "unless your account leases it"),
        (THEIRS, "belongs to Twilio SendGrid"),
        (OURS, "it is not known"),
        (NOBODYS, "it is not known"),
    ],
)
def test_check_rdns_says_whose_the_address_is(resolver, ip, words):
    done = run("check", "rdns", ip, "--resolver", resolver)
    assert words in done.stderr
    assert "a provider hands out" not in done.output


# --- decode -----------------------------------------------------------------------------------------------------------


def decoded(text):
    done = CliRunner().invoke(app, ["decode", "-", "--json"], input=text)
    (row,) = [json.loads(line) for line in done.stdout.splitlines()]
    return row


@pytest.mark.parametrize("text", [S3140.format(ip=SHARED), json.dumps(event(SHARED)), json.dumps(event("192.0.2.77"))])
def test_decode_sends_a_shared_address_to_aws(text):
    row = decoded(text)
    assert row["owner"] == "ses_shared"
    assert row["address"] == "https://console.aws.amazon.com/support/"
    assert "AWS Support" in row["next_step"]


def test_decode_claims_no_owner_that_the_reply_does_not_show():
    row = decoded(S3140.format(ip=OURS))
    assert row["owner"] == "unknown"
    assert row["next_step"].startswith("If the address is yours alone: stop sending")
    assert FORM in row["address"]


def test_decode_leaves_authentication_to_the_domain_even_through_ses():
    refusal = "550 5.7.515 Access denied, sending domain shop.example doesn't meet the required authentication level."
    sent = event(SHARED)
    sent["bounce"]["bouncedRecipients"][0]["diagnosticCode"] = f"smtp; {refusal}"
    row = decoded(json.dumps(sent))
    assert "AWS" not in row["next_step"]


def test_decode_names_a_private_address_as_such():
    row = decoded(S3140.format(ip="10.0.0.9"))
    assert row["owner"] == "not_public"
    assert row["address"] is None
    assert row["next_step"].startswith("Find the public address that the mail left from")


def test_a_case_that_is_looked_at_again_takes_the_owner_that_is_said(resolver):
    asked = ("--no-lists", "--resolver", resolver)
    CliRunner().invoke(app, ["case", "open", OURS, "--reply", f"{OURS}.txt", "--owner", "ours", *asked])
    ran = CliRunner().invoke(app, ["case", "refresh", OURS, "--owner", "ours", *asked])
    assert "Whose: 192.0.2.10 is yours: you say so" in ran.stderr
