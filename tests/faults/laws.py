"""What holds whatever happens: each law gives the sentences that tell how it is broken.

First the laws of what is told, then those of repairs, then those of what others wrote.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.faults import repairs
from tests.faults.aws import INCIDENT, PERSON, READ, RULES, SWITCH, WRITE, Entry
from tests.faults.dynamodb import LARGEST_ITEM, size_of
from tests.faults.schedule import Fault
from tests.faults.world import World
from tests.fuzz.readers import READERS
from tests.fuzz.run import run

TOLD = ("opened", "cleared", "changed", "stale", "withdrawn")


def broken(world: World) -> list[str]:
    """Every violation of every law, once all is quiet again."""
    return [*everything_is_told(world), *nothing_is_told_twice(world), *nothing_else_is_told(world), *sizes(world)]


def everything_is_told(world: World) -> Iterator[str]:
    """What happened to an incident has reached each channel, by itself or in a group that names it once."""
    named: Counter[str] = Counter()
    for (group, member), times in _named(world).items():
        named[member] += 1
        if times > 1:
            yield f"{member} is named {times} times by the group {group}"
    silent = Counter(item["pk"]["S"].removeprefix("history#") for item in _steps(world) if "message" not in item)
    for incident in silent.keys() | named.keys():
        if silent[incident] != named[incident]:
            yield f"{incident}: {silent[incident]} steps are for groups, and groups tell {named[incident]}"
    yield from every_channel_has_it(world)


def every_channel_has_it(world: World) -> Iterator[str]:
    """A mark of each channel stands on each message, and SNS had what is marked."""
    accepted = {alert["transition_id"] for alert in world.topic.published}
    for item in world.table.items.values():
        if "message" not in item:
            continue
        lacking = {"sent_alerts", "sent_slack"} - item.keys()
        if lacking or "owed" in item:
            yield f"{item['id']['S']} lacks {sorted(lacking)}, owed {item.get('owed')}"
        elif item["id"]["S"] not in accepted:
            yield f"{item['id']['S']} is marked, and SNS never had it"


def nothing_is_told_twice(world: World) -> Iterator[str]:
    """But when a function died, or had no answer, between the channel's acceptance and its mark."""
    excused = any(
        fault in (Fault.KILLED_BEFORE, Fault.KILLED_AFTER)
        or (not name.startswith("dynamodb") and fault is not Fault.THROTTLED)
        for _, name, fault in world.schedule.happened
    )
    times = Counter(alert["transition_id"] for alert in world.topic.published)
    for transition, number in times.items():
        if number > 1 and not excused:
            yield f"{transition} is told {number} times"
    posts = world.workspace.posts
    # the head of a thread has its details below it
    threads = sum("thread_ts" not in post for post in posts)
    if len(posts) - threads > len(times) and not excused:
        yield f"Slack has {len(posts)} posts in {threads} threads for {len(times)} announcements"


def nothing_else_is_told(world: World) -> Iterator[str]:
    """Every message is that of a step, or of a group, that the table holds."""
    known = {item["id"]["S"] for item in world.table.items.values() if "message" in item}
    for alert in world.topic.published:
        if alert["transition_id"] not in known:
            yield f"{alert['transition_id']} is told, and never happened"


def sizes(world: World) -> Iterator[str]:
    """No item outgrows its limit; the doubles refuse what is larger, so that this cannot be seen to fail alone."""
    for key, item in world.table.items.items():
        if size_of(item) > LARGEST_ITEM:
            yield f"{key} has {size_of(item)} bytes"


def _steps(world: World) -> Iterator[Mapping[str, Any]]:
    for item in world.table.items.values():
        if item["pk"]["S"].startswith("history#") and "members" not in item and item["kind"]["S"] in TOLD:
            yield item


def _named(world: World) -> Counter[tuple[str, str]]:
    """How often the announcements of a group name a member: their ids have 16 characters each."""
    return Counter(
        (item["pk"]["S"].removeprefix("history#").rpartition("-")[0], item["members"]["S"][n : n + 16])
        for item in world.table.items.values()
        if "members" in item
        for n in range(0, len(item["members"]["S"]), 16)
    )


# --- repairs ----------------------------------------------------------------------------------------------------------

FORWARD = ("quarantine", False, repairs.GOOD)
"""What a repair sets things to; all else is the way back."""


