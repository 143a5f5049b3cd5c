"""A resolver that lies, is dead or is slow is found before anything is judged by it: one sentence, status 3."""

from __future__ import annotations

import json
import socket

import pytest
from typer.testing import CliRunner

from staygreen.cli.main import app
from tests.cli.loopback_dns import WORLD, pointed, serving

COMMANDS = {
    "check auth": ("check", "auth", "shop.example"),
    "check rdns": ("check", "rdns", "192.0.2.10"),
    "check blocklist": ("check", "blocklist", "192.0.2.10"),
    "diagnose an address": ("diagnose", "192.0.2.10"),
    "diagnose a domain": ("diagnose", "shop.example"),
    "spf show": ("spf", "show", "shop.example"),
}
S3150 = "550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent. It is on our block list (S3150)."


@pytest.fixture(autouse=True)
def _no_local_cloud(monkeypatch):
    monkeypatch.delenv("STAYGREEN_RESOLVER", raising=False)


def run(*words):
    return CliRunner().invoke(app, list(words))


def assert_one_sentence(done, *words):
    assert done.exit_code == 3
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    line = done.stderr.strip()
    assert all(word in line for word in words), line


each_command = pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)


@each_command
def test_one_that_denies_everything(words):
    with serving({}) as liar:
        assert_one_sentence(run(*words, "--resolver", liar), "cannot be believed", "root of DNS", "--resolver")


@each_command
def test_one_that_sends_everybody_to_itself(words):
    with serving(WORLD, lie=lambda _name, rtype: ("198.51.100.80",) if rtype == "A" else ()) as portal:
        assert_one_sentence(run(*words, "--resolver", portal), "cannot be believed", "captive portal")


@each_command
def test_one_that_is_dead(words):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        done = run(*words, "--resolver", f"127.0.0.1:{silent.getsockname()[1]}")
    assert_one_sentence(done, "DNS does not answer")


@each_command
def test_one_that_is_too_slow(words):
    with serving(WORLD, delay=4) as slow:
        assert_one_sentence(run(*words, "--resolver", slow), "DNS does not answer")


def test_one_that_speaks_for_the_subject_alone_is_used_and_named():
    zone = {("shop.example", "TXT"): ('"v=spf1 -all"',), ("_dmarc.shop.example", "TXT"): ('"v=DMARC1; p=reject"',)}
    with serving(zone) as own:
        done = run("check", "auth", "shop.example", "--resolver", own)
    assert "v=spf1 -all" in done.stdout
    assert "does not know the root" in done.stderr


def test_one_that_tells_the_truth_is_not_talked_of():
    with serving({**WORLD, **pointed("192.0.2.10", "mail.shop.example")}) as honest:
        done = run("check", "rdns", "192.0.2.10", "--resolver", honest)
    assert done.exit_code == 0
    assert "believed" not in done.output


def test_whose_an_address_is_is_told_without_dns_where_it_is_known():
    with serving({}) as liar:
        done = run("diagnose", "54.240.8.31", "--resolver", liar)
        document = json.loads(run("diagnose", "54.240.8.31", "--json", "--resolver", liar).stdout)
    assert done.exit_code == 3
    assert "cannot be believed" in done.stderr
    first, second = done.stdout.splitlines()[:2]
    assert "no blocklist was asked, nor anything else in DNS" in first
    assert second.startswith("Whose: 54.240.8.31 is Amazon SES's, shared among its customers")
    assert "Evidence" not in done.stdout
    assert (document["owner"], document["not_asked"]) == ("ses_shared", ["dns", "blocklists"])


def test_a_message_that_is_not_there_is_wrong_usage_before_dns_is_asked(tmp_path):
    with serving({}) as liar:
        done = run("diagnose", "192.0.2.10", "--received", str(tmp_path / "missing.eml"), "--resolver", liar)
    assert done.exit_code == 2
    assert "believed" not in done.output


def test_replies_are_judged_without_dns(tmp_path):
    (tmp_path / "reply.txt").write_text(S3150)
    with serving({}) as liar:
        done = run("diagnose", "192.0.2.10", "--reply", str(tmp_path / "reply.txt"), "--resolver", liar)
    assert done.exit_code == 1
    assert "Outlook.com refuses mail" in done.stdout
    assert "no blocklist was asked" in done.stdout
    assert "PTR" not in done.stdout
