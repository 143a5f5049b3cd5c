"""What a deployed sender has received, shown as reports from files are."""

import json
from datetime import UTC, date, datetime
from ipaddress import ip_address, ip_network
from types import SimpleNamespace

import boto3
import pytest
from typer.testing import CliRunner

from staygreen.adapters import clock
from staygreen.adapters.reports import athena
from staygreen.adapters.reports.report_table import ReportTable
from staygreen.cli.main import app
from staygreen.core.dmarc.day import Cell, ReportSummary, Rest
from staygreen.core.dmarc.roll_up import roll_up
from staygreen.core.reports.estate import Estate
from staygreen.core.reports.report import DkimResult, Evidence, Generation, PublishedPolicy, Quality

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DEPLOYED = ("--sender", "example", "-e", "production")
TABLE = "staygreen-example-production-reports"
SIGNED = Evidence("example.com", None, None, "none", "pass", "fail", (), (DkimResult("example.com", "k1", "pass"),), ())
PLAIN = Evidence("example.com", None, None, "none", "fail", "fail", (), (), ())


NOTHING = Rest()


class Items:
    """A table that is asked as DynamoDB is."""

    def __init__(self):
        self.kept = {}

    def put_item(self, **call):
        item = call["Item"]
        self.kept[item["pk"]["S"], item["sk"]["S"]] = item

    def get_paginator(self, _operation):
        return SimpleNamespace(paginate=self._paginate)

    def _paginate(self, **call):
        values = call["ExpressionAttributeValues"]
        found = [
            item
            for (pk, sk), item in sorted(self.kept.items())
            if pk == values[":pk"]["S"] and sk >= values.get(":since", {"S": ""})["S"]
        ]
        yield {"Items": found[:1]}
        yield {"Items": found[1:]}


def report(identity, day, cells, *, is_proven=True, rest=NOTHING):
    evidence = (SIGNED, PLAIN)
    made = tuple(Cell(ip_address(source), evidence.index(said), messages) for source, said, messages in cells)
    return ReportSummary(
        identity=identity,
        org="reporter.example",
        submitter="reporter.example",
        is_proven=is_proven,
        generation=Generation.RFC_7489,
        quality=Quality.WHOLE,
        policy=PublishedPolicy(domain="example.com", p="none"),
        begin=datetime(day.year, day.month, day.day, tzinfo=UTC),
        end=datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC),
        rows=len(cells),
        messages=sum(messages for _, _, messages in cells) + rest.messages,
        evidence=evidence,
        cells=made,
        rest=rest,
    )


@pytest.fixture
def table(monkeypatch):
    items = Items()
    declared = {"domains": ["example.com"], "selectors": [["example.com", "k1"]]}
    parameter = {"Parameter": {"Value": json.dumps({"estate": declared, "trusted": False})}}
    settings = SimpleNamespace(get_parameter=lambda Name: parameter)
    monkeypatch.setattr(boto3, "client", lambda service: {"dynamodb": items, "ssm": settings}[service])
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return ReportTable(client=items, table=TABLE)


def keep(table, *days):
    for day, reports in days:
        table.keep_day(roll_up("example.com", day, reports))


def run(*arguments):
    return CliRunner().invoke(app, ["reports", *arguments, *DEPLOYED])


def test_each_day_is_judged_by_what_was_ours_on_it(table):
    first, second = date(2026, 11, 20), date(2026, 11, 21)
    ours = Estate(domains=frozenset({"example.com"}), selectors=frozenset({("example.com", "k1")}))
    table.keep_estate(first, Estate(**{**_fields(ours), "networks": (ip_network("192.0.2.1"),)}))
    table.keep_estate(second, ours)  # the address was given back, and somebody else has it
    keep(
        table,
        (first, [report("a", first, [("192.0.2.1", PLAIN, 10)])]),
        (second, [report("b", second, [("192.0.2.1", PLAIN, 30)])]),
    )
    result = run("sources", "--json")
    documents = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(each["class"], each["messages"]) for each in documents if each["kind"] == "source"] == [
        ("mine, unsigned", 10),
        ("unauthenticated", 30),
    ]
    assert result.exit_code == 1


def _fields(estate):
    return {name: getattr(estate, name) for name in estate.__slots__}


