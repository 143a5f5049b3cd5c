"""What holds whatever happens: each law gives the sentences that tell how it is broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tests.faults.dynamodb import LARGEST_ITEM, size_of
from tests.faults.schedule import Fault
from tests.faults.world import World

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
    if len(world.workspace.posts) > len(times) and not excused:
        yield f"Slack has {len(world.workspace.posts)} posts for {len(times)} announcements"


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
