"""Many reports as one summary: nothing counts twice, and nothing is lost for having come before."""

from __future__ import annotations

import json

import pytest

from staygreen.core.reports import services
from staygreen.core.reports.read import reports
from staygreen.core.reports.report import Refusal, Rows
from staygreen.core.reports.summary import Summary
from tests.unit.reports.building import METADATA, record, xml

WHOLE = xml(record(count="5"), record("192.0.2.11", count="7")).encode()
PART = WHOLE[: WHOLE.index(b"192.0.2.11")]


def summed(*contents):
    summary = Summary(None, services.load())
    for content in contents:
        for item in reports([content]):
            summary.add(item)
    return summary


@pytest.mark.parametrize("contents", [(PART, WHOLE), (WHOLE, PART), (PART, PART, WHOLE, WHOLE), (PART, WHOLE, PART)])
def test_a_report_that_also_came_in_part_counts_whole_and_once(contents):
    summary = summed(*contents)
    assert summary.messages[0] == 12
    assert summary.repeated == len(contents) - 1
    assert dict(summary.reporters) == {"Receiver Example": 12}
    assert [(day.reports, day.messages) for day in summary.days.values()] == [(1, 12)]


def test_a_report_that_came_in_part_alone_counts_what_was_read_of_it():
    summary = summed(PART, PART)
    assert summary.messages[0] == 5
    assert [(day.reports, day.messages) for day in summary.days.values()] == [(1, 5)]


def test_a_tls_report_that_comes_again_counts_once():
    document = {
        "organization-name": "Receiver Example",
        "date-range": {"start-datetime": "2026-11-30T00:00:00Z", "end-datetime": "2026-11-30T23:59:59Z"},
        "report-id": "t-1",
        "policies": [{"summary": {"total-failure-session-count": 6}}],
    }
    again = json.dumps(document).encode()
    other = json.dumps({**document, "report-id": "t-2"}).encode()
    summary = summed(again, again, other)
    assert len(summary.tls_reports) == 2
    assert summary.repeated == 1


def test_rows_of_a_report_that_could_not_be_read_to_its_end_count_for_no_other():
    summary = Summary(None, services.load())
    rows = next(item for item in reports([WHOLE]) if isinstance(item, Rows))
    summary.add(rows)
    summary.add(Refusal(reason="cannot be read: Input/output error"))
    for item in reports([xml(record(count="5")).encode()]):
        summary.add(item)
    assert summary.messages[0] == 5


def test_reports_without_an_id_count_once_by_what_they_say():
    first = xml(record(count="5"), metadata=METADATA.replace("r-1", "")).encode()
    other = xml(record(count="6"), metadata=METADATA.replace("r-1", "")).encode()
    summary = summed(first, first, other)
    assert summary.messages[0] == 11
    assert summary.repeated == 1


def test_a_tls_report_that_also_came_in_part_counts_whole():
    document = {
        "organization-name": "Receiver Example",
        "date-range": {"start-datetime": "2026-11-30T00:00:00Z", "end-datetime": "2026-11-30T23:59:59Z"},
        "report-id": "t-1",
        "policies": [{"summary": {"total-successful-session-count": 9, "total-failure-session-count": "?"}}],
    }
    whole = {**document, "policies": [{"summary": {"total-failure-session-count": 6}}]}
    summary = summed(json.dumps(document).encode(), json.dumps(whole).encode())
    assert [each.policies[0].failed for each in summary.tls_reports] == [6]
    assert (summary.repeated, summary.is_whole) == (1, True)
