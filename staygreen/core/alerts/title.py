"""The title of an alert: the mail subject without its mark, and the header in chats.

A title says which subject, what is wrong and where, in that order of importance. What does not fit is dropped in a
fixed order: figures first, then long names, and last the end of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from staygreen.core.finding import Advice
from staygreen.core.incidents.incident import Incident, Kind, Transition
from staygreen.core.wording import duration

LONGEST_NAME = 40
"""Characters of a name within a title; it stands whole in the first line of the body."""
_FIGURES = re.compile(r": [\d,]+[^:]*$")
"""What stands behind the last colon and begins with a number."""
_CUT = "..."


def of_one(transition: Transition, plain: str) -> str:
    """The title of one transition.

    Args:
        transition: What happened.
        plain: What to say of a finding that brings no advice.
    """
    incident = transition.incident
    advice = incident.finding.advice
    said = of_finding(advice, plain)
    match transition.kind:
        case Kind.CLEARED:
            lasted = _lasted(incident, transition.at)
            return f"{advice.title_over} after {lasted}" if advice and advice.title_over else f"Over: {said}"
        case Kind.REMINDER:
            return f"Still so after {_lasted(incident, transition.at)}: {said}"
        case Kind.CHANGED:
            return f"Changed: {said}"
        case _:
            return unanswered(transition.kind, said)


def unanswered(kind: Kind, said: str) -> str:
    """The title of news that nobody answered whether it is still so; the title as it is, of any other news."""
    match kind:
        case Kind.STALE:
            return f"Cannot be checked now: {said}"
        case Kind.WITHDRAWN:
            return f"No longer asked: {said}"
        case _:
            return said


def of_finding(advice: Advice | None, plain: str) -> str:
    """What is wrong, whatever became of it since.

    Args:
        advice: Of the finding.
        plain: What to say of a finding that brings none.
    """
    return (advice.title or advice.consequence).rstrip(".") if advice else plain.rstrip(".")


def _lasted(incident: Incident, at: datetime) -> str:
    return duration(max(timedelta(0), (incident.clean_since or at) - incident.first_seen))


def fitted(title: str, names: Iterable[str], room: int) -> str:
    """The title within so many characters.

    Args:
        title: The whole of it.
        names: Names of subjects in it, which may be shortened.
        room: Characters, at least 20.
    """
    made = " ".join(title.split())
    for name in names:
        if len(name) > LONGEST_NAME:
            made = made.replace(name, name[: LONGEST_NAME - len(_CUT)] + _CUT)
    if len(made) > room:
        made = _FIGURES.sub("", made)
    if len(made) > room:
        made = made.rpartition(", ")[0] or made
    return made if len(made) <= room else made[: room - len(_CUT)].rstrip() + _CUT
