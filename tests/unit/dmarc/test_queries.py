"""Saved questions, put to DuckDB over stored rows: `pip install -r requirements-oracle.txt`."""

from datetime import UTC, datetime, timedelta

import pytest

from staygreen.core.dmarc import queries
from tests.unit.dmarc.stored_rows import kept

TODAY = datetime.now(UTC).date()
BEFORE, LONG_AGO = TODAY - timedelta(days=2), TODAY - timedelta(days=90)


def test_the_columns_are_the_keys_of_stored_rows(tmp_path):
    (row,) = kept(tmp_path, day=BEFORE)
    assert list(queries.COLUMNS) == [key for key in row if key != "kind"]


def test_no_question_uses_what_only_one_engine_has():
    for each in queries.QUERIES:
        sql = each.sql("rows").lower()
        assert "->" not in sql
        assert "approx" not in sql
        assert "unnest" not in sql


@pytest.fixture
def ask(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    kept(tmp_path, day=BEFORE, rows=[("192.0.2.1", 70), ("192.0.2.2", 10)])
    kept(tmp_path, day=BEFORE, rows=[("192.0.2.9", 5)], dkim="fail", org="other.example", identifier="2")
    kept(tmp_path, day=TODAY, rows=[("192.0.2.1", 30)], identifier="3")
    kept(tmp_path, day=LONG_AGO, rows=[("192.0.2.1", 999)], identifier="4")
    names = {"string": "VARCHAR", "boolean": "BOOLEAN", "bigint": "BIGINT"}
    columns = {name: names.get(kind) or duck_type(kind) for name, kind in queries.COLUMNS.items()}
    connection = duckdb.connect()
    rows = connection.read_json(
        f"{tmp_path}/rows/*/*/*.jsonl.gz",
        format="newline_delimited",
        columns=columns,
        hive_partitioning=True,
        hive_types={"day": "VARCHAR"},
        ignore_errors=True,
    )
    rows.create_view("stored")
    return lambda name: connection.execute(queries.by_name(name).sql("stored")).fetchall()


def duck_type(kind):
    """Hive's array of structs in DuckDB's words."""
    inner = kind.removeprefix("array<struct<").removesuffix(">>")
    return "STRUCT(" + ", ".join(f'"{each.split(":")[0]}" VARCHAR' for each in inner.split(",")) + ")[]"


def test_sources_of_the_last_days_with_what_passed(ask):
    before, today = BEFORE.isoformat(), TODAY.isoformat()
    assert ask("sources") == [
        ("example.com", "192.0.2.1", 100, 100, 0, before, today),
        ("example.com", "192.0.2.2", 10, 10, 0, before, before),
        ("example.com", "192.0.2.9", 5, 0, 0, before, before),
    ]


def test_days_with_their_reports_and_reporters(ask):
    assert ask("days") == [
        (BEFORE.isoformat(), "example.com", 2, 2, 85, 80, 0),
        (TODAY.isoformat(), "example.com", 1, 1, 30, 30, 0),
    ]


def test_mail_that_fails_with_what_became_of_it(ask):
    before = BEFORE.isoformat()
    assert ask("failing") == [("example.com", "192.0.2.9", "none", "fail", "fail", 5, 1, before, before)]


def test_a_name_that_is_no_question_is_none():
    assert queries.by_name("everything") is None
