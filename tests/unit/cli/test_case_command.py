"""`staygreen case` as a person uses it on a laptop: one file, from the draft to the end."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from staygreen.adapters import clock
from staygreen.adapters.memory.world import MemoryLookup
from staygreen.cli import case as command
from staygreen.cli import diagnose
from staygreen.cli.main import app

IP = "192.0.2.10"
REPLY = (
    f"550 5.7.1 Unfortunately, messages from [{IP}] weren't sent. Please contact your Internet service provider since "
    "part of their network is on our block list (S3150).\n"
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty directory with a refused reply in it; DNS says whatever `said` says."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reply.txt").write_text(REPLY)
    monkeypatch.setattr(diagnose, "believed", lambda *_, **_options: MemoryLookup(replies={}))
    monkeypatch.setattr(command._Look, "now", lambda self, facts: replace(facts, ptr_confirmed=True))
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app, ["case", *arguments])


def test_a_case_lives_from_draft_to_end_in_one_file(place):
    opened = run("open", IP, "--reply", "reply.txt", "--domain", "shop.example", "--company", "a shop")
    assert opened.exit_code == 0, opened.output
    assert f"case-{IP}.json: drafted" in opened.output
    assert "S3150" in opened.output
    assert "a shop" in opened.output
    assert run("repaired", IP, "stopped the imported list").exit_code == 0
    assert "stopped the imported list" in run("export", IP).output
    assert run("submitted", IP, "--note", "ticket 1").exit_code == 0
    replied = run("replied", IP, "not_qualified")
    assert "review by a person" in replied.output
    assert "ticket 1" in run("show", IP).output
    assert run("close", IP).exit_code == 0
    history = json.loads((place / f"case-{IP}.json").read_text())["history"]
    assert [each["stage"] for each in history] == ["drafted", "submitted", "answered", "closed"]


def test_what_stands_in_the_way_is_told_before_anything_is_filed(place, monkeypatch):
    monkeypatch.setattr(command._Look, "now", lambda self, facts: replace(facts, dmarc=False))
    opened = run("open", IP, "--reply", "reply.txt")
    assert opened.exit_code == 1
    assert "Not yet" in opened.output
    assert "DMARC" in opened.output
    submitted = run("submitted", IP)
    assert (submitted.exit_code, "not yet" in submitted.output) == (1, True)
    assert "DMARC" in run("show", IP).output
    monkeypatch.setattr(command._Look, "now", lambda self, facts: replace(facts, dmarc=True))
    assert run("refresh", IP).exit_code == 0
    assert run("submitted", IP).exit_code == 0


def test_what_others_wrote_cannot_steer_the_terminal(place):
    (place / "reply.txt").write_text(REPLY.replace("weren't sent", "\x1b[2Jweren't sent\x9b0m"))
    opened = run("open", IP, "--reply", "reply.txt")
    assert run("submitted", IP, "--note", "ticket \x1b]0;1").exit_code == 0
    for printed in (opened.output, run("show", IP).output):
        assert not {"\x1b", "\x9b"} & set(printed)
    assert "weren't sent" in opened.output


def test_a_case_is_opened_once(place):
    run("open", IP, "--reply", "reply.txt")
    again = run("open", IP, "--reply", "reply.txt")
    assert again.exit_code == 1
    assert f"there is a case about {IP}" in again.output


def test_without_a_block_there_is_nothing_to_file(place):
    (place / "reply.txt").write_text("550 5.1.1 No such user here\n")
    assert run("open", IP, "--reply", "reply.txt").exit_code == 1
    assert list(place.glob("*.json")) == []


def test_a_file_that_is_no_case_is_told_with_its_name(place):
    (place / f"case-{IP}.json").write_text("{}")
    shown = run("show", IP)
    assert shown.exit_code == 3
    assert f"case-{IP}.json" in shown.output


def test_a_case_is_kept_in_one_place(place):
    assert run("show", IP, "--file", "x.json", "--sender", "example", "-e", "production").exit_code == 2


def dated(at, code="S3150"):
    return REPLY.strip().replace(
        "(S3150).", f"({code}). [BN1.prod.protection.outlook.com {at:%Y-%m-%dT%H:%M:%S}.000Z 08DE0]"
    )


def stages(place):
    return [each["stage"] for each in json.loads((place / f"case-{IP}.json").read_text())["history"]]


@pytest.fixture
def closed(place, monkeypatch):
    """A case that was closed on 1 December; `at` moves the clock."""

    def at(day):
        monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, day, 12, tzinfo=UTC))

    at(1)
    assert run("open", IP, "--reply", "reply.txt", "--company", "a shop").exit_code == 0
    assert run("close", IP).exit_code == 0
    return at


def test_a_newer_refusal_reopens_a_closed_case(place, closed):
    closed(5)
    (place / "now.txt").write_text(dated(datetime(2026, 12, 4, tzinfo=UTC)))
    again = run("refresh", IP, "--reply", "now.txt")
    assert (again.exit_code, "reopened" in again.output) == (0, True), again.output
    assert stages(place) == ["drafted", "closed", "reopened"]


def test_an_older_refusal_and_one_without_a_time_leave_it_closed(place, closed):
    closed(5)
    (place / "old.txt").write_text(dated(datetime(2026, 11, 30, tzinfo=UTC)))
    for reply in ("old.txt", "reply.txt"):
        again = run("refresh", IP, "--reply", reply)
        assert again.exit_code == 1
        assert "closed since 2026-12-01 12:00 UTC" in again.output
        assert "Issue title" not in again.output
    assert run("open", IP, "--reply", "old.txt").exit_code == 1
    assert stages(place) == ["drafted", "closed"]


def test_a_case_that_is_over_exports_no_packet_and_says_how_it_is_opened_again(place, closed):
    closed(20)
    exported = run("export", IP)
    assert exported.exit_code == 1
    assert f"staygreen case open {IP} --reply FILE" in exported.output
    opened = run("open", IP, "--reply", "reply.txt")
    assert opened.exit_code == 0, opened.output
    assert "a shop" in opened.output
    assert stages(place) == ["drafted", "closed", "reopened"]


def test_what_stands_next_is_told_at_every_stage(place):
    run("open", IP, "--reply", "reply.txt")
    assert f"staygreen case submitted {IP}" in run("show", IP).output
    run("submitted", IP)
    assert f"staygreen case replied {IP}" in run("show", IP).output
    run("close", IP)
    assert "Nothing is to be filed" in run("show", IP).output


def test_without_a_reply_that_is_what_is_said(place):
    assert "no reply is given (--reply FILE)" in run("open", IP).output


def test_a_packet_of_which_dns_was_not_asked_says_so_first(place, monkeypatch):
    monkeypatch.setattr(diagnose, "believed", lambda *_: None)
    monkeypatch.setattr(command._Look, "now", lambda self, facts: facts)
    for words in (("open", IP, "--reply", "reply.txt"), ("export", IP)):
        made = run(*words)
        assert made.exit_code == 3
        assert made.stdout.index("DNS was not asked") < made.stdout.index("Issue title")


def test_a_listed_range_around_an_address_of_ours_is_not_called_shared(place):
    made = run("open", IP, "--reply", "reply.txt", "--owner", "ours", "--aws")
    assert made.exit_code == 0, made.output
    assert "The range around the address is AWS's to speak for" in made.output
    assert "do not lease" not in made.output
    shared = run("open", IP, "--reply", "reply.txt", "--aws", "--file", "shared.json")
    assert "As far as we can see, we do not lease that address" in shared.output
    assert run("open", IP, "--reply", "reply.txt", "--owner", "other-provider", "--aws", "--file", "x").exit_code == 2


def test_letters_have_no_gaps_where_nothing_is_known(place, monkeypatch):
    monkeypatch.setattr(command._Look, "now", lambda self, facts: replace(facts, spf=False, ptr_confirmed=True))
    opened = run("open", IP, "--reply", "reply.txt", "--owner", "ours", "--aws")
    assert "\n\n\n" not in opened.output
    monkeypatch.setattr(command._Look, "now", lambda self, facts: replace(facts, spf=None))
    run("refresh", IP)
    run("submitted", IP)
    for outcome in ("not_qualified", "nothing_found", "conditionally_mitigated"):
        assert "\n\n\n" not in run("replied", IP, outcome).output.rstrip("\n")
