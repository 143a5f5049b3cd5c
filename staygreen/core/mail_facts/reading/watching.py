"""What watches, and who hears of it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from staygreen.core import naming
from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.reading.properties import SILENT, items, part
from staygreen.core.mail_facts.resolve import Resolver, text
from staygreen.core.mail_facts.template import Resource


def alarm(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """Alarms of ours and on metrics of SES."""
    properties = resolver.properties(resource)
    name = text(properties.get("AlarmName")) or resource.logical_id
    if properties.get("Namespace") == "AWS/SES" or naming.is_ours(name):
        value = {key: part for key, part in properties.items() if key not in (*SILENT, "AlarmDescription")}
        yield Fact(kind=Kind.MONITOR, key=f"alarm {name}", value=value, resource=resource)


def function(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """Functions of ours, with whom they tell and who may press buttons there; code and memory are no matter here."""
    name = resolver.string(resource.properties.get("FunctionName"))
    if not naming.is_ours(name) or "-reverse-dns-" in name:
        return
    variables = part(part({"it": resolver.value(resource.properties.get("Environment"))}, "it"), "Variables")
    try:
        slack = json.loads(text(variables.get("STAYGREEN_SLACK")) or "{}")
    except ValueError:
        slack = {"value": text(variables.get("STAYGREEN_SLACK"))}
    value = {"slack": slack} if slack else {}
    yield Fact(kind=Kind.MONITOR, key=f"function {name}", value=value, resource=resource)


def function_url(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """What can be called from outside."""
    properties = resolver.properties(resource)
    target = text(properties.get("TargetFunctionArn"))
    value = {"auth": text(properties.get("AuthType")), "cors": properties.get("Cors", {})}
    yield Fact(kind=Kind.OPEN, key=target.removesuffix(":*"), value=value, resource=resource)


def chat_channel(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """A channel that Amazon Q Developer writes to."""
    properties = resolver.properties(resource)
    channel = text(properties.get("SlackChannelId") or properties.get("TeamsChannelId") or resource.logical_id)
    topics = sorted(text(topic) for topic in items(properties.get("SnsTopicArns")))
    if any(naming.has_ours(topic) for topic in topics):
        yield Fact(kind=Kind.MONITOR, key=f"chat channel {channel}", value={"topics": topics}, resource=resource)


def event_rule(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """Which events of SES are read."""
    properties = resolver.properties(resource)
    name = text(properties.get("Name"))
    if naming.is_ours(name):
        value = {"pattern": properties.get("EventPattern", {}), "State": properties.get("State", "ENABLED")}
        yield Fact(kind=Kind.MONITOR, key=f"event rule {name}", value=value, resource=resource)


def log_filter(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """Which mail logs are read."""
    properties = resolver.properties(resource)
    if naming.has_ours(text(properties.get("DestinationArn"))):
        value = {"pattern": properties.get("FilterPattern", "")}
        yield Fact(
            kind=Kind.MONITOR,
            key=f"log filter of {text(properties.get('LogGroupName'))}",
            value=value,
            resource=resource,
        )


def topic(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """Where alerts and failures are told."""
    name = resolver.string(resource.properties.get("TopicName"))
    if naming.is_ours(name):
        yield Fact(kind=Kind.MONITOR, key=f"topic {name}", value={}, resource=resource)


def subscription(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """Who hears of alerts and of failures."""
    properties = resolver.properties(resource)
    topic = text(properties.get("TopicArn"))
    if naming.is_topic_of_people(topic):
        key = f"subscription {text(properties.get('Protocol'))} {text(properties.get('Endpoint'))} to {topic}"
        yield Fact(kind=Kind.MONITOR, key=key, value={"filter": properties.get("FilterPolicy", {})}, resource=resource)


def schedule(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """When something of ours runs."""
    name = resolver.string(resource.properties.get("Name"))
    if naming.is_ours(name):
        properties = resolver.properties(resource)
        value = {key: properties.get(key, "") for key in ("ScheduleExpression", "FlexibleTimeWindow")}
        value["State"] = properties.get("State", "ENABLED")
        yield Fact(kind=Kind.SCHEDULE, key=name, value=value, resource=resource)
