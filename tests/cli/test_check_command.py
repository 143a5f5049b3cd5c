"""`staygreen check blocklist` against lists on loopback."""

from __future__ import annotations

import json
import signal
import socketserver
import threading
from datetime import UTC, datetime

import dns.message
import dns.rcode
import dns.rrset
import pytest
from typer.testing import CliRunner

from staygreen.cli import listing_report
from staygreen.cli.main import app

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
        words = ["check", "blocklist", *arguments, "--json", "--resolver", resolver, "--catalogue", str(file)]
        done = CliRunner().invoke(app, words)
        return done, [json.loads(line) for line in done.stdout.splitlines()]

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


def test_a_person_gets_a_table_with_the_listings_of_each_subject_first(run, resolver, tmp_path):
    words = ["192.0.2.11", "192.0.2.10", "2001:db8:1234:5678:9abc:def0:1234:5678", "--lists", "good,refusing"]
    options = ["--key-file", run.key, "--resolver", resolver, "--catalogue", str(tmp_path / "lists.toml")]
    done = CliRunner().invoke(app, ["check", "blocklist", *words, *options])
    head, *lines = [line.split(maxsplit=4) for line in done.stdout.splitlines() if not line.startswith("Whose: ")]
    assert head[:3] == ["subject", "list", "answer"]
    assert [(line[0], line[3]) for line in lines] == [
        ("192.0.2.10", "LISTED"),
        ("192.0.2.10", "UNKNOWN"),
        ("192.0.2.11", "NOT_LISTED"),
        ("192.0.2.11", "UNKNOWN"),
    ]
    assert lines[0][4].split() == ["spam", "was", "seen", "https://good.test/remove"]
    assert done.exit_code == 1


def test_clean_everywhere_is_no_news(run):
    assert run("192.0.2.11", "Shop.Example.")[0].exit_code == 0


def test_a_kind_of_subject_that_no_list_has_is_told_and_is_coverage_lost(run):
    done, rows = run("192.0.2.11", "2001:db8::1")
    assert [row["subject"] for row in rows] == ["192.0.2.11"]
    assert "none of these lists has IPv6 addresses: 1 not looked up" in done.stderr
    assert done.exit_code == 3


def test_an_entry_that_nobody_verified_for_a_year_is_told(run, tmp_path):
    assert "more than a year ago" not in run("192.0.2.11")[0].stderr
    file = tmp_path / "lists.toml"
    file.write_text(CATALOGUE.replace("verified = 2026-11-01", "verified = 2020-01-01"))
    assert "good: last verified 2020-01-01" in run("192.0.2.11")[0].stderr


def test_a_list_that_refuses_is_coverage_lost_and_shows_no_key(run):
    done, rows = run("192.0.2.11", "--lists", "good,refusing", "--key-file", run.key)
    assert done.exit_code == 3
    (refused,) = [row for row in rows if row["list"] == "refusing"]
    assert (refused["answer"], refused["reason"]) == ("UNKNOWN", "refused")
    assert KEY not in done.output


def test_without_its_key_a_list_is_said_not_to_be_covered(run):
    done, rows = run("192.0.2.11", "--lists", "good,refusing")
    assert "not asked: Refusing list: it needs a key" in done.stderr
    assert done.exit_code == 3
    assert {row["list"] for row in rows} == {"good"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["192.0.2.999"], "192.0.2.999"),
        (["192.0.2.10", "shop example"], "shop example"),
        (["http://shop.example/"], "neither"),
        (["b\u00fccher.example"], "xn--"),
        (["192.0.2.10", "--lists", "nowhere"], "nowhere"),
        (["192.0.2.10", "--key-file", "spamhaus"], "FAMILY=FILE"),
        (["192.0.2.10", "--key-file", "spamhaus=/nowhere/key"], "/nowhere/key"),
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


def test_a_file_has_addresses_networks_and_comments_and_each_bad_line_is_named(run, tmp_path):
    file = tmp_path / "subjects.txt"
    file.write_text(
        "192.0.2.8/30 # ours\n\n192.0.2.10\n300.1.2.3, 192.0.2.77\n192.0.2.1/30\n10.0.0.0/8\nshop.example\n"
    )
    done, rows = run("--from-file", str(file), "192.0.2.10")
    assert [row["subject"] for row in rows].count("192.0.2.10") == 1, "what is named twice is asked once"
    assert {row["subject"] for row in rows} == {
        *(f"192.0.2.{last}" for last in (8, 9, 10, 11, 77)),
        "shop.example",
    }
    assert f"{file}:4: '300.1.2.3'" in done.stderr
    assert f"{file}:5: '192.0.2.1/30'" in done.stderr
    assert f"{file}:6: 10.0.0.0/8 has 16,777,216 addresses, more than 65,536" in done.stderr
    assert done.exit_code == 1


def test_lines_that_cannot_be_read_are_coverage_lost(run, tmp_path):
    file = tmp_path / "subjects.txt"
    file.write_text("192.0.2.11\nnonsense\n")
    assert run("--from-file", str(file))[0].exit_code == 3


@pytest.mark.parametrize("words", [["10.0.0.0/8"], ["192.0.2.1/24"], ["--from-file", "/nowhere/subjects"]])
def test_a_network_or_a_file_that_cannot_be_used_is_wrong_usage(run, words):
    assert run(*words)[0].exit_code == 2


def test_when_the_time_is_over_the_rest_is_told_as_not_asked(run):
    done, rows = run("192.0.2.0/28", "--deadline", "0")
    assert done.exit_code == 3
    assert {(row["answer"], row["reason"]) for row in rows} == {("UNKNOWN", "not_asked")}
    assert len(rows) == 16


def test_interrupted_it_reports_what_it_has(run, monkeypatch):
    """The first Ctrl-C stops the asking alone."""

    before = signal.getsignal(signal.SIGINT)
    add = listing_report.JsonLines.add
    seen = []

    def add_and_press(self, result):
        add(self, result)
        seen.append(result)
        if len(seen) == 3:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(listing_report.JsonLines, "add", add_and_press)
    done, rows = run("192.1.0.0/21")
    assert len(rows) == 2048
    assert {row["reason"] for row in rows if row["answer"] == "UNKNOWN"} == {"not_asked"}
    assert sum(row["reason"] == "not_asked" for row in rows) > 1000
    assert "interrupted" in done.stderr
    assert signal.getsignal(signal.SIGINT) is before


def test_neighbours_are_counted_and_are_no_listing_of_the_address(run):
    done, rows = run("192.0.2.11", "--neighbourhood", "28")
    assert done.exit_code == 0
    (around,) = [row for row in rows if "neighbours" in row]
    assert (around["listed"], around["neighbours"]) == (1, 15)
    assert around["meaning"] == "1 of your 15 neighbours in 192.0.2.0/28 are on Good list"
