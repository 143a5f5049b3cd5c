"""Which resource of a stack belongs to which: a role to the function that takes it, a queue's policy to the queue."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from staygreen.core.mail_facts.reading import records
from staygreen.core.mail_facts.resolve import Resolver
from staygreen.core.mail_facts.template import Resource
from staygreen.review.inventory import wording

ALARM, POLICY, RECORD = "AWS::CloudWatch::Alarm", "AWS::IAM::Policy", "AWS::Route53::RecordSet"

_NAMES_OWNER: Mapping[str, tuple[str, ...]] = {
    "AWS::CloudWatch::Alarm": ("Dimensions", "Metrics"),
    "AWS::Events::Rule": ("Targets.Arn",),
    "AWS::IAM::Policy": ("Roles",),
    "AWS::KMS::Alias": ("TargetKeyId",),
    "AWS::Lambda::EventSourceMapping": ("FunctionName",),
    "AWS::Lambda::Permission": ("FunctionName",),
    "AWS::Lambda::Url": ("TargetFunctionArn",),
    "AWS::Logs::SubscriptionFilter": ("DestinationArn",),
    "AWS::S3::BucketPolicy": ("Bucket",),
    "AWS::SES::ConfigurationSetEventDestination": ("ConfigurationSetName",),
    "AWS::SNS::Subscription": ("TopicArn",),
    "AWS::SNS::TopicPolicy": ("Topics",),
    "AWS::SQS::QueuePolicy": ("Queues",),
    "AWS::Scheduler::Schedule": ("Target.Arn",),
}
"""By type: the properties that name the owner."""

_NAMED_BY_OWNER = ("AWS::IAM::Role", "AWS::Logs::LogGroup")
"""Types that a property of the owner names."""
_NAMES_PART = ("Role", "RoleArn", "IamRoleArn", "Target.RoleArn", "LoggingConfig", "LoggingConfiguration")
"""The properties of owners that do."""

_NAMED_AFTER_OWNER = ("AWS::CloudWatch::Alarm", "AWS::SQS::Queue")
"""Types whose name begins with that of the function or state machine that they belong to."""
_NAMESAKES = ("AWS::Lambda::Function", "AWS::StepFunctions::StateMachine")


class Owners:
    """The owners in one stack, and what people call each of its resources."""

    def __init__(self, resources: Mapping[str, Resource], resolver: Resolver) -> None:
        self._resources = resources
        self._own_names = {logical_id: _own_name(resource, resolver) for logical_id, resource in resources.items()}
        self._users = _users(resources)
        self._owners = {logical_id: self._owner(resource) for logical_id, resource in resources.items()}
        self._alike = Counter((owner, resources[logical_id].type) for logical_id, owner in self._owners.items())

    def root(self, logical_id: str) -> str:
        """The resource that another belongs to in the end; itself when it belongs to none."""
        *_, last = self._chain(logical_id)
        return last

    def name(self, logical_id: str) -> str:
        """What people call a resource: its own name; else what it is part of; else its logical id."""
        if self._own_names[logical_id] or self.root(logical_id) == logical_id:
            return self._own_names[logical_id] or logical_id
        return f"{self.label(logical_id)} of {self.name(self.root(logical_id))}"

    def label(self, logical_id: str) -> str:
        """What a resource is inside the description of its root: ``role``, ``role of schedule``, ``alarm x-failed``."""
        resource, owner, own = self._resources[logical_id], self._owners[logical_id], self._own_names[logical_id]
        if resource.type == POLICY:
            return self.label(owner)
        noun = wording.of(resource.type).noun
        if self.root(logical_id) == logical_id:
            return f"{noun} {own or logical_id}"
        if own and resource.type == ALARM:
            return f"{noun} {own}"
        which = f" {own or logical_id}" if self._alike[owner, resource.type] > 1 else ""
        return f"{noun}{which}" + ("" if owner == self.root(owner) else f" of {self.label(owner)}")

    def own_name(self, logical_id: str) -> str:
        """The name that a resource's property gives it, or empty."""
        return self._own_names[logical_id]

    def owner(self, logical_id: str) -> str:
        """The logical id of what a resource belongs to directly, or empty."""
        return self._owners[logical_id]

    def _chain(self, logical_id: str) -> Iterator[str]:
        seen: set[str] = set()
        while logical_id and logical_id not in seen:
            seen.add(logical_id)
            yield logical_id
            logical_id = self._owners[logical_id]

    def _owner(self, resource: Resource) -> str:
        """The one resource that it belongs to; empty when there is none, or more than one."""
        paths = _NAMES_OWNER.get(resource.type, ())
        named = {name for path in paths for part in _parts(resource.properties, path) for name in _references(part)}
        if named & self._resources.keys():
            return self._only(named)
        if resource.type in _NAMED_AFTER_OWNER:
            return self._namesake(self._own_names[resource.logical_id])
        return self._only(self._users[resource.logical_id]) if resource.type in _NAMED_BY_OWNER else ""

    def _only(self, found: set[str]) -> str:
        inside = sorted(found & self._resources.keys())
        return inside[0] if len(inside) == 1 else ""

    def _namesake(self, name: str) -> str:
        namesakes = [
            (len(beginning), logical_id)
            for logical_id, beginning in self._own_names.items()
            if beginning and self._resources[logical_id].type in _NAMESAKES and name.startswith(f"{beginning}-")
        ]
        return max(namesakes)[1] if namesakes else ""


def _users(resources: Mapping[str, Resource]) -> Mapping[str, set[str]]:
    """By logical id: which resources name it as their role or log group."""
    users: dict[str, set[str]] = defaultdict(set)
    for resource in resources.values():
        for path in _NAMES_PART:
            for part in _parts(resource.properties, path):
                for name in _references(part):
                    users[name].add(resource.logical_id)
    return users


def _own_name(resource: Resource, resolver: Resolver) -> str:
    if resource.type == RECORD:
        return records.record(resource, resource.properties, resolver).key
    raw = resource.properties.get(wording.of(resource.type).name)
    return "" if raw is None else resolver.string(raw)


def _parts(value: Any, path: str) -> Iterator[Any]:
    """What stands at a path, in every item of the lists on the way."""
    if not path:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _parts(item, path)
    elif isinstance(value, Mapping):
        name, _, rest = path.partition(".")
        if name in value:
            yield from _parts(value[name], rest)


def _references(raw: Any) -> set[str]:
    """Logical ids that an expression names."""
    if isinstance(raw, list):
        return {name for part in raw for name in _references(part)}
    if not isinstance(raw, Mapping):
        return set()
    if isinstance(raw.get("Ref"), str):
        return {raw["Ref"]}
    attribute = raw.get("Fn::GetAtt")
    if isinstance(attribute, str):
        return {attribute.split(".")[0]}
    if isinstance(attribute, list) and attribute and isinstance(attribute[0], str):
        return {attribute[0]}
    return {name for part in raw.values() for name in _references(part)}
