"""What public DNS and a reply tell, on a lookup from memory."""

import base64
import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from staygreen.adapters.memory.world import MemoryLookup, in_turn
from staygreen.cli import diagnose as command
from staygreen.cli.main import app
from staygreen.core.dns.message import Question, Rcode, RecordType, Reply
from staygreen.core.finding import State
from staygreen.core.published.dns_cache import Answers
from staygreen.core.replies.delivery_event import Kind, Notice
from staygreen.core.verdict import first_look
from staygreen.core.verdict.verdict import Standing

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
REVERSE = "10.2.0.192.in-addr.arpa"
S3150 = (
    "550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent. "
    "part of their network is on our block list (S3150)."
)


def world(**names):
    def reply(name, value):
        question = Question(name, RecordType.TXT)
        if isinstance(value, Rcode):
            return Reply(question=question, rcode=value)
        return Reply(question=question, rcode=Rcode.NOERROR, values=(value,) if value else ())

    return MemoryLookup(replies={name: reply(name, value) for name, value in names.items()})


@pytest.mark.parametrize(
    ("records", "state", "cause"),
    [
        ({}, State.BAD, "ptr_missing"),
        ({REVERSE: Rcode.SERVFAIL}, State.UNKNOWN, "ptr_unknown"),
        ({REVERSE: "mail.shop.example"}, State.BAD, "ptr_unconfirmed"),
        ({REVERSE: "mail.shop.example", "mail.shop.example": "192.0.2.11"}, State.BAD, "ptr_unconfirmed"),
        ({REVERSE: "mail.shop.example", "mail.shop.example": Rcode.TIMEOUT}, State.UNKNOWN, "ptr_unknown"),
        ({REVERSE: "mail.shop.example", "mail.shop.example": "192.0.2.10"}, State.OK, "ptr"),
    ],
)
def test_reverse_dns_is_confirmed_forward(records, state, cause):
    found = first_look.reverse_dns("192.0.2.10", Answers(world(**records)), NOW)
    assert (found.state, found.cause) == (state, cause)


def test_what_dns_does_not_answer_is_unknown_and_never_missing():
    silent = {name: Rcode.TIMEOUT for name in ("shop.example", "_dmarc.shop.example", "_domainkey.shop.example")}
    states = {
        each.cause: each.state for each in first_look.authentication("shop.example", Answers(world(**silent)), NOW)
    }
    assert set(states.values()) == {State.UNKNOWN}


def test_what_a_domain_lacks_is_named():
    causes = {each.cause for each in first_look.authentication("shop.example", Answers(world()), NOW)}
    assert causes == {"spf_missing", "dmarc_missing", "dkim_missing"}


def test_a_parent_domains_dmarc_record_counts():
    records = {"_dmarc.shop.example": "v=DMARC1; p=none", "news.shop.example": "v=spf1 -all", "_domainkey.x": ""}
    states = {
        each.cause: each.state
        for each in first_look.authentication("news.shop.example", Answers(world(**records)), NOW)
    }
    assert states["dmarc"] is State.OK
    assert states["spf"] is State.OK


def test_a_named_selector_is_looked_at():
    records = {"s1._domainkey.shop.example": f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(32)).decode()}"}
    found = list(first_look.authentication("shop.example", Answers(world(**records)), NOW, ("s1", "s2")))
    assert [(each.cause, each.state) for each in found[-2:]] == [("dkim", State.OK), ("dkim_missing", State.BAD)]


@pytest.mark.parametrize("text", ["", "localhost", "a b.example", "192.0.2.300", "https://x.example/"])
def test_what_is_neither_an_address_nor_a_name_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        first_look.subject_of(text)


def test_a_reply_about_another_address_says_nothing():
    about = first_look.subject_of("192.0.2.99")
    said = Notice(kind=Kind.REFUSED, source="reply", text=S3150)
    assert list(first_look.replies([said], about, NOW)) == []


