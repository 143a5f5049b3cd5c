"""The recipes of docs/paging.md, against what each vendor documents of its format.

PagerDuty: Events API v2 (severities, a key of 255 characters, a summary of 1,024). Opsgenie: Alert API (a message of
130 characters, an alias of 512, a description of 15,000, P1 to P5). Teams: an Adaptive Card in a message, as the
webhook of a workflow takes it. All read on 2026-12-01, PagerDuty's as others quote it. Incident Manager: the model
that botocore has.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from jsonschema import Draft202012Validator

from staygreen.core.alerts import digest
from tests.texts.scenes import alerts

PAGE = (Path(__file__).parents[3] / "docs" / "paging.md").read_text(encoding="utf-8")
COMMON, *RECIPES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SCENES = {name: one for name, one in alerts().items() if not digest.is_digest(one)}
LONG = {**SCENES["refused-by-outlook"], "title": "x" * 5000, "consequence": "y" * 90_000, "what": "z" * 90_000}
EACH = pytest.mark.parametrize("alert", [*SCENES.values(), LONG], ids=[*SCENES, "long"])


def text(longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest}


EVENT = {
    "type": "object",
    "required": ["routing_key", "event_action", "dedup_key", "payload"],
    "properties": {
        "event_action": {"enum": ["trigger", "acknowledge", "resolve"]},
        "dedup_key": text(255),
        "payload": {
            "type": "object",
            "required": ["summary", "source", "severity"],
            "properties": {
                "summary": text(1024),
                "source": text(10_000),
                "severity": {"enum": ["critical", "error", "warning", "info"]},
            },
        },
        "links": {"type": "array", "items": {"required": ["href"]}},
    },
}
OPSGENIE = {
    "type": "object",
    "required": ["message", "alias", "priority"],
    "properties": {
        "message": text(130),
        "alias": text(512),
        "description": text(15_000),
        "entity": text(512),
        "source": text(100),
        "priority": {"enum": ["P1", "P2", "P3", "P4", "P5"]},
        "tags": {"type": "array", "maxItems": 20, "items": text(50)},
    },
}
CARD = {
    "type": "object",
    "required": ["type", "attachments"],
    "properties": {
        "type": {"const": "message"},
        "attachments": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["contentType", "content"],
                "properties": {
                    "contentType": {"const": "application/vnd.microsoft.card.adaptive"},
                    "content": {
                        "required": ["type", "version", "body"],
                        "properties": {"type": {"const": "AdaptiveCard"}},
                    },
                },
            },
        },
    },
}


def recipe(name: str) -> dict[str, Any]:
    """The names that the recipe with a function of that name defines."""
    (code,) = (each for each in RECIPES if f"def {name}(" in each)
    made: dict[str, Any] = {}
    exec(compile(COMMON + code, "docs/paging.md", "exec"), made)  # noqa: S102 - it is our own page
    return made


def assert_of(schema: dict[str, Any], document: Any) -> None:
    Draft202012Validator(schema).validate(json.loads(json.dumps(document)))


@EACH
def test_pagerduty_gets_an_event_with_severity_and_key(alert):
    made = recipe("pagerduty")["pagerduty"](alert, "0" * 32)
    assert_of(EVENT, made)
    assert made["payload"]["severity"] == alert["severity"]
    assert alert["incident_id"] in made["dedup_key"]


@EACH
def test_opsgenie_gets_an_alert_or_is_told_to_close_it(alert):
    path, body = recipe("opsgenie")["opsgenie"](alert)
    if alert["kind"] in ("cleared", "withdrawn"):
        assert re.fullmatch(r"/v2/alerts/[\w:.-]+/close\?identifierType=alias", path)
        assert_of({"properties": {"note": text(25_000)}}, body)
    else:
        assert path == "/v2/alerts"
        assert_of(OPSGENIE, body)


@EACH
def test_incident_manager_gets_what_botocore_knows_of_it(alert):
    plan = "arn:aws:ssm-incidents::123456789012:response-plan/mail"
    made = recipe("incident_manager")["incident_manager"](alert, plan)
    model = botocore.session.get_session().get_service_model("ssm-incidents").operation_model("StartIncident")
    report = ParamValidator().validate(made, model.input_shape)
    assert not report.has_errors(), report.generate_report()
    assert 1 <= made["impact"] <= 5
    for name, longest in (("clientToken", 128), ("title", 200)):
        assert 0 < len(made[name]) <= longest == model.input_shape.members[name].metadata["max"]


@EACH
def test_teams_gets_a_short_card(alert):
    made = recipe("teams")["teams"](alert)
    assert_of(CARD, made)
    assert len(json.dumps(made)) < 28_000
    assert len(made["attachments"][0]["content"]["body"]) <= 12


def test_an_incident_has_one_key_from_its_beginning_to_its_end():
    pagerduty, opsgenie = recipe("pagerduty")["pagerduty"], recipe("opsgenie")["opsgenie"]
    life = [SCENES[name] for name in ("listing-opened", "listing-changed", "listing-reminder", "listing-cleared")]
    events = [pagerduty(alert, "k") for alert in life]
    assert len({event["dedup_key"] for event in events}) == 1
    assert [event["event_action"] for event in events] == ["trigger", "trigger", "trigger", "resolve"]
    (_, first), (path, _) = opsgenie(life[0]), opsgenie(life[-1])
    assert first["alias"] in path
    other = pagerduty(SCENES["dkim-gone"], "k")
    assert other["dedup_key"] != events[0]["dedup_key"]


@pytest.mark.parametrize("name", ["pagerduty", "opsgenie"])
def test_a_repair_and_a_digest_page_nobody_and_an_incident_does(name, monkeypatch):
    monkeypatch.setenv("ROUTING_KEY", "secret")
    monkeypatch.setenv("API_KEY", "secret")
    posted = []
    made = recipe(name)
    made["post"] = lambda url, body, headers=None: posted.append(url)
    for scene in ("repair-approval", "digest", "listing-opened"):
        event = {"Records": [{"Sns": {"Message": json.dumps(alerts()[scene])}}]}
        made["handler"](event, None)
    assert len(posted) == 1
    assert posted[0].startswith("https://")
