"""What an alert says of deployments: which one came before it, and the way back where one is the cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from staygreen.core.alerts import steps
from staygreen.core.deployments.before import NOT_RECORDED, Cause, Recorded, Worse, cause_of, told_before
from staygreen.core.incidents.incident import COVERAGE, Incident
from staygreen.core.wording import utc_time


def with_deployments(made: Mapping[str, Any], members: Sequence[Incident], recorded: Recorded | None) -> dict[str, Any]:
    """A message with what was deployed before; a deployment that is the cause of all of it stands first.

    Args:
        made: The message.
        members: The incidents that it tells; not empty.
        recorded: The deployments on record; None: not known.
    """
    if members[0].finding.cause == COVERAGE or members[0].finding.is_event:
        return dict(made)
    recorded = recorded or NOT_RECORDED
    worse = [Worse(finding=each.finding, since=each.first_seen) for each in members]
    told = " ".join(part for part in (told_before(worse, recorded), _last_good(members)) if part)
    told_of = {**made, "before": told} if told else dict(made)
    causes = [cause_of(each, recorded) for each in worse]
    first = causes[0]
    if first is None or any(each is None or each.deployment.id != first.deployment.id for each in causes):
        return told_of
    return _led_by(first, told_of)


def _led_by(cause: Cause, made: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **made,
        "consequence": f"{cause.sentence} {made['consequence']}",
        **steps.told([cause.next_step, *made["steps"]]),
    }


def _last_good(members: Sequence[Incident]) -> str:
    """When the run before was, of one incident alone."""
    if len(members) != 1 or members[0].last_good is None:
        return ""
    return f"The run at {utc_time(members[0].last_good)} had all its answers and did not find it."
