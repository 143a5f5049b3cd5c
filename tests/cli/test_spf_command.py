"""`staygreen spf` against DNS on loopback."""

import json
import re
import socketserver
import threading

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from typer.testing import CliRunner

from staygreen.cli.main import app

CONFIG = """
[sender]
name = "x"
account = "111122223333"
region = "eu-central-1"

[[domain]]
name = "example.com"
ses = false
zone = { id = "Z0EXAMPLE", name = "example.com" }
[domain.spf]
mechanisms = [
  { value = "include:one.test", reason = "the shop" },
  { value = "a:mail.example.com", reason = "our server" },
  { value = "a:gone.test", reason = "forgotten" },
]
[domain.dmarc]
policy = "none"
aggregate_reports = ["dmarc@example.com"]

[[address]]
name = "mail-1"
ptr = "mail.example.com"
zone = { id = "Z0EXAMPLE", name = "example.com" }
"""
ZONE = {
    ("one.test.", "TXT"): '"v=spf1 include:two.test -all"',
    ("two.test.", "TXT"): '"v=spf1 ip4:192.0.2.1 -all"',
}


class Zone(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        query = dns.message.from_wire(data)
        (asked,) = query.question
        reply = dns.message.make_response(query)
        key = (asked.name.to_text(), dns.rdatatype.to_text(asked.rdtype))
        if asked.name.to_text() in self.server.silent:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif key in ZONE:
            reply.answer.append(dns.rrset.from_text(key[0], 60, "IN", key[1], ZONE[key]))
        else:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        self.server.asked.append(key)
        sock.sendto(reply.to_wire(), self.client_address)


@pytest.fixture
def server():
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Zone) as made:
        made.silent, made.asked = set(), []
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def run(server, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(CONFIG)

    def run(*words):
        resolver = ["--resolver", f"127.0.0.1:{server.server_address[1]}"] if words[0] == "record" else []
        return CliRunner().invoke(app, ["spf", *words, str(file), *resolver])

    run.answers = tmp_path / "spf-answers.json"
    return run


def test_the_answers_are_written_and_the_tree_shows_what_each_term_costs(run, server):
    done = run("record")

    assert done.exit_code == 0, done.output
    written = json.loads(run.answers.read_text())["answers"]
    assert [(each["name"], each["type"], each["answer"]) for each in written] == [
        ("gone.test", "A", []),
        ("gone.test", "AAAA", []),
        ("one.test", "TXT", ["v=spf1 include:two.test -all"]),
        ("two.test", "TXT", ["v=spf1 ip4:192.0.2.1 -all"]),
    ]
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\d", each["date"]) for each in written)
    assert "4 of 10 lookups, 1 of 2 without an answer" in done.stdout
    assert "    2   include:one.test\n    1     include:two.test\n" in done.stdout
    assert "1   a:gone.test  # no such name or record" in done.stdout


def test_showing_asks_nobody(run, server):
    recorded = run("record").stdout.partition("\n\n")[2]
    before = len(server.asked)

    shown = run("show")

    assert shown.exit_code == 0
    assert shown.stdout == recorded
    assert len(server.asked) == before


def test_without_recorded_answers_the_count_is_at_least_that(run):
    shown = run("show")

    assert shown.exit_code == 3
    assert "at least 3 of 10 lookups" in shown.stdout
    assert "not counted: there is no answer for one.test" in shown.stdout


def test_a_name_that_dns_does_not_answer_for_keeps_its_answer(run, server):
    run("record")
    old = run.answers.read_text().replace(json.loads(run.answers.read_text())["answers"][0]["date"], "2026-01-02")
    run.answers.write_text(old)
    server.silent.add("two.test.")

    done = run("record")

    assert done.exit_code == 3
    assert "no answer for two.test TXT: what was recorded stays" in done.stderr
    kept = {each["name"]: each["date"] for each in json.loads(run.answers.read_text())["answers"]}
    assert kept["two.test"] == "2026-01-02" < kept["one.test"]
    assert "1 answer is older than 30 days, the oldest of 2026-01-02" in run("show").stderr


def test_a_broken_file_is_not_written_over(run):
    run.answers.write_text("{")

    done = run("record")

    assert done.exit_code == 3
    assert "spf-answers.json:1: is not valid JSON" in done.stderr
    assert run.answers.read_text() == "{"
