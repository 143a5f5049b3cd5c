"""The steps of the state machine of repairs: `plan` reads, `act` changes; each answers with the next step.

What is raised here is repeated by the machine (its Retry) and then fails the
execution, which an alarm tells; the sweep goes on with the measure later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from lambdas.environment import Deployed, deployed
from lambdas.repairs import engine as engine_here
from staygreen.adapters import clock
from staygreen.core.incidents.incident import Incident, Kind
from staygreen.core.repair import engine
from staygreen.core.repair.engine import Call, Engine, Next
from staygreen.core.repair.repair import group_id

logger = Logger(service="repair")
_surroundings = cache(deployed)
GRACE = timedelta(minutes=30)
"""How late a step may be before the sweep takes it for dead: waits and repetitions take their time."""


def plan(event: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    """`plan`, `sweep`, `object`, `verify` or `tell`: reads the account, writes only what it thinks."""
    here = _surroundings()
    works = engine_here(here)
    match event["do"]:
        case "plan":
            call = _call(event, here)
            return {"measures": _planned(works, call), "group": _untold(works, group_id(call.transition_id))}
        case "sweep":
            late = engine.overdue(works, GRACE)
            logger.info("swept", late=len(late))
            engine.tell_overdue(works, GRACE)
            return {"measures": _started(late, f"-{int(clock.now().timestamp())}"), "group": ""}
        case "tell":
            engine.tell(works, event["group"])
            return {"group": _untold(works, event["group"])}
        case "object":
            return _told(engine.object_(works, event["measure"]))
        case "verify":
            return _told(engine.verify(works, event["measure"]))
    raise ValueError(f"no step {event['do']!r}")


def act(event: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    """`apply` or `undo`: the only function that changes anything."""
    works = engine_here(_surroundings(), may_change=True)
    step = {"apply": engine.apply, "undo": engine.undo}[event["do"]]
    return _told(step(works, event["measure"]))


def _untold(works: Engine, group: str) -> str:
    """The group where it is still to be told, for the machine to come back to; else empty."""
    return group if works.store.group(group) else ""


def _planned(works: Engine, call: Call) -> list[Mapping[str, Any]]:
    made, reasons = engine.plan(works, call)
    for reason in reasons:
        logger.info("nothing planned", transition=call.transition_id, reason=reason)
    return _started(made, "")


def _call(event: Mapping[str, Any], here: Deployed) -> Call:
    given = event["call"]
    incidents = tuple(_incidents(given, here))
    return Call(
        transition_id=given["transition_id"], kind=Kind(given["kind"]), incidents=incidents, about=given["about"]
    )


def _incidents(given: Mapping[str, Any], here: Deployed) -> Iterator[Incident]:
    """One is read alone; many are read with all others of their check, which is quicker."""
    wanted = set(given.get("incidents", ()))
    if len(wanted) == 1:
        found = here.table.get(given["check"], *wanted)
        if found is not None:
            yield found
        return
    known, _ = here.table.load(given["check"])
    group = str(given.get("group", "")).rpartition("-")[0]
    yield from (each for each in known.values() if each.id in wanted or (group and each.bundle == group))


def _started(steps: Iterable[Next], suffix: str) -> list[Mapping[str, Any]]:
    """What the machine starts: an execution for each measure, named so that it is started once."""
    return [{"name": f"{each.measure}{suffix}", "input": _told(each)} for each in steps if each.do != "end"]


def _told(following: Next) -> Mapping[str, Any]:
    # Step Functions reads whole seconds with a Z (Amazon States Language, "Timestamps")
    until = following.until.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"measure": following.measure, "do": following.do, "until": until}
