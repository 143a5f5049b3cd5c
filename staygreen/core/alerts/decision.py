"""What a person sees who decides about a repair: the same points in the same order in mail, Slack and the command.

Where, before and after, why, at what risk, what objects, how it is undone, until when. What it does stands above, as
the title or the first line of whatever shows them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from staygreen.core.wording import utc_time

if TYPE_CHECKING:
    from staygreen.core.alerts.alert import Alert

MOST_SHOWN = 5
"""Assignments that a message shows; `staygreen approvals show` has all."""
LONGEST_VALUE = 80
"""Characters of a value that a message shows, such as a record set's."""
UNDECIDED = frozenset({"awaiting", "suggested", "objected", "delayed"})
"""Stages of a repair (`repair.Stage`) in which a person weighs whether to do it."""
_SETTINGS: Mapping[str, str] = {
    "ip_pool": "pool",
    "ip_warmup": "warm-up in per cent",
    "set_sending": "sending",
    "tenant_sending": "sending",
    "suppression": "suppression",
    "reverse_name": "reverse name",
    "record": "record set",
    "case": "delisting case",
}
"""What people call a setting (`account.Setting`)."""


class Point(NamedTuple):
    """One thing to know before deciding."""

    name: str
    lines: Sequence[str]
    """One or more."""


def points_of(alert: Alert) -> list[Point]:
    """The points about the one repair that an alert tells of; none where there is nothing to weigh."""
    repair = alert.get("repair")
    if not repair or "where" not in repair or repair["stage"] not in UNDECIDED:
        return []
    return list(points(repair))


def is_asked(alert: Alert) -> bool:
    """Whether the points say all that is news: that a person is asked, and until when."""
    return bool(points_of(alert)) and alert["repair"]["stage"] == "awaiting"


def points(repair: Mapping[str, Any], assignments: Sequence[str] = ()) -> Iterator[Point]:
    """The points about one repair.

    Args:
        repair: As an alert holds it (`repair_alert.details`).
        assignments: What it sets, a line each; empty: the first few that the alert holds.
    """
    yield Point("Where", [repair["where"]])
    yield Point("Before → after", assignments or list(_assignments(repair)) or ["Nothing is set."])
    yield Point("Why", [repair["why"]])
    if repair["risk"]:
        yield Point("Risk", [repair["risk"]])
    yield Point("Objections", [each["text"] for each in repair["objections"]] or ["None."])
    yield Point("Undo", [repair["undo"] or "There is nothing to take back."])
    if repair["stage"] == "awaiting":
        yield Point("Until", [_until(repair)])


def assignment(action: Mapping[str, str], longest: int = 0) -> str:
    """One assignment, such as ``pool of 198.51.100.1: warm → quarantine``.

    Args:
        action: What it sets, of what, before and after.
        longest: Characters of a value that there is room for; 0: any number.
    """
    what = _SETTINGS.get(action["sets"], action["sets"])
    before, after = (_value(action[side], longest) for side in ("before", "after"))
    return f"{what} of {action['of']}: {before} → {after}"


def _assignments(repair: Mapping[str, Any]) -> Iterator[str]:
    yield from (assignment(each, LONGEST_VALUE) for each in repair["actions"][:MOST_SHOWN])
    left = len(repair["actions"][MOST_SHOWN:]) + repair["actions_omitted"]
    if left:
        yield f"and {left} more: `staygreen approvals show {repair['measure']}`"


def _value(text: str, longest: int) -> str:
    if not text:
        return "none"
    if not longest:
        return text
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


def _until(repair: Mapping[str, Any]) -> str:
    waits = repair["approvals_needed"] - len(repair["approvals"])
    who = "one person" if waits == 1 else f"{waits} people"
    return f"{utc_time(datetime.fromisoformat(repair['good_until']))}; {who} must approve before."
