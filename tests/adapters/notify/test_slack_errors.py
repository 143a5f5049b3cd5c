"""Every error that Slack documents has a reaction, and none lets an incident fail for ever."""

import json
import re
from datetime import timedelta

import pytest

from staygreen.adapters.notify.slack import Place, SlackThread, SlackWebhook, web_client
from staygreen.adapters.store.outbox import is_of_announcement
from staygreen.core import data
from staygreen.core.alerts.slack_errors import POST, UPDATE, WEBHOOK, Reaction, reaction
from staygreen.core.errors import SourceUnavailable, Undeliverable
from tests.faults.sockets import RawServer, answer
from tests.unit.alerts.test_alert import BAD, hours, story

(ALERT,) = story(*hours(BAD, BAD))
METHODS = data.table("slack_errors.toml")["method"]
REACTIONS = [each for each in Reaction if each is not Reaction.UNLISTED]
LISTED = [(m["name"], error, each) for m in METHODS for each in REACTIONS for error in m[each.value]]


class Places:
    """The incident has a thread, and gets another."""

    def __init__(self, place=None):
        self.place = place

    def find(self, incident):
        return self.place

    def keep(self, incident, place, former=None):
        self.place = place


def refusing(error):
    return answer(json.dumps({"ok": False, "error": error}).encode(), content_type="application/json")


ACCEPTED = answer(json.dumps({"ok": True, "channel": "C1", "ts": "2.0"}).encode(), content_type="application/json")


def sent(method, error):
    """What comes of an alert when a method answers so, and what was asked for then."""
    if method == WEBHOOK:
        with RawServer([answer(error.encode(), "404 Not Found")]) as server:
            SlackWebhook(server.url).send(ALERT)
    accepted_before = [ACCEPTED] if method == POST and reaction(method, error) is Reaction.AFRESH else []
    has_thread = method == UPDATE or accepted_before
    places = Places(Place("C1", "1.0") if has_thread else None)
    with RawServer([*accepted_before, refusing(error), ACCEPTED]) as server:
        SlackThread(web_client("xoxb-secret", server.url), "C1", places).send(ALERT)
    return places.place.ts


@pytest.mark.parametrize(("method", "error", "asked_for"), LISTED)
def test_each_listed_error_is_reacted_to(method, error, asked_for):
    if asked_for is Reaction.AFRESH:
        assert sent(method, error) == "2.0", "a new thread"
        return
    with pytest.raises(SourceUnavailable if asked_for is Reaction.RETRY else Undeliverable) as told:
        sent(method, error)
    assert "secret" not in str(told.value)
    if asked_for is not Reaction.RETRY:
        hours_tried = {Reaction.GIVE_UP: 0, Reaction.SET_UP: 6}[asked_for]
        assert told.value.tried_for == timedelta(hours=hours_tried)
        assert is_of_announcement(told.value) is (asked_for is Reaction.GIVE_UP)


@pytest.mark.parametrize("method", [UPDATE, POST, WEBHOOK])
def test_what_is_not_listed_is_tried_for_a_day(method):
    with pytest.raises(Undeliverable) as told:
        sent(method, "never_heard_of")
    assert told.value.tried_for == timedelta(hours=24)


def test_a_webhook_that_answers_200_without_ok_has_told_nobody():
    with RawServer([answer(b"<html>Sign in</html>")]) as server, pytest.raises(SourceUnavailable):
        SlackWebhook(server.url).send(ALERT)


def test_each_row_of_the_table_has_its_source_and_one_reaction():
    for method in METHODS:
        assert re.match("https://api.slack.com/", method["address"])
        assert method["read_from"]
        assert method["verified"]
        named = [error for each in REACTIONS for error in method[each.value]]
        assert len(named) == len(set(named))
        assert set(method["recalled"]) <= set(named)