def test_the_verdict_of_the_first_hour_names_what_to_repair_before_the_form():
    who = first_look.subject_of("192.0.2.10")
    said = Notice(kind=Kind.REFUSED, source="reply", text=S3150)
    found = command.look(who, [said], world(), NOW, selectors=(), lists=False).verdict
    assert found.standing is Standing.BLOCKED
    assert found.next_step.startswith("Before any request for delisting: Give 192.0.2.10 a PTR record")
    assert command.exit_status(found, is_all_read=True) == 1
    assert command.packet(command.facts_of(who, [said], found.exhibits, NOW))["not_yet"]
    assert "No packet yet" in command.packet_prose(command.facts_of(who, [said], found.exhibits, NOW))
    assert json.dumps(command.document(found, NOW))


def test_blocklists_that_do_not_answer_are_coverage_lost():
    who = first_look.subject_of("192.0.2.10")

    class Silent:
        def __call__(self, *streams):
            for question in in_turn(streams):
                yield Reply(question=question, rcode=Rcode.TIMEOUT)

    found = command.look(who, [], Silent(), NOW, selectors=(), lists=True).verdict
    assert found.standing is Standing.UNKNOWN
    assert command.exit_status(found, is_all_read=True) == 3


def run(*arguments, text=None):
    return CliRunner().invoke(app, list(arguments), input=text)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (S3150, 1),
        ("451 4.7.651 The mail server [192.0.2.10] has been temporarily rate limited due to IP reputation.", 1),
        ("550 5.1.1 user unknown", 0),
        ("550 5.7.1 refused", 0),
        ("", 3),
        ("[{}]", 3),
    ],
)
def test_decode_exits_with_the_worst_that_it_read(text, status):
    assert run("decode", "-", "--json", text=text).exit_code == status


def test_a_reply_about_another_address_is_told_and_counts_neither_for_the_verdict_nor_for_the_packet(
    tmp_path, monkeypatch
):
    (tmp_path / "reply.txt").write_text(S3150)
    monkeypatch.setattr(command, "believed", lambda *_, **_options: world())

    found = run("diagnose", "192.0.2.99", "--no-lists", "--json", "--reply", str(tmp_path / "reply.txt"))

    assert json.loads(found.stdout)["packet"] is None
    assert "not counted: a reply about 192.0.2.10, not 192.0.2.99" in found.stderr


def test_decode_prints_one_object_for_each_reply():
    found = run("decode", "-", "--json", text=f"{S3150}\n550 5.1.1 user unknown\n")
    assert [json.loads(line)["cause"] for line in found.stdout.splitlines()] == ["ip_blocked", "recipient_unknown"]


def test_decode_of_a_file_that_is_not_there_is_wrong_usage():
    assert run("decode", "/nowhere/reply.txt").exit_code == 2


@pytest.mark.parametrize("system", ["postfix", "exim", "ses"])
@pytest.mark.parametrize("family", ["consumer", "microsoft-365"])
def test_slowing_down_has_settings_for_each_sender_and_family(system, family):
    found = run("slow-down", system, "--family", family)
    assert found.exit_code == 0
    assert "protection.outlook.com" in found.stdout or "outlook.com" in found.stdout or "microsoft_365" in found.stdout
    assert run("slow-down", "sendmail").exit_code == 2


def test_postfix_slows_down_microsofts_destinations_and_no_other(tmp_path):
    printed = run("slow-down", "postfix").stdout
    assert "backoff" not in printed, "Postfix has it for all destinations alone"
    domains = {line.split()[0] for line in printed.splitlines() if line.endswith("  consumer:")}
    assert {
        "outlook.com",
        "outlook.fr",
        "hotmail.co.uk",
        "hotmail.com.br",
        "live.nl",
        "live.co.uk",
        "msn.com",
    } <= domains
    assert all(
        name.split(".")[0] in ("outlook", "hotmail", "live", "msn", "passport", "windowslive") for name in domains
    )


def test_postfix_keeps_the_transport_maps_that_there_are():
    settings = [line for line in run("slow-down", "postfix").stdout.splitlines() if "transport_maps" in line]
    assert all("$(postconf -h transport_maps)" in line for line in settings if "postconf -e" in line)
    assert not [line for line in settings if line.startswith("transport_maps")]


def test_a_case_without_its_file_is_wrong_usage(tmp_path):
    assert run("case", "show", "192.0.2.10", "--file", str(tmp_path / "none.json")).exit_code == 2
    (tmp_path / "bad.json").write_text("{}")
    assert run("case", "show", "192.0.2.10", "--file", str(tmp_path / "bad.json")).exit_code == 3
