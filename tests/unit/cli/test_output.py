"""What commands print with: tables and text that are right in a file, in a pipe and at a terminal."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.cli.output import Styled, plain_lines, print_json, print_table, print_text

ESCAPE = "\x1b"
CELLS = st.text(st.characters(codec="utf-8"), max_size=90)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6))
def test_in_a_file_each_row_is_a_line_that_holds_each_cell_whole(rows):
    rows = [[" ".join(cell.split()) for cell in row] for row in rows]
    head, *lines = plain_lines(("subject", "state", "next step"), rows)
    assert head.split() == ["subject", "state", "next", "step"]
    for line, row in zip(lines, rows, strict=True):
        rest = line
        for cell in filter(None, row):
            before, found, rest = rest.partition(cell)
            assert not before.strip()
            assert found == cell


def test_columns_stand_below_each_other_and_a_long_cell_moves_its_own_row_alone(capsys):
    address = "2001:db8:1234:5678:9abc:def0:1234:5678"
    print_table(("subject", "why", "next"), [(address, "x" * 300, "a"), ("192.0.2.1", "short", "b")])
    head, long, short = capsys.readouterr().out.splitlines()
    assert head.index("why") == long.index("xxx") == short.index("short") == len(address) + 2
    assert head.index("next") == short.index(" b") + 1
    assert long.endswith("x  a")


LONGEST_ADDRESS = "2001:db8:1234:5678:9abc:def0:1234:5678"
TABLES = {
    "incidents": [
        ("what is wrong", "severity", "status", "since", "last seen", "id"),
        (f"{LONGEST_ADDRESS} is listed on Spamhaus ZEN (mail.example.com)", "critical", "open, stale",
         "2026-06-03 14:05", "2026-06-03 16:05", "a27d9e37a75be8b6"),
    ],
    "verdict": [
        ("subject", "stands", "because", "next"),
        (f"{LONGEST_ADDRESS} (mail.example.com)", "at risk", "listed on psbl, ptr_missing; around it: uceprotect-2",
         "Ask for removal, once the cause is stopped. Look at the mail of the last two days before."),
    ],
    "check": [
        ("subject", "list", "answer", "what it says", "next step"),
        (LONGEST_ADDRESS, "Spamhaus ZEN", "LISTED", "CSS: mail from this address looks like poor sending",
         "https://check.spamhaus.org/"),
    ],
    "approvals": [
        ("what", "severity", "stage", "good until", "id"),
        (f"Move {LONGEST_ADDRESS} from the pool warm to quarantine, where nothing is sent from.", "warning", "awaiting",
         "2026-06-03 14:05", "6752c2c3c89bc339"),
    ],
    "reports": [
        ("source", "class", "first", "last", "messages", "aligned", "addresses", "why"),
        ("Amazon SES (eu-central-1)", "ours, aligned", "2026-06-01", "2026-06-03", "1,204,311", "99.8 %",
         f"{LONGEST_ADDRESS}, 203.0.113.5 and 12 more", "signed with a key of example.com"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("width", [80, 120, 200])
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_at_a_terminal_a_table_fits_and_no_word_of_it_is_broken(capsys, monkeypatch, table, width):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    columns, *rows = table
    print_table(columns, rows)
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= width
    for cell in rows[0]:
        assert all(word in printed for word in cell.split()), cell


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "GITHUB_ACTIONS"])
def test_there_is_no_colour_in_a_file_whatever_the_environment_says(capsys, monkeypatch, variable):
    monkeypatch.setenv(variable, "1")
    print_table(("state",), [(Styled("BAD", "bold red"),)])
    assert capsys.readouterr().out == "state\nBAD\n"


def test_nothing_that_others_wrote_steers_a_terminal(capsys):
    hostile = f"v=spf1 {ESCAPE}[2J{ESCAPE}]0;title\x07 \u202e-all\r\nnew"
    print_text(hostile)
    print_text(hostile, err=True)
    print_table(("text",), [(hostile,), (Styled(hostile, "red"),)])
    printed = capsys.readouterr()
    for text in printed:
        assert not {ESCAPE, "\x07", "\r", "\u202e"} & set(text)
        assert "-all" in text
    assert len(printed.out.splitlines()) == 5, "two lines of text, three of a table"


def test_an_object_is_one_line_of_json_in_every_encoding(capsys):
    row = {"text": "Größe\n\u2028 \udcff"}
    print_json(row)
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert printed.count("\n") == 1
    assert json.loads(printed) == row
