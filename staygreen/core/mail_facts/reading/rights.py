"""What services of AWS may use: policies of buckets, topics, queues and keys, and permissions of functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.reading.properties import items, part
from staygreen.core.mail_facts.resolve import Resolver, text
from staygreen.core.mail_facts.template import Resource

_POLICIES: Mapping[str, tuple[str, str]] = {
    "AWS::S3::BucketPolicy": ("Bucket", "bucket"),
    "AWS::SNS::TopicPolicy": ("Topics", "topic"),
    "AWS::SNS::TopicInlinePolicy": ("TopicArn", "topic"),
    "AWS::SQS::QueuePolicy": ("Queues", "queue"),
    "AWS::SQS::QueueInlinePolicy": ("Queue", "queue"),
}
"""Types of policies: the property that names what they are for, and what that is."""
POLICY_TYPES = frozenset(_POLICIES)
_SERVICES = ("ses", "sns", "s3", "events")
"""Whom mail is handed on by."""


def policy(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """The rights that a policy of its own gives to services."""
    properties = resolver.properties(resource)
    where, what = _POLICIES[resource.type]
    targets = [target(text(one)) for one in items(properties.get(where))]
    for statement in statements(properties.get("PolicyDocument")):
        for one in targets:
            yield from _rights(statement, what, one, resource)


def key(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """The rights that a KMS key gives to services."""
    for statement in statements(resolver.properties(resource).get("KeyPolicy")):
        yield from _rights(statement, "key", f"⟨{resource.logical_id}⟩", resource)


def permission(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """Who may call a function."""
    properties = resolver.properties(resource)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": properties.get("Principal")},
        "Action": properties.get("Action"),
    }
    conditions = {name: text(properties[name]) for name in ("SourceArn", "SourceAccount") if name in properties}
    if conditions:
        statement["Condition"] = conditions
    yield from _rights(statement, "function", target(text(properties.get("FunctionName"))), resource)


def statements(document: Any) -> Iterator[Mapping[str, Any]]:
    """The statements of a policy document."""
    for statement in items(part({"it": document}, "it").get("Statement")):
        if isinstance(statement, Mapping):
            yield statement


def target(value: str) -> str:
    """A resource as policies, rules and subscriptions name it in turn: by its name, ARN or URL."""
    if value.startswith("⟨") and value.endswith("⟩"):
        return re.sub(r"\.(Arn|TopicArn|QueueUrl)⟩$", "⟩", value)
    if value.startswith("arn:"):
        return re.split(r":function:", value)[-1].removesuffix(":*")
    return value


def _rights(statement: Mapping[str, Any], what: str, name: str, resource: Resource) -> Iterator[Fact]:
    """Each right of each service; of everybody, where a statement is for all."""
    effect = text(statement.get("Effect")) or "Allow"
    condition = statement.get("Condition")
    for service in _services(statement.get("Principal")):
        for action in sorted({text(one).lower() for one in items(statement.get("Action"))}):
            value = {
                "service": service,
                "effect": effect,
                "action": action,
                "what": what,
                "target": name,
                "condition": condition or {},
            }
            denied = " denied" if effect == "Deny" else ""
            yield Fact(
                kind=Kind.RIGHT,
                key=f"{service} {action} on {what} {name}{denied} by {resource.logical_id}",
                value=value,
                resource=resource,
            )


def _services(principal: Any) -> list[str]:
    if principal == "*":
        return ["*"]
    found = part({"it": principal}, "it")
    if "*" in map(text, items(found.get("AWS"))):
        return ["*"]
    names = [text(one).partition(".amazonaws.")[0] for one in items(found.get("Service"))]
    return sorted({name for name in names if name in _SERVICES})
