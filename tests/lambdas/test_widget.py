"""The function behind the dashboard: it draws what it can read, and says what it could not."""

import pytest
from botocore.exceptions import ClientError

from lambdas import widget
from local.made_up_sender import NOW, month
from staygreen.adapters.sources import picture_facts
from staygreen.core.pictures.widget import Kind

CONTEXT = {"timeRange": {"start": (NOW.timestamp() - 29 * 86400) * 1000, "end": NOW.timestamp() * 1000}}


@pytest.fixture
def read(monkeypatch):
    """What the tables hold is a month that is made up; gives the names of what was read."""
    known, asked = month(), []
    values = {
        "incidents": known.incidents,
        "snds": (known.days, known.reads),
        "tallies": known.tallies,
        "runs": known.runs,
        "rates": known.rates,
    }
    for name, value in values.items():
        monkeypatch.setattr(picture_facts, name, lambda *_given, name=name, value=value: asked.append(name) or value)
    for name, value in {"SENDER": "acme", "ENVIRONMENT": "production", "TABLE": "t", "SNDS_TABLE": "s"}.items():
        monkeypatch.setenv(f"STAYGREEN_{name}", value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(widget.clock, "now", lambda: NOW)
    widget._names.cache_clear()
    return asked


@pytest.mark.parametrize(
    ("kind", "needs", "shows"),
    [
        (Kind.CALENDAR, {"incidents", "snds", "tallies", "runs"}, "SNDS yellow"),
        (Kind.TIMELINE, {"incidents", "runs"}, "dkim missing"),
        (Kind.REFUSALS, {"tallies", "runs", "rates"}, "Outlook.com: ip throttled"),
        (Kind.COVERAGE, {"incidents", "snds", "runs"}, "Who answered when"),
    ],
)
def test_a_picture_reads_what_it_needs_and_no_more(read, kind, needs, shows):
    answer = widget.handler({"widget": kind.value, "widgetContext": CONTEXT}, None)
    assert shows in answer
    assert set(read) == needs


def test_what_cannot_be_read_is_named_in_the_picture(read, monkeypatch):
    def refused(*_given):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Query")

    monkeypatch.setattr(picture_facts, "snds", refused)
    answer = widget.handler({"widget": "calendar", "widgetContext": CONTEXT}, None)
    assert "Not in here: SNDS." in answer
    assert "listed on psbl" in answer


def test_a_dashboard_that_asks_what_this_is_gets_markdown():
    assert "calendar" in widget.handler({"describe": True}, None)["markdown"]


def test_another_picture_than_there_are_is_an_error():
    with pytest.raises(ValueError, match="map"):
        widget.handler({"widget": "map"}, None)
