"""Reading SNDS exports: the rows of `microsoft.md` with documentation addresses."""

from datetime import UTC, datetime
from ipaddress import IPv4Address
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.snds.report import LONGEST_LINE_BYTES, parse
from staygreen.core.snds.rows import BadRow, Colour, ComplaintRate, DataRow, Flaw, StatusRow

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
GREEN = "192.0.2.10,9/11/2026 8:00 AM,9/12/2026 8:00 AM,422,409,422,GREEN,< 0.1%,,,,,@example.com,"
YELLOW = (
    "198.51.100.7,9/11/2026 8:00 AM,9/12/2026 8:00 AM,1200,1100,1300,YELLOW,0.4%,9/11/2026 8:00 AM,"
    '9/12/2026 8:00 AM,3,mail.example.com,sender@example.com,"quoted, with a comma"'
)
BLOCKED = "192.0.2.0,192.0.2.1,Yes,Blocked due to user complaints or other evidence of spamming"
JUNKED = "198.51.100.26,198.51.100.27,No,Junked due to user complaints or other evidence of spamming"
HEADER = (
    "IP Address,Activity start,Activity end,RCPT commands,DATA commands,Message recipients,Filter result,"
    "Complaint rate,Trap message period start,Trap message period end,Trap hits,Sample HELO,JMR P1 Sender,Comments"
)


def read(text, **options):
    body = text if isinstance(text, bytes) else text.encode()
    return list(parse(body.splitlines(keepends=True), now=NOW, **options))


def with_cell(number, value, row=GREEN):
    cells = row.split(",")
    cells[number - 1] = value
    return ",".join(cells)


def test_a_row_of_the_rest_api_is_read_whole():
    (row,) = read(GREEN)
    assert row == DataRow(
        ip=IPv4Address("192.0.2.10"),
        activity_start=datetime(2026, 9, 11, 8, tzinfo=UTC),
        activity_end=datetime(2026, 9, 12, 8, tzinfo=UTC),
        rcpt_commands=422,
        data_commands=409,
        recipients=422,
        filter_result=Colour.GREEN,
        complaint_rate=ComplaintRate("<", 0.001),
        trap_start=None,
        trap_end=None,
        trap_hits=None,
        helo="",
        mail_from="@example.com",
        comments="",
        line=1,
        raw=GREEN,
    )


def test_a_quoted_comma_does_not_split_a_cell():
    (row,) = read(YELLOW)
    assert (row.comments, row.trap_hits, row.raw) == ("quoted, with a comma", 3, YELLOW)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r\n\n"])
def test_line_ends_and_blank_lines_do_not_matter(end):
    rows = read(end.join([GREEN, YELLOW, GREEN]))
    assert [type(row) for row in rows] == [DataRow] * 3
    assert rows[0].raw == GREEN


def test_a_byte_order_mark_is_not_part_of_the_first_address():
    (row,) = read(b"\xef\xbb\xbf" + GREEN.encode())
    assert row.ip == IPv4Address("192.0.2.10")


def test_a_quoted_cell_may_hold_a_line_break_and_lines_are_still_counted_right():
    rows = read(YELLOW.replace("quoted, with", "quoted,\r\nwith") + "\r\n" + with_cell(4, "-1"))
    assert rows[0].comments == "quoted,\nwith a comma"
    assert rows[1].line == 3


def test_a_stray_quote_costs_one_row_only():
    rows = read("\n".join([GREEN + '"open', GREEN, YELLOW, GREEN]))
    assert [type(row) for row in rows] == [BadRow, DataRow, DataRow, DataRow]
    assert [row.line for row in rows] == [1, 2, 3, 4]


def test_status_rows_are_told_apart_by_their_shape():
    blocked, junked = read(f"{BLOCKED}\r\n{JUNKED}")
    assert isinstance(blocked, StatusRow)
    assert (blocked.blocked, blocked.junked) == (True, False)
    assert (junked.blocked, junked.junked) == (False, True)


