"""The first line says what is known and what nobody was asked; keys reach the lists and nobody's screen."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from staygreen.adapters import clock
from staygreen.cli.main import app
from tests.cli.loopback_dns import WORLD, pointed, serving
from tests.cli.test_read_command import JUNKED

IP, KEY = "192.0.2.10", "abcdefgh12345678abcdefgh12"
RECORDS = {
    **WORLD,
    **pointed(IP, "mail.shop.example"),
    ("shop.example", "TXT"): ('"v=spf1 ip4:192.0.2.10 -all"',),
    ("_dmarc.shop.example", "TXT"): ('"v=DMARC1; p=reject"',),
    ("_domainkey.shop.example", "TXT"): ('"o=-"',),
}


@pytest.fixture(autouse=True)
def _no_local_cloud(monkeypatch):
    monkeypatch.delenv("STAYGREEN_RESOLVER", raising=False)


def run(*words, env=None):
    return CliRunner().invoke(app, list(words), env=env)


@pytest.fixture(scope="module")
def resolver():
    with serving(RECORDS) as server:
        yield server


@pytest.mark.parametrize("subject", [IP, "shop.example"])
@pytest.mark.parametrize("lists", ["--lists", "--no-lists"])
def test_nothing_is_called_good_of_which_nothing_is_known_from_microsoft(resolver, subject, lists):
    done = run("diagnose", subject, lists, "--resolver", resolver)
    first = done.stdout.splitlines()[0]
    assert "Nothing is known from Microsoft: paste a refused message" in first
    assert "good" not in done.stdout
    assert "Nothing to do" not in done.stdout


def test_the_first_line_names_who_was_not_asked(resolver):
    first = run("diagnose", IP, "--resolver", resolver).stdout.splitlines()[0]
    assert "not asked: Spamhaus, Abusix, SpamRATS (they need a key)" in first


@pytest.mark.parametrize(
    ("reply", "first", "step"),
    [
        ("550 No", "a message was refused, and no rule knows why", "Next: No rule knows this reply"),
        ("552 5.2.2 mailbox full", "a message was refused (the mailbox is full)", "Next: Reach the recipient"),
        ("452 4.2.2 mailbox full", "a message was put off (the mailbox is full)", "Next: Reach the recipient"),
    ],
)
def test_a_refusal_that_says_nothing_of_our_standing_is_told_all_the_same(resolver, tmp_path, reply, first, step):
    (tmp_path / "reply.txt").write_text(f"{reply}\n")
    done = run("diagnose", IP, "--no-lists", "--reply", str(tmp_path / "reply.txt"), "--resolver", resolver)
    assert first in done.stdout.splitlines()[0]
    assert step in done.stdout
    assert "Nothing was found to repair" not in done.stdout


def test_nothing_is_to_be_delisted_where_authentication_was_refused(resolver, tmp_path):
    said = "550 5.7.515 Access denied, sending domain none.example doesn't meet the required level. Spf= Fail"
    (tmp_path / "reply.txt").write_text(said)
    done = run("diagnose", "none.example", "--no-lists", "--reply", str(tmp_path / "reply.txt"), "--resolver", resolver)
    assert "Outlook.com refuses mail" in done.stdout.splitlines()[0]
    assert "Next: Publish SPF" in done.stdout
    assert "delisting" not in done.stdout


def test_of_a_domain_only_lists_of_domains_are_missed(resolver):
    first = run("diagnose", "shop.example", "--resolver", resolver).stdout.splitlines()[0]
    assert "Spamhaus, Abusix (they need a key)" in first
    assert "SpamRATS" not in first


@pytest.mark.parametrize(("subject", "looked_at"), [(IP, "Reverse DNS"), ("shop.example", "SPF, DKIM and DMARC")])
def test_what_was_not_asked_is_in_no_row_of_the_verdict(resolver, subject, looked_at):
    done = run("diagnose", subject, "--no-lists", "--resolver", resolver)
    assert f"  {looked_at:42}nothing wrong found" in done.stdout
    assert "Blocklists" not in done.stdout


def test_a_list_without_an_answer_is_no_blocklist_that_has_nothing(resolver):
    shown = run("diagnose", IP, "--resolver", resolver).stdout
    assert "blocklists gave no usable answer" in shown
    assert "Blocklists" not in shown


def test_of_an_address_no_list_of_domains_is_missed(resolver):
    shown = run("check", "blocklist", IP, "--resolver", resolver).stderr
    assert "not asked: Spamhaus ZEN, Abusix combined: they need a key" in shown


def test_no_name_below_domainkey_is_a_conclusion():
    with serving({**WORLD, ("shop.example", "TXT"): ('"v=spf1 -all"',)}) as server:
        shown = run("diagnose", "shop.example", "--no-lists", "--resolver", server).stdout
    assert "shop.example has no name below _domainkey: it publishes no DKIM key. [inferred]" in shown


def test_a_domain_that_does_not_exist_is_told_as_such(resolver):
    done = run("check", "auth", "shoop.example", "--resolver", resolver)
    assert "shoop.example does not exist in DNS: it has no SPF record" in done.stdout


def test_no_lists_are_no_good_news(resolver):
    done = run("diagnose", IP, "--no-lists", "--resolver", resolver, "--json")
    found = json.loads(done.stdout)
    assert found["not_asked"] == ["blocklists"]
    assert found["standing"] == "nothing_found"
    assert "no blocklist was asked" in found["headline"]


def test_an_old_refusal_is_told_with_its_day(resolver, tmp_path):
    reply = (
        f"550 5.7.1 messages from [{IP}] weren't sent, block list (S3140). [x.outlook.com 2026-01-02T03:04:05.678Z 0]"
    )
    (tmp_path / "old.txt").write_text(reply)
    words = ("--no-lists", "--resolver", resolver, "--reply", str(tmp_path / "old.txt"))
    first = run("diagnose", IP, *words).stdout.splitlines()[0]
    assert "The last refusal known is of 2026-01-02" in first
    assert "Nothing is known from Microsoft" not in first


def given(way, tmp_path):
    (tmp_path / "key").write_text(KEY)
    return {
        "option": (["--key", f"spamhaus={KEY}"], {}),
        "file": (["--key-file", f"spamhaus={tmp_path / 'key'}"], {}),
        "environment": ([], {"STAYGREEN_KEY_SPAMHAUS": KEY}),
    }[way]


@pytest.mark.parametrize("way", ["option", "file", "environment"])
@pytest.mark.parametrize("command", [("diagnose",), ("check", "blocklist")])
def test_a_key_reaches_the_list_and_no_screen(tmp_path, way, command):
    options, env = given(way, tmp_path)
    zone = f"{KEY}.zen.dq.spamhaus.net"
    points = {(f"2.0.0.127.{zone}", "A"): ("127.0.0.2",), (f"10.2.0.192.{zone}", "A"): ("127.0.0.2",)}
    with serving({**RECORDS, **points}) as server:
        done = run(*command, IP, *options, "--resolver", server, env=env)
    assert done.exit_code == 1
    assert "Spamhaus ZEN" in done.stdout
    assert KEY not in done.output
    assert "Spamhaus," not in done.stdout.partition("they need a key")[0]


@pytest.mark.parametrize(
    "options",
    [["--key", KEY], ["--key", f"spamhause={KEY}"], ["--key", f"spamhaus={KEY}!"], ["--key", f"={KEY}"]],
)
def test_a_key_that_cannot_be_used_is_not_repeated(options):
    done = run("diagnose", IP, *options)
    assert done.exit_code == 2
    assert KEY not in done.output


def test_a_list_that_was_asked_for_by_name_and_needs_a_key_says_so(resolver):
    done = run("check", "blocklist", IP, "--lists", "spamhaus-zen", "--resolver", resolver)
    assert done.exit_code == 3
    assert done.stdout == ""
    assert "Spamhaus ZEN: it needs a key" in done.stderr


def test_a_junked_message_stands_in_the_first_line_and_sends_nobody_in_a_circle(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 1, tzinfo=UTC))
    (tmp_path / "junk.eml").write_text(JUNKED)
    zone = {**WORLD, **pointed(IP, "mail.example.com"), ("example.com", "TXT"): ('"v=spf1 ip4:192.0.2.10 -all"',)}
    zone |= {
        ("_dmarc.example.com", "TXT"): ('"v=DMARC1; p=reject"',),
        ("_domainkey.example.com", "TXT"): ('"o=-"',),
    }
    with serving(zone) as server:
        for subject, other in ((IP, "example.com"), ("example.com", IP)):
            words = ("--no-lists", "--resolver", server, "--received", str(tmp_path / "junk.eml"))
            found = json.loads(run("diagnose", subject, *words, "--json").stdout)
            assert "a message was junked at Outlook.com on 30 November (by the word of who" in found["headline"]
            assert f"`staygreen diagnose {subject}`" not in found["next_step"]
            assert f"`staygreen diagnose {other}`" in found["next_step"]
            assert "send a plain message from the same address" in found["next_step"]
