"""What watches, acts and keeps: alarms, functions, state machines, events, settings, tables, buckets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from staygreen.core.mail_facts.reading.properties import items
from staygreen.core.mail_facts.resolve import text
from staygreen.review.inventory.block import ROW_IF_SHORT, TITLE, Line
from staygreen.review.inventory.properties import Properties, apart, joined, pairs, plain
from staygreen.review.inventory.wording import seconds


def variables(properties: Properties) -> Iterator[Line]:
    """The environment variables of a function."""
    found = properties.take("Environment.Variables")
    for name, value in found.items() if isinstance(found, Mapping) else ():
        yield Line(f"variable {name}", f"variable {name} = {plain(value)}")


def alarm(properties: Properties) -> Iterator[Line]:
    """When an alarm rings, and who hears of it."""
    metric = {name: found for name in _METRIC if (found := properties.take(name)) is not None}
    queries = [_query(query) for query in items(properties.take("Metrics"))]
    operator, threshold, periods, needed, missing = (_text(properties.take(name)) for name in _RULE)
    often = f"in {needed} of {periods} periods" if needed else f"in {periods} periods" if periods != "1" else ""
    measured = "; ".join([_metric(metric)] * bool(metric) + queries)
    yield Line("rule", joined(measured, _OPERATORS.get(operator, operator), threshold, often), TITLE)
    if missing:
        yield Line("missing", f"missing data {missing}", TITLE)
    yield from _hearers(properties)


def _text(value: Any) -> str:
    return "" if value is None else plain(value)


_METRIC = ("Namespace", "MetricName", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit")
_RULE = ("ComparisonOperator", "Threshold", "EvaluationPeriods", "DatapointsToAlarm", "TreatMissingData")
_OPERATORS = {
    "GreaterThanOrEqualToThreshold": "≥",
    "GreaterThanThreshold": ">",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
}


def _metric(metric: Mapping[str, Any]) -> str:
    """``Sum of AWS/Lambda Errors (FunctionName x) in 5 minutes``."""
    (statistic, stat, namespace, name, *_), rest = apart(
        metric, "Statistic", "Stat", "Namespace", "MetricName", "Dimensions", "Period"
    )
    dimensions = _list_of(metric.get("Dimensions"), "Name", "Value")
    period = f"in {seconds(metric['Period'])}" if "Period" in metric else ""
    return joined(statistic, stat, "of", namespace, name, f"({dimensions})" if dimensions else "", period, rest)


def _query(query: Any) -> str:
    """One expression, or one metric that an expression names."""
    inner = query.get("MetricStat") if isinstance(query, Mapping) else None
    inside = ("MetricStat",) if isinstance(inner, Mapping) else ()
    (name, expression, returned, *_), rest = apart(query, "Id", "Expression", "ReturnData", *inside)
    if isinstance(inner, Mapping):
        measured = inner.get("Metric")
        measured = measured if isinstance(measured, Mapping) else {"Metric": measured}
        statistic = {key: part for key, part in inner.items() if key != "Metric"}
        expression = joined(expression, _metric({**measured, **statistic}))
    return joined(name, "=", expression, rest, {"on": "", "off": "(alone not compared)"}.get(returned, returned))


def _hearers(properties: Properties) -> Iterator[Line]:
    found = {
        word: plain(actions)
        for name, word in (("AlarmActions", "it"), ("OKActions", "recovery"), ("InsufficientDataActions", "no data"))
        if (actions := properties.take(name)) is not None
    }
    if found.get("it") and found.get("it") == found.get("recovery"):
        yield Line("hearers", f"tells {found.pop('it')} of it and of recovery", TITLE)
        del found["recovery"]
    for word, actions in found.items():
        yield Line(f"hearers of {word}", f"tells {actions} of {word}", TITLE)


def definition(properties: Properties) -> Iterator[Line]:
    """The states of a state machine, a line each."""
    written = properties.take("DefinitionString")
    if written is None:
        return
    try:
        machine = json.loads(text(written))
    except ValueError:
        machine = None
    if isinstance(machine, Mapping):
        yield from _states(machine, "")
    else:
        yield Line("definition", f"definition {text(written)}")


def _states(machine: Mapping[str, Any], place: str) -> Iterator[Line]:
    states = machine.get("States")
    inside = ("States",) if isinstance(states, Mapping) else ()
    (start, *_), rest = apart(machine, "StartAt", *inside)
    yield Line(f"start {place}", joined(f"{place}starts at {start}{',' if rest else ''}", rest))
    for name, state in states.items() if isinstance(states, Mapping) else ():
        processor = state.get("ItemProcessor") if isinstance(state, Mapping) else None
        inside = ("ItemProcessor",) if isinstance(processor, Mapping) else ()
        (kind, *_), rest = apart(state, "Type", *inside)
        yield Line(f"state {place}{name}", joined(f"state {place}{name}: {kind}{',' if rest else ''}", rest))
        if isinstance(processor, Mapping):
            yield from _states(processor, f"{place}{name}/")


def event_rule(properties: Properties) -> Iterator[Line]:
    """Which events a rule takes, and what it hands them to."""
    pattern = properties.take("EventPattern")
    if pattern is not None:
        yield Line("pattern", f"takes {text(pattern)}")
    for target in items(properties.take("Targets")):
        (name, arn), rest = apart(target, "Id", "Arn")
        yield Line(f"target {name}", joined(f"hands to {arn} ({name})", rest))


def stream_filters(properties: Properties) -> Iterator[Line]:
    """Which items of a stream reach a function."""
    for number, entry in enumerate(items(properties.take("FilterCriteria.Filters")), 1):
        (pattern,), rest = apart(entry, "Pattern")
        yield Line(f"filter {number}", joined(f"takes {pattern}", rest))


def table(properties: Properties) -> Iterator[Line]:
    """Keys and indexes of a table."""
    yield Line("key", f"key {_list_of(properties.take('KeySchema'), 'AttributeName', 'KeyType')}", TITLE)
    attributes = _list_of(properties.take("AttributeDefinitions"), "AttributeName", "AttributeType")
    yield Line("attributes", f"attributes {attributes}")
    for index in items(properties.take("GlobalSecondaryIndexes")):
        keys = index.get("KeySchema") if isinstance(index, Mapping) else None
        (name, *_), rest = apart(index, "IndexName", *(["KeySchema"] if keys else []))
        yield Line(f"index {name}", joined(f"index {name}: key {_list_of(keys, 'AttributeName', 'KeyType')},", rest))


def _list_of(value: Any, *names: str) -> str:
    """A list of mappings, of which the values of some names speak for themselves."""
    parts = (apart(entry, *names) for entry in items(value))
    return ", ".join(joined(*texts, rest) for texts, rest in parts)


def bucket(properties: Properties) -> Iterator[Line]:
    """How objects are encrypted, and when they go."""
    for rule in items(properties.take("BucketEncryption.ServerSideEncryptionConfiguration")):
        yield Line("encryption", f"encrypted: {pairs(rule)}".replace("ServerSideEncryptionByDefault.", ""), TITLE)
    for rule in items(properties.take("LifecycleConfiguration.Rules")):
        (days, status), rest = apart(rule, "ExpirationInDays", "Status")
        expiry = f"objects expire after {days} days" if days else "lifecycle"
        yield Line("lifecycle", joined(expiry, f"({status})", rest), TITLE)


def settings(properties: Properties) -> Iterator[Line]:
    """JSON in a parameter, short settings beside each other."""
    written = text(properties.take("Value"))
    try:
        found = json.loads(written)
    except ValueError:
        found = None
    if not isinstance(found, Mapping):
        yield Line("value", f"value {written}")
        return
    for name, value in found.items():
        if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            yield from (Line(f"{name} {item}", f"{name} {_json(item)}") for item in value)
        else:
            shown = _json(value) if isinstance(value, Mapping | list) else plain(value)
            yield Line(f"setting {name}", f"{name} {shown}", ROW_IF_SHORT)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
