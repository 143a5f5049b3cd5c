"""What to do about each error that Slack documents: `staygreen/core/data/slack_errors.toml`, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache

from staygreen.core import data

UPDATE, POST, WEBHOOK = "chat.update", "chat.postMessage", "incoming webhook"


class Reaction(str, Enum):
    """What an error asks for."""

    AFRESH = "afresh"
    """Post a new message."""
    GIVE_UP = "give_up"
    """Slack will never take this announcement."""
    SET_UP = "set_up"
    """Somebody has to put the app, its token or the channel in order."""
    RETRY = "retry"
    UNLISTED = "unlisted"


def reaction(method: str, error: str) -> Reaction:
    """What an error of a method asks for; `UNLISTED` when no source of ours has it, for either method of the API."""
    listed = _table()
    beside = listed[POST] if method == UPDATE else {}
    return listed[method].get(error) or beside.get(error, Reaction.UNLISTED)


@cache
def _table() -> Mapping[str, Mapping[str, Reaction]]:
    named = [each for each in Reaction if each is not Reaction.UNLISTED]
    return {
        method["name"]: {error: each for each in named for error in method[each.value]}
        for method in data.table("slack_errors.toml")["method"]
    }