def test_days_have_every_report_and_message_though_not_all_stand_in_a_source(table):
    day = date(2026, 11, 20)
    table.keep_estate(day, Estate(domains=frozenset({"example.com"}), selectors=frozenset({("example.com", "k1")})))
    rest = Rest(messages=100, aligned=60, stopped=0)
    keep(
        table,
        (day, [report("a", day, [("192.0.2.1", SIGNED, 10)], rest=rest), report("b", day, [("192.0.2.1", SIGNED, 5)])]),
    )
    told, counted = (json.loads(line) for line in run("days", "--json").stdout.splitlines())
    assert (counted["reports"], counted["messages"], counted["aligned"]) == (2, 115, 75)
    assert told["messages_in_no_source"] == 100


def test_what_is_left_out_and_what_is_not_over_is_said_first(table):
    day = date(2026, 11, 24)
    table.keep_estate(day, Estate(domains=frozenset({"example.com"})))
    keep(
        table,
        (
            day,
            [
                report("a", day, [("192.0.2.1", SIGNED, 10)]),
                report("b", day, [("192.0.2.9", PLAIN, 7)], is_proven=False),
            ],
        ),
    )
    text = run("sources").stdout
    lead = text.splitlines()[:3]
    assert lead == [
        "Reports received about 2026-11-24 to 2026-11-24.",
        "Reports of 2026-11-24 and later days may still come.",
        "Left out: 1 report with 7 messages that nothing proves genuine; --unproven shows them alone.",
    ]
    assert "192.0.2.9" not in text
    alone = run("sources", "--unproven").stdout
    assert "192.0.2.9" in alone
    assert "192.0.2.1 " not in alone
    assert "nothing proves them genuine" in alone


def test_a_policy_domain_above_ours_is_found(table):
    day = date(2026, 11, 20)
    table.keep_estate(day, Estate(domains=frozenset({"news.example.com"})))
    keep(table, (day, [report("a", day, [("192.0.2.1", SIGNED, 10)])]))
    assert "2026-11-20" in run("days").stdout


def test_where_nothing_was_received_coverage_is_lost(table):
    table.keep_estate(date(2026, 11, 20), Estate(domains=frozenset({"example.com"})))
    result = run("days")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (
        3,
        "No report about a day from 2026-10-21 on is kept.",
    )


def test_options_of_a_deployed_sender_beside_files_are_wrong_usage(tmp_path):
    (tmp_path / "r.xml").write_text("<feedback/>")
    assert run("sources", str(tmp_path)).exit_code == 2


class FakeAthena:
    """Athena with a query that takes a while, and one page for each two rows."""

    def __init__(self, *states):
        self.states, self.begun = list(states), {}

    def start_query_execution(self, **call):
        self.begun = call
        return {"QueryExecutionId": "q"}

    def get_query_execution(self, **_call):
        state = self.states.pop(0)
        status = {"State": state, "StateChangeReason": "Bytes scanned limit was exceeded"}
        return {"QueryExecution": {"Status": status, "Statistics": {"DataScannedInBytes": 12_000_000}}}

    def get_paginator(self, _operation):
        def row(*cells):
            return {"Data": [{"VarCharValue": each} if each else {} for each in cells]}

        pages = [{"ResultSet": {"Rows": [row("day", "messages"), row("2026-11-20", "5")]}}]
        pages.append({"ResultSet": {"Rows": [row("2026-11-21", "")]}})
        return SimpleNamespace(paginate=lambda **_: pages)


def test_a_saved_question_is_put_to_athena_in_its_workgroup(monkeypatch):
    fake = FakeAthena("QUEUED", "RUNNING", "SUCCEEDED")
    monkeypatch.setattr(boto3, "client", lambda service: {"athena": fake}[service])
    monkeypatch.setattr(athena.time, "sleep", lambda _: None)
    result = run("query", "days")
    assert result.exit_code == 0, result.output
    assert "2 rows; Athena read 12.0 MB." in result.stdout
    assert fake.begun["WorkGroup"] == "staygreen-example-production-reports"
    assert fake.begun["QueryExecutionContext"] == {"Database": "staygreen_example_production_reports"}
    assert "FROM rows" in fake.begun["QueryString"]


def test_a_question_that_fails_says_why_and_one_that_is_unknown_is_wrong_usage(monkeypatch):
    fake = FakeAthena("FAILED")
    monkeypatch.setattr(boto3, "client", lambda service: {"athena": fake}[service])
    result = run("query", "days")
    assert "Bytes scanned limit was exceeded" in str(result.exception)  # `main` tells it
    assert run("query", "everything").exit_code == 2
