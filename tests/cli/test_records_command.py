"""`staygreen check auth` and `rdns` over real DNS on loopback."""

import json
from datetime import timedelta
from functools import partial

import dns.name
import pytest
from typer.testing import CliRunner

from local.dns.hosted_zones import HostedZones, ReverseZones
from local.dns.server import DnsServer
from staygreen.adapters.dns.resolver import DnsLookup
from staygreen.cli.main import app

KEY = "p=MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
RECORDS = {
    ("good.test.", "TXT"): '"v=spf1 ip4:192.0.2.10 -all"',
    ("good.test.", "MX"): "10 mail.good.test.",
    ("_dmarc.good.test.", "TXT"): '"v=DMARC1; p=reject; rua=mailto:a@good.test"',
    ("s1._domainkey.good.test.", "TXT"): '"v=DKIM1; k=ed25519; p=GA0DhDKWdeZ3hWoSSMDi4PmnmvOWnSsQ+dZGWXwRHxo="',
    ("mail.good.test.", "A"): "192.0.2.10",
    ("good.test.", "NS"): "ns1.local.test.",
    ("bad.test.", "TXT"): '"v=spf1 include:bad.test ?all"',
}


def zones():
    sets = [
        {"Name": name, "Type": rtype, "ResourceRecords": [{"Value": value}]} for (name, rtype), value in RECORDS.items()
    ]
    yield "test.", sets


@pytest.fixture
def server(monkeypatch):
    pointers = {"192.0.2.10": "mail.good.test", "192.0.2.11": "mail.good.test"}
    with DnsServer([HostedZones(zones, lambda _name, _rtype: []), ReverseZones(pointers.get)]) as running:
        monkeypatch.setenv("STAYGREEN_RESOLVER", running.address)
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        assert dns.name.from_text("good.test.")
        yield running.address


def check(*arguments):
    found = CliRunner().invoke(app, ["check", *arguments, "--json"])
    return found.exit_code, [json.loads(line) for line in found.stdout.splitlines()]


def test_a_good_domain_is_three_facts(server):
    status, rows = check("auth", "good.test", "--selector", "s1", "--resolver", server)
    assert status == 0
    assert [row["state"] for row in rows] == ["OK", "OK", "OK"]


def test_what_is_wrong_is_told_with_its_next_step(server):
    status, rows = check("auth", "bad.test", "--resolver", server)
    wrong = {row["cause"]: row["next_step"] for row in rows if row["state"] == "BAD"}
    assert status == 1
    assert set(wrong) == {"spf_invalid", "dmarc_missing", "dkim_missing"}
    assert all(wrong.values())


def test_a_person_gets_a_table_with_the_same_facts(server):
    _, rows = check("auth", "bad.test", "--resolver", server)
    printed = CliRunner().invoke(app, ["check", "auth", "bad.test", "--resolver", server])
    head, *lines = printed.stdout.splitlines()
    assert head.startswith("subject   state  what it is")
    assert len(lines) == len(rows)
    for row in rows:
        (line,) = [line for line in lines if row["text"] in line]
        assert line.startswith(f"bad.test  {row['state']} ")
        assert line.endswith(row["next_step"])


def test_reverse_names_are_confirmed(server):
    assert check("rdns", "192.0.2.10", "--resolver", server)[0] == 0
    status, rows = check("rdns", "192.0.2.11", "192.0.2.12", "--resolver", server)
    assert status == 1
    assert [row["cause"] for row in rows if row["state"] == "BAD"] == ["ptr_unconfirmed", "ptr_missing"]


def test_silence_is_coverage_and_no_bad_news(monkeypatch):
    monkeypatch.delenv("STAYGREEN_RESOLVER", raising=False)
    hasty = partial(DnsLookup, timeout=timedelta(milliseconds=100))
    monkeypatch.setattr("staygreen.adapters.dns.resolver.DnsLookup", hasty)
    for arguments in (("auth", "good.test"), ("rdns", "192.0.2.10")):
        status, rows = check(*arguments, "--resolver", "127.0.0.1:9")
        assert (status, rows) == (3, [])


@pytest.mark.parametrize("arguments", [("auth", "192.0.2.10"), ("auth", "a b.test"), ("rdns", "good.test")])
def test_wrong_usage_is_told_before_anything_is_asked(arguments):
    assert check(*arguments)[0] == 2