def test_not_blocked_is_still_junked_whatever_the_details_say():
    (row,) = read("192.0.2.0,192.0.2.255,False,E-mail address harvesting")
    assert row.junked


@pytest.mark.parametrize(("word", "blocked"), [("Yes", True), ("True", True), ("No", False), ("false", False)])
def test_every_known_spelling_of_blocked_is_read(word, blocked):
    assert read(with_cell(3, word, BLOCKED))[0].blocked is blocked


def test_a_range_covers_its_ends_and_nothing_beyond_them():
    (row,) = read(JUNKED)
    inside = [row.covers(IPv4Address(f"198.51.100.{last}")) for last in (25, 26, 27, 28)]
    assert inside == [False, True, True, False]


@pytest.mark.parametrize(
    ("text", "op", "value"),
    [
        ("< 0.1%", "<", 0.001),
        ("<0.1%", "<", 0.001),
        ("0.4%", "=", 0.004),
        ("0%", "=", 0.0),
        ("> 5%", ">", 0.05),
        ("0.1-0.3%", ">=", 0.001),
        ("0.1% - 0.3%", ">=", 0.001),
        ("100%", "=", 1.0),
    ],
)
def test_a_complaint_rate_is_an_operator_and_a_fraction(text, op, value):
    assert read(with_cell(8, text))[0].complaint_rate == ComplaintRate(op, value)


def test_below_a_tenth_of_a_percent_is_not_a_tenth_of_a_percent():
    assert ComplaintRate("<", 0.001).at_least == 0
    assert ComplaintRate("=", 0.001).at_least == 0.001


def test_empty_cells_are_none_and_not_zero():
    (row,) = read(with_cell(7, "", with_cell(8, "")))
    assert (row.filter_result, row.complaint_rate, row.trap_hits) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9/11/2026 8:00 AM", (2026, 9, 11, 8, 0)),
        ("9/11/2026 12:05 AM", (2026, 9, 11, 0, 5)),
        ("9/11/2026 12:05 PM", (2026, 9, 11, 12, 5)),
        ("09/11/2026 08:00:00 am", (2026, 9, 11, 8, 0)),
        ("9/11/2026 8:00\u202fAM", (2026, 9, 11, 8, 0)),
        ("2026-09-11T08:00:00Z", (2026, 9, 11, 8, 0)),
        ("2026-09-11 08:00", (2026, 9, 11, 8, 0)),
    ],
)
def test_every_known_form_of_date_is_read(text, expected):
    assert read(with_cell(2, text))[0].activity_start == datetime(*expected, tzinfo=UTC)


def test_dates_take_the_zone_that_the_reader_is_told():
    (row,) = read(GREEN, zone=ZoneInfo("America/Los_Angeles"))
    assert row.activity_start.isoformat() == "2026-09-11T08:00:00-07:00"


def test_a_known_header_is_no_row_and_names_the_columns():
    rows = read(f"{HEADER}\r\n{GREEN}\r\n{YELLOW}")
    assert [type(row) for row in rows] == [DataRow, DataRow]
    assert rows[0].line == 2


def test_a_header_decides_which_cell_is_which():
    without_traps = "Ip Address,Comments," + ",".join(HEADER.split(",")[1:8])
    cells = GREEN.split(",")
    (row,) = read(f"{without_traps}\n{cells[0]},moved,{','.join(cells[1:8])}")
    assert (row.ip, row.comments, row.recipients, row.trap_hits) == (IPv4Address("192.0.2.10"), "moved", 422, None)


def test_a_header_with_an_unknown_name_is_drift_and_nothing_after_it_is_believed():
    (bad,) = read(HEADER.replace("Trap hits", "Trust score") + f"\n{GREEN}")
    assert (bad.line, bad.flaw, bad.is_final) == (1, Flaw.HEADER, True)
    assert "Trust score" in bad.reason


def test_the_headed_form_with_one_activity_column_is_not_guessed_at():
    header = HEADER.replace("Activity start,Activity end", "Activity period")
    assert read(header)[0].flaw is Flaw.HEADER


