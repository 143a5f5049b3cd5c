"""What gives the alarms on silence a figure to begin with: who is asked, who is waited for, and that nothing fails."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest

from lambdas import check, first_figures
from tests.adapters.stubbed import stubbed

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


class Context:
    """An invocation with so many seconds left, ten fewer at each look."""

    def __init__(self, seconds):
        self.seconds = seconds

    def get_remaining_time_in_millis(self):
        self.seconds -= 10
        return self.seconds * 1000


@pytest.fixture
def aws(monkeypatch):
    with stubbed("lambda", "cloudwatch") as (clients, stubs):
        monkeypatch.setattr(first_figures, "client", clients.__getitem__)
        monkeypatch.setattr(first_figures.clock, "now", lambda: NOON)
        monkeypatch.setattr(first_figures.time, "sleep", lambda _: None)
        yield stubs


def event(kind, *functions, before=()):
    return {
        "RequestType": kind,
        "ResourceProperties": {"Functions": list(functions)},
        **({"OldResourceProperties": {"Functions": list(before)}} if before else {}),
    }


def answers(aws, function, **answer):
    expected = {"FunctionName": function, "Payload": json.dumps({"do": "answer"}).encode()}
    aws["lambda"].add_response("invoke", {"StatusCode": 200, "Payload": io.BytesIO(b"{}"), **answer}, expected)


def shows(aws, *ids):
    results = [{"Id": each, "Timestamps": [NOON], "Values": [1.0]} for each in ids]
    aws["cloudwatch"].add_response("get_metric_data", {"MetricDataResults": results})


def test_it_ends_when_cloudwatch_shows_each_function(aws):
    answers(aws, "a")
    answers(aws, "b")
    shows(aws, "m1")
    shows(aws)
    shows(aws, "m0")
    done = first_figures.handler(event("Create", "a", "b"), Context(600))
    assert done == {"PhysicalResourceId": "first-figures", "Data": {"Without": 0}}


def test_an_update_asks_only_who_is_new_and_a_deletion_nobody(aws):
    answers(aws, "b")
    shows(aws, "m0")
    first_figures.handler(event("Update", "a", "b", before=("a", "c")), Context(600))
    first_figures.handler(event("Update", "a", before=("a", "b")), Context(600))
    first_figures.handler(event("Delete", "a"), Context(600))


def test_who_fails_or_cannot_be_called_is_not_waited_for(aws):
    answers(aws, "fails", FunctionError="Unhandled")
    aws["lambda"].add_client_error("invoke", "AccessDeniedException", http_status_code=403)
    assert first_figures.handler(event("Create", "fails", "denied"), Context(600))["Data"] == {"Without": 0}


def test_a_figure_that_does_not_come_and_one_that_may_not_be_read_let_the_deployment_go_on(aws):
    answers(aws, "a")
    shows(aws)
    shows(aws)
    assert first_figures.handler(event("Create", "a"), Context(50))["Data"] == {"Without": 1}
    answers(aws, "a")
    aws["cloudwatch"].add_client_error("get_metric_data", "AccessDenied", http_status_code=403)
    assert first_figures.handler(event("Create", "a"), Context(600))["Data"] == {"Without": 0}


def test_a_check_answers_without_a_run(monkeypatch):
    monkeypatch.setattr(check, "_surroundings", lambda: pytest.fail("it began its work"))
    assert check.handler(first_figures.ANSWER, None) == {}