def broken_repairs(world: repairs.World) -> list[str]:
    """Every violation of every law of repairs, once all is quiet again."""
    return [
        *everything_is_looked_at_before_each_act(world),
        *nothing_of_a_persons_is_overwritten(world),
        *nothing_is_set_twice(world),
        *everything_comes_to_an_end_that_is_told(world),
    ]


def everything_is_looked_at_before_each_act(world: repairs.World) -> Iterator[str]:
    """The switch and the mode before every assignment; going forward, the plan's end and the incident too."""
    ends = [measure.plan.good_until for measure in world.measures()]
    looked: dict[str, Entry] = {}
    for entry in _acts(world):
        if entry.kind != WRITE:
            looked[f"{entry.kind}"] = entry
            continue
        told = f"{entry.resource} is set to {entry.after}"
        if SWITCH not in looked or looked[SWITCH].after:
            yield f"{told} though the switch is pressed, or was not looked at"
        if RULES not in looked or looked[RULES].after != "auto":
            yield f"{told} in a mode that changes nothing, or that was not looked at"
        if entry.after in FORWARD and (INCIDENT not in looked or not looked[INCIDENT].after):
            yield f"{told} for an incident that is over, or was not looked at"
        if entry.after in FORWARD and SWITCH in looked and not any(looked[SWITCH].at < end for end in ends):
            yield f"{told} at {looked[SWITCH].at}, when no plan is good any more"
        looked = {}


def nothing_of_a_persons_is_overwritten(world: repairs.World) -> Iterator[str]:
    """But where a person acts between the last look and the act, which SES does not let be told apart."""
    persons: set[str] = set()
    seen: set[str] = set()
    # what a person wrote before the plan was made is what it was planned from
    drift = {action.before for one in world.measures() for action in one.plan.actions}
    for entry in world.aws.log:
        if isinstance(entry.after, list) and any(json.dumps(entry.after[0]) in before for before in drift):
            continue
        if entry.kind == PERSON and entry.before != entry.after:
            persons.add(entry.resource)
            seen.discard(entry.resource)
        elif entry.kind == READ and entry.resource in persons:
            seen.add(entry.resource)
        elif entry.kind == WRITE and entry.resource in persons - seen:
            # both set it in one moment: SES tells nobody who was first, and the repair takes it for its own
            persons.discard(entry.resource)
        elif entry.kind == WRITE and entry.resource in seen and entry.before != entry.after:
            yield f"a person set {entry.resource} to {entry.before}, and a repair to {entry.after}"


def nothing_is_set_twice(world: repairs.World) -> Iterator[str]:
    """Each assignment is made once."""
    made = Counter((entry.resource, str(entry.after)) for entry in _acts(world) if entry.kind == WRITE)
    for (resource, value), times in made.items():
        if times > 1:
            yield f"{resource} is set to {value} {times} times"


def everything_comes_to_an_end_that_is_told(world: repairs.World) -> Iterator[str]:
    """No measure stays where it is, but behind the switch; and the last event of each is announced."""
    is_held = next((each.after for each in reversed(world.aws.log) if each.kind == SWITCH), False)
    measures = world.measures()
    if not measures:
        yield "nothing was planned"
    for one in measures:
        if not one.is_over and not is_held:
            yield f"{one.id} is still {one.stage.value}"
        events = [item for (pk, sk), item in world.table.items.items() if pk == f"repair#{one.id}" and sk != "measure"]
        last = max(events, key=lambda item: item["sk"]["S"], default={})
        if one.is_over and "message" not in last:
            yield f"how {one.id} ended ({one.stage.value}) is not told"


def _acts(world: repairs.World) -> Iterator[Entry]:
    """The log without the second of two attempts of one call, and without what other remediations' rules say."""
    rules = repairs.NAMES.remediation_parameter(world.repair.remediation)
    before: Entry | None = None
    for entry in world.aws.log:
        is_again = before is not None and (entry.resource, entry.after) == (before.resource, before.after)
        is_repeated = entry.kind == WRITE and is_again and entry.before == entry.after
        before = entry if entry.kind == WRITE else before
        if not is_repeated and not (entry.kind == RULES and entry.resource != rules):
            yield entry


# --- what others wrote ------------------------------------------------------------------------------------------------


def broken_readings(seed: int, inputs: int, readers: Sequence[str] = tuple(READERS)) -> Iterator[str]:
    """Every input has an answer that can be stored and sent; what is unknown is never clean (`lawful` of DNS)."""
    for name in readers:
        yield from run(name, seed, range(inputs)).failures
