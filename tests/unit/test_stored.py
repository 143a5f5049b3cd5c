"""What earlier versions stored can still be read, and what they sent keeps its keys.

`tests/data/stored/` is frozen: a file is added with a new document, and none is changed. `ADD_STORED=1` writes files
that are missing, and never one that is there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from staygreen.adapters.store import items
from staygreen.core.alerts import amazon_q
from staygreen.core.codec import decoded, encoded
from staygreen.core.delisting import storage as cases
from staygreen.core.delisting.case import Case, Event, Facts, Route, Stage
from staygreen.core.finding import State
from staygreen.core.incidents.incident import Incident, Kind, Note, Status
from staygreen.core.incidents.report import Coverage
from staygreen.core.incidents.run import Unfinished
from staygreen.core.incidents.storage import read_coverage, read_incident, write_coverage, write_incident
from staygreen.core.repair.guards import Ledger
from staygreen.core.repair.repair import Group, Measure
from staygreen.core.verdict import storage as verdicts
from staygreen.core.verdict.evidence import Held
from staygreen.core.verdict.verdict import Claim, Exhibit, Reach, Realm, Standing, Witness
from tests.texts.scenes import alerts
from tests.unit.incidents.examples import HOUR, START, listing
from tests.unit.repair.histories import records

STORED = Path(__file__).parents[1] / "data" / "stored"


@dataclass(frozen=True)
class Document:
    """One kind of stored document: a value, and how it is written and read."""

    value: Callable[[], Any]
    write: Callable[[Any], str]
    read: Callable[[str], Any]


def _incident() -> Incident:
    finding = listing()
    return Incident(
        id="0123456789abcdef",
        finding=finding,
        status=Status.OPEN,
        first_seen=START,
        last_seen=START + HOUR,
        last_reading=START + HOUR,
        counted_at=START + HOUR,
        opened_at=START + HOUR,
        openings=(START + HOUR,),
        sightings=2,
        notes=(Note(at=START + HOUR, by="U1", text="asked for removal"),),
    )


def _held() -> tuple[Held, ...]:
    exhibit = Exhibit(
        witness=Witness.BLOCKLIST,
        realm=Realm.EVERYWHERE,
        state=State.BAD,
        standing=Standing.AT_RISK,
        cause="psbl",
        text="PSBL lists this address",
        observed_at=START,
        next_step="Ask for removal.",
        claim=Claim.OBSERVED,
        reach=Reach.OWN,
    )
    return (Held(incident="0123456789abcdef", exhibit=exhibit),)


def _by_codec(cls: type[Any], value: Callable[[], Any]) -> Document:
    def write(one: Any) -> str:
        return json.dumps(encoded(one), ensure_ascii=False)

    return Document(value, write, lambda text: decoded(cls, json.loads(text)))


def _applied() -> Measure:
    history = records()
    history.take("object", "apply")
    return history.measure


DOCUMENTS: Mapping[str, Document] = {
    "incident": Document(_incident, write_incident, read_incident),
    "coverage": Document(
        lambda: (Coverage(source="psbl", asked=3, answered=2, reason="timeout"),), write_coverage, read_coverage
    ),
    "unfinished-run": Document(
        lambda: Unfinished(run_id="run-1", attempt="a-1", at=START, groups={"g": Kind.OPENED}),
        lambda noted: json.dumps(items.unfinished_item("blocklist", noted)),
        lambda text: items.read_unfinished(json.loads(text)),
    ),
    "verdict-evidence": Document(_held, verdicts.write, verdicts.read),
    "delisting-case": Document(
        lambda: Case(
            ip="192.0.2.10",
            facts=Facts(ips=("192.0.2.10",), route=Route.SUPPORT_FORM),
            history=(Event(at=START, stage=Stage.DRAFTED),),
        ),
        cases.text,
        cases.read,
    ),
    "measure": _by_codec(Measure, _applied),
    "ledger": _by_codec(Ledger, lambda: _ledger()),
    "measures-together": _by_codec(
        Group, lambda: Group(id="0123456789abcdef", about="t-1", at=START, measures=("0", "1"))
    ),
}
OUTGOING: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    "outgoing-alerts": lambda: _by_kind(lambda alert: alert),
    "outgoing-chat": lambda: _by_kind(amazon_q.notification),
}


def _by_kind(message: Callable[[Any], Any]) -> Mapping[str, Any]:
    """What every message of a kind of alert has."""
    found: dict[str, Any] = {}
    for alert in alerts().values():
        kind, keys = str(alert["kind"]), shape(message(alert))
        found[kind] = _common(found[kind], keys) if kind in found else keys
    return found


def _common(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        both = {key: _common(one[key], other[key]) for key in one if key in other}
        return {key: value for key, value in both.items() if value is not None}
    if isinstance(one, list) and isinstance(other, list):
        return [_common(one[0], other[0])] if one and other else one or other
    return one if one == other else None


def _ledger() -> Ledger:
    measure = records().measure
    return Ledger().reserved(measure.id, measure.plan, START + timedelta(hours=1))


def shape(value: Any) -> Any:
    """A message with its words left out: its keys, and the kind of each value."""
    if isinstance(value, Mapping):
        return {key: shape(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [shape(value[0])] if value else []
    return type(value).__name__


def golden(name: str, text: Callable[[], str]) -> str:
    path = STORED / f"{name}.json"
    if os.environ.get("ADD_STORED") and not path.exists():
        path.write_text(f"{text()}\n", encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_was_stored_is_still_read_as_what_it_was(name):
    document = DOCUMENTS[name]
    value = document.value()
    assert document.read(golden(name, lambda: document.write(value))) == value


@pytest.mark.parametrize("name", OUTGOING)
def test_what_is_sent_keeps_every_key_that_it_had_and_the_kind_of_its_value(name):
    now = OUTGOING[name]()
    before = json.loads(golden(name, lambda: json.dumps(now, indent=1, sort_keys=True)))
    for message, keys in before.items():
        lost = list(_lost(keys, now.get(message), message))
        assert not lost, "programs read this: a later message may have more keys, and none less"


def _lost(before: Any, now: Any, where: str) -> Any:
    if isinstance(before, dict):
        for key, value in before.items():
            if not isinstance(now, dict) or key not in now:
                yield f"{where}.{key}"
            else:
                yield from _lost(value, now[key], f"{where}.{key}")
    elif isinstance(before, list):
        if not isinstance(now, list):
            yield where
        elif before and now:
            yield from _lost(before[0], now[0], f"{where}[]")
    elif before != now:
        yield where


def test_nothing_frozen_is_forgotten():
    assert {path.stem for path in STORED.glob("*.json")} == {*DOCUMENTS, *OUTGOING}
