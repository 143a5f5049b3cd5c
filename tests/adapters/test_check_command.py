"""`staygreen check blocklist` against lists on loopback."""

from __future__ import annotations

import json
import socketserver
import threading
from datetime import UTC, datetime

import dns.message
import dns.rcode
import dns.rrset
import pytest
from typer.testing import CliRunner

from cli.main import app

CATALOGUE = """
[[list]]
id = "good"
name = "Good list"
operator = "us"
zone = "good.test"
targets = ["ipv4", "domain"]
kind = "block"
scope = "host"
default = "on"
codes = [{ match = "127.0.0.2", means = "listing", meaning = "spam was seen", severity = "high" }]
positive = [{ target = "ipv4", name = "127.0.0.2" }, { target = "domain", name = "test" }]
negative = [{ target = "ipv4", name = "127.0.0.1" }]
delist_url = "https://good.test/remove"
verified = 2026-11-01

[[list]]
id = "refusing"
name = "Refusing list"
operator = "us"
zone = "refusing.test"
keyed_zone = "{key}.refusing.test"
key_family = "spamhaus"
targets = ["ipv4"]
kind = "block"
scope = "host"
default = "opt_in"
codes = [{ match = "127.255.255.254", means = "refusal", meaning = "refused" }]
positive = [{ target = "ipv4", name = "127.0.0.2" }]
verified = 2026-11-01
"""
LISTED = {"2.0.0.127.good.test.", "test.good.test.", "10.2.0.192.good.test."}
KEY = "secretkey123"


class Lists(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text()
        reply = dns.message.make_response(query)
        if name in LISTED:
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "127.0.0.2"))
        elif name.endswith(f".{KEY}.refusing.test."):
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "127.255.255.254"))
        else:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        sock.sendto(reply.to_wire(), self.client_address)


@pytest.fixture(scope="module")
def resolver():
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Lists) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def run(resolver, tmp_path):
    file = tmp_path / "lists.toml"
    file.write_text(CATALOGUE.replace("verified = 2026-11-01", f"verified = {datetime.now(UTC).date()}"))
    (tmp_path / "key").write_text(KEY + "\n")

    def run(*arguments: str):
        words = ["check", "blocklist", *arguments, "--resolver", resolver, "--catalogue", str(file)]
        done = CliRunner().invoke(app, words)
        return done, [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    run.key = f"spamhaus={tmp_path / 'key'}"
    return run


def test_a_listing_is_bad_news(run):
    done, rows = run("192.0.2.10", "192.0.2.11")
    assert done.exit_code == 1
    by_subject = {row["subject"]: row for row in rows}
    assert {name: row["answer"] for name, row in by_subject.items()} == {
        "192.0.2.10": "LISTED",
        "192.0.2.11": "NOT_LISTED",
    }
    listed = by_subject["192.0.2.10"]
    assert {"subject", "list", "answer", "codes", "meaning", "reason", "raw", "elapsed_ms"} <= set(listed)
    assert (listed["list"], listed["codes"], listed["meaning"]) == ("good", ["127.0.0.2"], "spam was seen")
    assert listed["delist_url"] == "https://good.test/remove"


def test_clean_everywhere_is_no_news(run):
    assert run("192.0.2.11", "Shop.Example.")[0].exit_code == 0


def test_an_entry_that_nobody_verified_for_a_year_is_told(run, tmp_path):
    assert "more than a year ago" not in run("192.0.2.11")[0].stderr
    file = tmp_path / "lists.toml"
    file.write_text(CATALOGUE.replace("verified = 2026-11-01", "verified = 2020-01-01"))
    assert "good: last verified 2020-01-01" in run("192.0.2.11")[0].stderr


def test_a_list_that_refuses_is_coverage_lost_and_shows_no_key(run):
    done, rows = run("192.0.2.11", "--lists", "good,refusing", "--key", run.key)
    assert done.exit_code == 3
    (refused,) = [row for row in rows if row["list"] == "refusing"]
    assert (refused["answer"], refused["reason"]) == ("UNKNOWN", "refused")
    assert KEY not in done.output


def test_without_its_key_a_list_is_said_not_to_be_covered(run):
    done, rows = run("192.0.2.11", "--lists", "good,refusing")
    assert "Refusing list: not covered" in done.output
    assert {row["list"] for row in rows} == {"good"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["192.0.2.999"], "192.0.2.999"),
        (["192.0.2.10", "shop example"], "shop example"),
        (["192.0.2.10", "--lists", "nowhere"], "nowhere"),
        (["192.0.2.10", "--key", "spamhaus"], "FAMILY=FILE"),
        (["192.0.2.10", "--key", "spamhaus=/nowhere/key"], "/nowhere/key"),
        ([], "sender"),
    ],
)
def test_wrong_usage_names_what_is_wrong(run, arguments, words):
    done, _ = run(*arguments)
    assert done.exit_code == 2
    assert words in done.output


def test_a_resolver_that_is_no_address_is_wrong_usage():
    done = CliRunner().invoke(app, ["check", "blocklist", "192.0.2.1", "--resolver", "somewhere"])
    assert done.exit_code == 2
    assert "somewhere" in done.output
