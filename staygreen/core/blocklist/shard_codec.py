"""Plans, shards and readings as JSON, and back: `read_x(write_x(x)) == x`, but for the shards of a plan.

Most of a shard is on no list, and a list says that of all in the same words: the largest group of each list is
written without its members, who are those that no other group has.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from ipaddress import IPv4Network
from typing import Any

from staygreen.core.blocklist.catalogue import Entry, Target
from staygreen.core.blocklist.dnsbl import Answer, Health, Reason, Verdict
from staygreen.core.blocklist.neighbours import Around
from staygreen.core.blocklist.shard import Group, Known, Plan, Reading, Shard
from staygreen.core.dns.route import Limits
from staygreen.core.finding import Subject


def write_plan(plan: Plan) -> str:
    """A plan; its shards are written each for itself."""
    return _text(
        {
            "at": plan.at.isoformat(),
            "settings": plan.settings,
            "families": plan.families,
            "shortages": plan.shortages,
            "count": plan.count,
        }
    )


def read_plan(text: str) -> Plan:
    """The plan, without its shards."""
    document = json.loads(text)
    return Plan(
        at=datetime.fromisoformat(document["at"]),
        settings=document["settings"],
        families=tuple(document["families"]),
        shortages=document["shortages"],
        count=document["count"],
    )


def write_shard(shard: Shard) -> str:
    """One shard."""
    return _text(
        {
            "number": shard.number,
            "subjects": [[each.subject.key, each.subject.label, each.is_sending_host] for each in shard.subjects],
            "only": shard.only,
            "limits": {
                list_id: [limits.in_flight, limits.per_second, limits.questions]
                for list_id, limits in shard.limits.items()
            },
        }
    )


def read_shard(text: str) -> Shard:
    """The inverse of `write_shard`."""
    document = json.loads(text)
    return Shard(
        number=document["number"],
        subjects=tuple(Known(Subject.from_key(key, label), sends) for key, label, sends in document["subjects"]),
        only={list_id: tuple(names) for list_id, names in document["only"].items()},
        limits={
            list_id: Limits(in_flight=in_flight, per_second=per_second, questions=questions)
            for list_id, (in_flight, per_second, questions) in document["limits"].items()
        },
    )


def write_reading(reading: Reading, shard: Shard, entries: Mapping[str, Entry]) -> str:
    """What a shard read.

    Args:
        reading: What it read.
        shard: Of whom.
        entries: The lists by id.
    """
    return _text(
        {
            "lists": {
                list_id: list(_groups(groups, entries[list_id], shard)) for list_id, groups in reading.groups.items()
            },
            "health": [
                [list_id, target.value, health.reason.value if health.reason else "", health.raw]
                for (list_id, target), health in reading.health.items()
            ],
            "has_dns": reading.has_dns,
            "around": [
                [one.subject, one.entry.id, str(one.network), one.neighbours, one.listed, one.unknown]
                for one in reading.around
            ],
        }
    )


def read_reading(text: str, shard: Shard, entries: Mapping[str, Entry]) -> Reading:
    """The inverse of `write_reading`."""
    document = json.loads(text)
    return Reading(
        groups={
            list_id: tuple(_read_groups(rows, entries[list_id], shard)) for list_id, rows in document["lists"].items()
        },
        health={
            (list_id, Target(target)): Health(reason=Reason(reason) if reason else None, raw=raw)
            for list_id, target, reason, raw in document["health"]
        },
        has_dns=document["has_dns"],
        around=tuple(
            Around(
                subject=subject,
                entry=entries[list_id],
                network=IPv4Network(network),
                neighbours=neighbours,
                listed=listed,
                unknown=unknown,
            )
            for subject, list_id, network, neighbours, listed, unknown in document["around"]
        ),
    )


def _groups(groups: tuple[Group, ...], entry: Entry, shard: Shard) -> Iterable[Mapping[str, Any]]:
    largest = max(groups, key=lambda group: len(group.subjects))
    named = {subject for group in groups if group is not largest for subject in group.subjects}
    rest = tuple(subject for subject in shard.asked(entry) if subject not in named)
    for group in groups:
        row = {"answer": _answer(group.answer, entry), "name": group.name, "text": group.text}
        yield row if group is largest and group.subjects == rest else {**row, "subjects": group.subjects}


def _read_groups(rows: list[Mapping[str, Any]], entry: Entry, shard: Shard) -> Iterable[Group]:
    named = {subject for row in rows for subject in row.get("subjects", ())}
    for row in rows:
        subjects = row.get("subjects")
        if subjects is None:
            subjects = [subject for subject in shard.asked(entry) if subject not in named]
        yield Group(
            answer=_read_answer(row["answer"], entry), name=row["name"], text=row["text"], subjects=tuple(subjects)
        )


def _answer(answer: Answer, entry: Entry) -> list[Any]:
    """Codes are numbers in the list's own table."""
    codes = [entry.codes.index(code) for code in answer.codes]
    return [answer.verdict.value, codes, answer.reason.value if answer.reason else "", answer.values, answer.raw]


def _read_answer(row: list[Any], entry: Entry) -> Answer:
    verdict, codes, reason, values, raw = row
    return Answer(
        verdict=Verdict(verdict),
        codes=tuple(entry.codes[code] for code in codes),
        reason=Reason(reason) if reason else None,
        values=tuple(values),
        raw=raw,
    )


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))
