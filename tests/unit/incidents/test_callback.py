import json
from urllib.parse import urlencode

import pytest

from lambdas.core.callback import press
from lambdas.core.errors import ActionRefused

GOOD = {
    "user": {"id": "U1"},
    "actions": [{"action_id": "acknowledge", "value": "blocklist:0123456789abcdef"}],
    "response_url": "https://hooks.slack.com/actions/1",
}


def form(payload):
    return urlencode({"payload": json.dumps(payload)})


def test_a_press_by_an_approver_counts():
    pressed = press(form(GOOD), ["U1"])
    assert (pressed.action, pressed.check, pressed.incident_id) == ("acknowledge", "blocklist", "0123456789abcdef")
    assert pressed.response_url == GOOD["response_url"]


def test_a_press_by_somebody_else_does_not():
    with pytest.raises(ActionRefused, match="not an approver"):
        press(form(GOOD), ["U2"])


def test_answers_go_to_slack_alone():
    for url in ("http://169.254.169.254/", "https://hooks.slack.com.evil.example/"):
        assert press(form({**GOOD, "response_url": url}), ["U1"]).response_url == ""


@pytest.mark.parametrize(
    "body",
    [
        "",
        "payload=",
        "payload=[]",
        "payload=null",
        form({}),
        form({**GOOD, "actions": []}),
        form({**GOOD, "actions": [{"action_id": "delete", "value": "blocklist:0123456789abcdef"}]}),
        form({**GOOD, "actions": [{"action_id": "mute", "value": "../x:0123456789abcdef"}]}),
        form({**GOOD, "user": None}),
    ],
)
def test_what_is_not_a_button_of_ours_is_refused(body):
    with pytest.raises(ActionRefused):
        press(body, ["U1"])