@pytest.mark.parametrize("row", [GREEN + ",", GREEN.rsplit(",", 1)[0]])
def test_fifteen_and_thirteen_columns_are_refused_and_the_other_rows_read(row):
    rows = read(f"{GREEN}\n{row}\n{YELLOW}")
    assert [type(row) for row in rows] == [DataRow, BadRow, DataRow]
    assert (rows[1].line, rows[1].flaw) == (2, Flaw.COLUMNS)
    assert "instead of 14" in rows[1].reason


def test_a_status_row_among_data_rows_is_refused():
    rows = read(f"{GREEN}\n{BLOCKED}")
    assert rows[1].flaw is Flaw.COLUMNS


@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        ('[{"ipAddress":"192.0.2.10","filterResult":"GREEN"}]', Flaw.JSON),
        ('{\n "value": []\n}', Flaw.JSON),
        ("\r\n<!DOCTYPE html><html><body>Sign in</body></html>", Flaw.HTML),
        ("<" + "x" * LONGEST_LINE_BYTES, Flaw.HTML),
        (GREEN.encode("utf-16"), Flaw.ENCODING),
    ],
)
def test_what_is_no_table_is_refused_once(body, flaw):
    (bad,) = read(body)
    assert (bad.flaw, bad.is_final) == (flaw, True)


@pytest.mark.parametrize(
    ("column", "value", "word"),
    [
        (1, "192.0.2.300", "IPv4"),
        (1, "2001:db8::1", "IPv4"),
        (2, "31/12/2025 8:00 AM", "date"),
        (2, "9/11/2026 13:00 PM", "date"),
        (3, "9/10/2026 8:00 AM", "before it starts"),
        (3, "12/24/2026 8:00 AM", "future"),
        (4, "-5", "negative"),
        (5, "4.5", "not a count"),
        (6, "", "not a count"),
        (6, "9" * 14, "too large"),
        (7, "ORANGE", "filter result"),
        (8, "0.4", "complaint rate"),
        (8, "101%", "100 %"),
        (11, "many", "not a count"),
        (14, "nul\0", "NUL"),
    ],
)
def test_a_bad_cell_is_told_with_its_line(column, value, word):
    good, bad, after = read(f"{GREEN}\n{with_cell(column, value)}\n{GREEN}")
    assert isinstance(good, DataRow)
    assert isinstance(after, DataRow)
    assert (bad.line, bad.flaw) == (2, Flaw.VALUE)
    assert word in bad.reason


def test_a_row_in_another_encoding_is_told_and_costs_only_itself():
    rows = read(GREEN.encode() + b"\n" + with_cell(14, "caf\u00e9").encode("latin-1") + b"\n" + GREEN.encode())
    assert "UTF-8" in rows[1].reason
    assert isinstance(rows[2], DataRow)


def test_a_line_beyond_the_limit_is_told_with_the_limit():
    (bad,) = read("1" * (LONGEST_LINE_BYTES + 1))
    assert str(LONGEST_LINE_BYTES) in bad.reason


def test_an_empty_export_has_no_rows():
    assert read(b"") == read(b"\r\n\r\n") == []


def test_the_long_period_of_a_real_row_is_read():
    text = (
        "192.0.2.0,12/31/2019 8:00 AM,9/29/2020 9:00 PM,14129,14129,13025,GREEN,< 0.1%,"
        "9/29/2020 8:07 AM,9/29/2020 12:03 PM,41,,,\r\n"
    )
    (row,) = read(text)
    assert (row.trap_hits, row.trap_start) == (41, datetime(2020, 9, 29, 8, 7, tzinfo=UTC))


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail(body):
    rows = read(body)
    assert all(isinstance(row, DataRow | StatusRow | BadRow) for row in rows)


@given(st.text(alphabet='",\r\n19./ AMPGREN<%', max_size=200))
def test_no_mixture_of_quotes_and_line_ends_makes_the_reader_fail_or_lose_count(text):
    lines = [row.line for row in read(f"{GREEN}\n" + text)]
    assert lines == sorted(lines)
