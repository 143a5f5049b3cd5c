import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.alerts.slack_press import about_incident, incident_of, person, press, user_of
from staygreen.core.approvers import is_approver
from staygreen.core.errors import ActionRefused

GOOD = {
    "user": {"id": "U1"},
    "actions": [{"action_id": "acknowledge", "value": "blocklist:0123456789abcdef"}],
    "response_url": "https://hooks.slack.com/actions/1",
}


def form(payload):
    return urlencode({"payload": json.dumps(payload)})


def test_a_press_says_who_pressed_what_about_which_incident():
    pressed = press(form(GOOD))
    assert (pressed.action, pressed.user_id) == ("acknowledge", "U1")
    assert incident_of(pressed.about) == ("blocklist", "0123456789abcdef")
    assert pressed.response_url == GOOD["response_url"]


def test_a_person_is_named_in_mails_and_can_be_mentioned_in_slack():
    pressed = press(form({**GOOD, "user": {"id": "U1", "name": "ada"}}))
    name = person(pressed.user_id, pressed.user_name)
    assert name == "ada (Slack U1)"
    assert user_of(name) == "U1"
    assert user_of("ada") == user_of("ada (Slack <!here>)") == ""


@given(st.from_regex(r"[a-z_]{1,40}", fullmatch=True), st.from_regex(r"[0-9a-f]{16}", fullmatch=True))
def test_what_a_button_is_about_can_be_read_again(check, identifier):
    assert incident_of(about_incident(check, identifier)) == (check, identifier)


@pytest.mark.parametrize("about", ["", "blocklist", "../x:0123456789abcdef", "blocklist:0123456789ABCDEF", "a:b"])
def test_what_names_no_incident_is_refused(about):
    with pytest.raises(ActionRefused):
        incident_of(about)


GROUPS = {"S1": ("U1", "U2"), "S2": ()}


@pytest.mark.parametrize(
    ("user", "approvers", "may"),
    [
        ("U1", ["U1"], True),
        ("U2", ["U1"], False),
        ("U1", [], False),
        ("U2", ["S1"], True),
        ("U3", ["S1", "S2"], False),
        ("U3", ["S2", "U3"], True),
        ("S1", ["S2"], False),
    ],
)
def test_named_users_and_members_of_named_groups_may_press_and_nobody_else(user, approvers, may):
    assert is_approver(user, approvers, lambda group: GROUPS[group]) is may


def test_no_group_is_asked_for_when_the_user_is_named():
    assert is_approver("U1", ["S1", "U1"], lambda group: pytest.fail("asked for a group"))


def test_answers_go_to_slack_alone():
    for url in ("http://169.254.169.254/", "https://hooks.slack.com.evil.example/", "https://hooks.slack.com"):
        assert press(form({**GOOD, "response_url": url})).response_url == ""


@pytest.mark.parametrize(
    "body",
    [
        "",
        "payload=",
        "payload=[]",
        "payload=null",
        form({}),
        form({**GOOD, "actions": []}),
        form({**GOOD, "actions": [{"action_id": "mute"}]}),
        form({**GOOD, "actions": [{"action_id": "../mute", "value": "blocklist:0123456789abcdef"}]}),
        form({**GOOD, "user": None}),
        form({**GOOD, "user": {"id": "S1"}}),
    ],
)
def test_what_is_not_the_press_of_a_button_is_refused(body):
    with pytest.raises(ActionRefused):
        press(body)
