"""The one function that the internet reaches: whoever did not sign gets a status, and sets off nothing."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from lambdas import slack_callback
from local.slack import sign
from staygreen.adapters import clock
from staygreen.core.config.tables.slack import Slack
from staygreen.core.errors import SourceUnavailable
from tests.budget import examples

SECRET = "signing"
BODY = "payload=%7B%7D"
OURS, THEIRS = "T0000OURS", "T000THEIRS"
USER = "U0123ABCD"


@pytest.fixture
def callback(monkeypatch):
    """The function, whose Slack and table are what the test says."""
    done = []
    slack = Slack(token_secret="token", channel="C1", signing_secret="name", approvers=(USER,), workspace=OURS)
    here = SimpleNamespace(slack=slack)
    monkeypatch.setattr(slack_callback, "_surroundings", lambda: here)
    monkeypatch.setattr(slack_callback, "_signing_secret", lambda name, period: SECRET)
    monkeypatch.setattr(slack_callback, "is_first_time", lambda *_: True)
    monkeypatch.setattr(slack_callback, "client", lambda name: None)
    monkeypatch.setenv("STAYGREEN_TABLE", "incidents")
    monkeypatch.setattr(slack_callback, "ACTIONS", {"mute": lambda pressed, here: done.append(pressed) or "Done."})
    monkeypatch.setattr(slack_callback, "answer", lambda *_, **__: None)
    return SimpleNamespace(here=here, done=done)


def event(body=BODY, headers=None, **more):
    return {"requestContext": {"http": {"method": "POST"}}, "headers": headers, "body": body, **more}


def status(one):
    return slack_callback.handler(one, None)["statusCode"]


def signed(body):
    return dict(sign(body, SECRET, clock.now()).headers)


# --- whoever did not sign ---------------------------------------------------------------------------------------------

TIMESTAMPS = {
    "400 digits": "1" * 400,
    "5,000 digits": "1" * 5000,
    "a million digits": "9" * 1_000_000,
    "nothing": "",
    "zeros": "0" * 5000,
    "minus": "-1",
    "an exponent": "1e400",
    "other digits": "١٢٣",
    "superscript": "²",
    "underscores": "1_000",
    "a lone surrogate": "\ud800",
}


@pytest.mark.parametrize("name", TIMESTAMPS)
@pytest.mark.parametrize("signature", ["v0=" + "0" * 64, "v0=" + "0" * 100_000, "é", "\udfff", ""])
def test_no_time_that_a_stranger_writes_raises(callback, name, signature):
    headers = {"x-slack-request-timestamp": TIMESTAMPS[name], "x-slack-signature": signature}
    assert status(event(headers=headers)) == 401


@pytest.mark.parametrize("body", [None, "", "\ud800", "é", "a" * 1_000_000, "payload=%ff"])
@pytest.mark.parametrize("has_time", [True, False])
def test_no_body_that_a_stranger_sends_raises(callback, body, has_time):
    forged = {**signed(BODY), "X-Slack-Signature": "v0=" + "0" * 64}
    assert status(event(body, forged if has_time else {})) == 401


@pytest.mark.parametrize("body", ["!", "=", "a", "\x00", "é", "\ud800"])
def test_what_is_no_base64_is_no_call(callback, body):
    assert status(event(body, {}, isBase64Encoded=True)) in (400, 401)


@pytest.mark.parametrize("headers", [None, {}])
def test_a_request_without_headers_is_no_call(callback, headers):
    assert status(event(headers=headers)) == 401
    assert status({"requestContext": {"http": {"method": "POST"}}}) == 401


NAMES = st.sampled_from(["x-slack-request-timestamp", "X-Slack-Signature", "X-SLACK-SIGNATURE", "host"])
TEXTS = st.text(st.characters(), max_size=40) | st.text("0123456789", max_size=5000)


@examples(100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES | TEXTS, TEXTS, max_size=5), st.none() | TEXTS, st.booleans())
def test_nothing_that_an_unauthenticated_request_contains_raises(callback, headers, body, is_encoded):
    assert status(event(body, headers, isBase64Encoded=is_encoded)) in (400, 401)
    assert callback.done == []


# --- who signed, from elsewhere ---------------------------------------------------------------------------------------


def pressed(team=OURS, user_team=None, **more):
    payload = {
        "type": "block_actions",
        "user": {"id": USER, "name": "ada", **({"team_id": user_team} if user_team else {})},
        "actions": [{"type": "button", "action_id": "mute", "value": "blocklist:0123456789abcdef"}],
        "response_url": "https://hooks.slack.com/actions/1",
        **({"team": {"id": team, "domain": "x"}} if team else {}),
        **more,
    }
    body = urlencode({"payload": json.dumps(payload)})
    return event(body, signed(body))


def test_a_press_in_our_workspace_is_done(callback):
    assert status(pressed()) == 200
    assert status(pressed(user_team=OURS)) == 200
    assert status(pressed(user_team="E0000GRID")) == 200, "on Enterprise Grid a user's team is an organisation"
    assert len(callback.done) == 3


@pytest.mark.parametrize(
    "of",
    [
        {"team": THEIRS},
        {"team": THEIRS, "user_team": OURS},
        {"team": OURS, "user_team": THEIRS},
        {"team": None},
        {"team": None, "enterprise": {"id": "E1"}},
    ],
    ids=str,
)
def test_a_press_in_another_workspace_is_refused_and_nothing_is_done(callback, of):
    assert status(pressed(**of)) == 403
    assert callback.done == []


def test_the_workspace_is_learned_where_the_configuration_does_not_name_it(callback, monkeypatch):
    callback.here.slack = Slack(token_secret="token", channel="C1", signing_secret="name", approvers=(USER,))
    monkeypatch.setattr(slack_callback, "_learned_workspace", lambda slack, period: OURS)
    assert status(pressed()) == 200
    assert status(pressed(team=THEIRS)) == 403


def test_a_workspace_that_cannot_be_learned_lets_nobody_in(callback, monkeypatch):
    callback.here.slack = Slack(token_secret="token", channel="C1", signing_secret="name", approvers=(USER,))

    def unknown(slack, period):
        raise SourceUnavailable("Slack did not answer")

    monkeypatch.setattr(slack_callback, "_learned_workspace", unknown)
    assert status(pressed()) == 503
    assert callback.done == []


@pytest.mark.parametrize("payload", ["[" * 100_000, "{", "null", "[]", '{"user": 1}', '{"user": {"id": "U1"}}'])
def test_a_signed_call_that_is_no_press_of_ours_is_refused(callback, payload):
    body = urlencode({"payload": payload})
    assert status(event(body, signed(body))) == 400


def test_a_body_in_base64_is_read(callback):
    one = pressed()
    encoded = base64.b64encode(one["body"].encode()).decode()
    assert status({**one, "body": encoded, "isBase64Encoded": True}) == 200
