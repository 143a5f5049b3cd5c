"""Incidents that a changed record was part of, as they come to a review."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from staygreen.core.deployments.before import Worse
from staygreen.core.deployments.deployment import Aspect, Direction, FactChange
from staygreen.core.deployments.past import REMEMBERED, past_troubles, read, reminders, written
from staygreen.core.errors import StaygreenError
from staygreen.core.finding import Advice, Finding, Severity, State, Subject, SubjectKind

NAME = "s1._domainkey.example.com"
BEGAN = datetime(2026, 11, 12, 14, 5, tzinfo=UTC)
ADVICE = Advice(consequence="Mail of example.com was not signed.", meaning="", steps=())


def finding(**more):
    given = {"check": "auth_records", "cause": "dkim_missing", "records": (NAME,), "advice": ADVICE}
    subject = Subject(SubjectKind.DOMAIN, "example.com")
    state = {"state": State.BAD, "severity": Severity.CRITICAL, "observed_at": BEGAN}
    return Finding(subject=subject, **{**state, **given, **more})


def troubles(**more):
    return read(written(past_troubles([(Worse(finding=finding(**more), since=BEGAN), BEGAN + timedelta(hours=3))])))


def change(name=NAME, aspect=Aspect.DKIM):
    return FactChange(kind="record", name=name, direction=Direction.CHANGED, aspect=aspect, rtype="TXT")


def told(*changes, known=None, now=BEGAN + timedelta(days=10)):
    return list(reminders(changes, troubles() if known is None else known, now))


def test_an_incident_is_named_where_its_record_changes():
    assert told(change()) == [
        "This changes the DKIM record of example.com (s1), which was part of an incident (dkim_missing) from "
        "14:05 UTC on 12 November 2026 on, for 3 hours. Mail of example.com was not signed."
    ]


def test_other_records_and_older_incidents_are_not_named():
    assert told(change("s2._domainkey.example.com"), change(aspect=Aspect.OTHER)) == []
    assert told(change(), now=BEGAN + timedelta(hours=3, seconds=1) + REMEMBERED) == []


def test_an_incident_about_no_record_is_not_written():
    assert troubles(records=()) == troubles(cause="psbl") == ()


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"schema": "staygreen.incidents/1", "incidents": [{}]})])
def test_a_file_of_another_kind_is_refused(text):
    with pytest.raises(StaygreenError, match="file of incidents"):
        read(text)
