"""One CloudFormation template as the resources that it declares; nothing in it is resolved yet.

One part that cannot be read does not take the rest with it: it is an `Unread`, which a
review names. Only what is no template at all is an `Unreadable`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from staygreen.core.errors import StaygreenError
from staygreen.core.mail_facts import for_each
from staygreen.core.records.spf_answers import NONE, Answers

NESTED_STACK = "AWS::CloudFormation::Stack"
EMPTY: Mapping[str, Any] = MappingProxyType({})
_SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Hooks",
        "Transform",
        "Globals",
    }
)
CONSTRUCT_PATH = "aws:cdk:path"
"""Where the CDK says a resource's construct path."""
_UNDERSTOOD = ("AWS::Serverless", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen", "AWS::SecretsManager")
"""Transforms that leave what they do not know as it is."""


class Unreadable(StaygreenError):
    """When a template or an assembly cannot be read; the text has file and line."""

    def __init__(self, file: object, problem: str, line: int | None = None) -> None:
        place = f"{file}:{line}" if line else str(file)
        super().__init__(f"{place}: {problem}")
        self.problem = problem
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A part of what is to be deployed that could not be read."""

    stack: str
    part: str
    """A logical id, a loop, a transform; empty: the whole stack."""
    why: str
    """One clause, without a final stop."""
    content: str
    """What can be compared of it: equal texts are the same part."""
    type: str = ""
    """The resource's type, where it has one."""

    @property
    def name(self) -> str:
        """What a person finds it by."""
        return f"{self.stack}/{self.part}" if self.part else self.stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource as the template writes it; nothing is resolved yet."""

    stack: str
    """The stack's name; a nested stack's is ``<parent>/<logical id>``."""
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"
    condition: str = ""
    loop: str = ""
    """The Fn::ForEach that it comes from, or empty."""

    @property
    def path(self) -> str:
        """The construct path, or stack and logical id where there is none."""
        told = self.metadata.get(CONSTRUCT_PATH)
        return told if isinstance(told, str) and told else f"{self.stack}/{self.logical_id}"

    @property
    def place(self) -> tuple[str, str]:
        """What CloudFormation knows it by."""
        return self.stack, self.logical_id

    @property
    def survives_removal(self) -> bool:
        """Whether taking it out of the template leaves it in the account."""
        return self.deletion_policy in ("Retain", "RetainExceptOnCreate", "Snapshot")

    @property
    def survives_replacement(self) -> bool:
        """Whether the old one stays in the account when another takes its place under the same logical id."""
        return self.update_replace_policy in ("Retain", "Snapshot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One stack's template and where it would be deployed."""

    stack: str
    file: str
    body: Mapping[str, Any]
    resources: Mapping[str, Resource]
    account: str = ""
    """Empty when it is known only at deployment."""
    region: str = ""
    parameters: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    """Values that are handed in, before the template's own defaults."""
    parent: str = ""
    """The stack that this one is nested in, or empty."""
    termination_protection: bool | None = None
    metadata: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    """What the stack's construct carries beside the template, by kind of metadata."""
    unread: tuple[Unread, ...] = ()

    @property
    def name(self) -> str:
        """The name that CloudFormation knows a stack of its own by."""
        return self.stack.partition(" (")[0]

    def section(self, name: str) -> Mapping[str, Any]:
        """A top-level section, empty when it is absent."""
        found = self.body.get(name)
        return found if isinstance(found, Mapping) else EMPTY

    def items(self, collection: Any) -> list[str] | None:
        """The items of a loop, as far as literals, parameters and mappings tell them; None where they do not."""
        if isinstance(collection, list):
            parts = [self.items(one) for one in collection]
            return None if None in parts else [item for part in parts for item in part or ()]
        if isinstance(collection, str):
            return [collection]
        ((name, argument),) = (
            collection.items() if isinstance(collection, Mapping) and len(collection) == 1 else (("", 0),)
        )
        if name == "Ref" and isinstance(argument, str):
            return self._parameter_items(argument)
        if name == "Fn::FindInMap" and isinstance(argument, list):
            return self._mapped_items(argument[:3])
        return None

    def _parameter_items(self, name: str) -> list[str] | None:
        declared = self.section("Parameters").get(name)
        if not isinstance(declared, Mapping) or str(declared.get("Type", "")).startswith("AWS::SSM::"):
            return None
        value = self.parameters.get(name, declared.get("Default"))
        if not isinstance(value, str) or "{{resolve:" in value:
            return None
        return [part.strip() for part in value.split(",")]

    def _mapped_items(self, keys: list[Any]) -> list[str] | None:
        found: Any = self.section("Mappings")
        for key in keys:
            names = self.items(key)
            if names is None or len(names) != 1 or not isinstance(found, Mapping):
                return None
            found = found.get(names[0])
        return self.items(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """Everything that is deployed together."""

    source: str
    templates: tuple[Template, ...]
    unread: tuple[Unread, ...] = ()
    """Whole stacks that could not be read; what is unread inside a template is told by the template."""
    notes: tuple[str, ...] = ()
    """What else there is to know about the reading, one sentence each."""
    spf_answers: Answers = NONE
    """What DNS said about the names that SPF records lead to, where that is recorded beside the templates."""

    def unread_parts(self) -> tuple[Unread, ...]:
        """Everything that could not be read."""
        return (*self.unread, *(part for template in self.templates for part in template.unread))

    def resources(self) -> Iterator[Resource]:
        """Every resource of every stack, in the order of the templates."""
        for template in self.templates:
            yield from template.resources.values()


def template_of(
    body: Mapping[str, Any],
    *,
    stack: str,
    file: object,
    account: str = "",
    region: str = "",
    parameters: Mapping[str, Any] = EMPTY,
    parent: str = "",
    termination_protection: bool | None = None,
    metadata: Mapping[str, Any] = EMPTY,
) -> Template:
    """A template from its content.

    Raises:
        Unreadable: When it has none of a template's sections, or a `Resources` that is no mapping.
    """
    raw = body.get("Resources")
    if raw is None and body.keys() & _SECTIONS:
        raw = EMPTY  # a stack without resources, as the CDK writes it
    if not isinstance(raw, Mapping):
        raise Unreadable(file, "is not a CloudFormation template: it has no Resources")
    empty = Template(
        stack=stack,
        file=str(file),
        body=body,
        resources=EMPTY,
        account=account,
        region=region,
        parameters=parameters,
        parent=parent,
        termination_protection=termination_protection,
        metadata=metadata,
    )
    resources: dict[str, Resource] = {}
    unread = list(_transforms(stack, body.get("Transform")))
    for name, entry, loop in for_each.expand(raw, empty.items):
        found = _resource(stack, name, entry, loop)
        if isinstance(found, Resource):
            resources[name] = found
            if not isinstance(_entry_properties(entry), Mapping) or _has_function(found.properties):
                unread.append(_unread(found, entry))
        else:
            unread.append(found)
    return replace(empty, resources=resources, unread=tuple(unread))


def _transforms(stack: str, raw: Any) -> Iterator[Unread]:
    for one in raw if isinstance(raw, list) else [raw]:
        name = one.get("Name") if isinstance(one, Mapping) else one
        if isinstance(name, str) and not name.startswith(_UNDERSTOOD):
            why = "what this transform makes of the template is known only at deployment"
            yield Unread(stack=stack, part=f"Transform {name}", why=why, content=content_text(one))


def _resource(stack: str, name: str, entry: Any, loop: str) -> Resource | Unread:
    if name.startswith(for_each.PREFIX):
        return Unread(stack=stack, part=name, why="the items of this loop are not known", content=content_text(entry))
    if name == "Fn::Transform":
        why = "the resources that this transform adds are known only at deployment"
        return Unread(stack=stack, part=name, why=why, content=content_text(entry))
    if not isinstance(entry, Mapping) or not isinstance(entry.get("Type"), str):
        return Unread(stack=stack, part=name, why="it is no resource: it has no Type", content=content_text(entry))
    properties, metadata = _entry_properties(entry), entry.get("Metadata")
    return Resource(
        stack=stack,
        logical_id=name,
        type=entry["Type"],
        properties=properties if isinstance(properties, Mapping) else EMPTY,
        metadata=metadata if isinstance(metadata, Mapping) else EMPTY,
        deletion_policy=_word(entry.get("DeletionPolicy")),
        update_replace_policy=_word(entry.get("UpdateReplacePolicy")),
        condition=entry["Condition"] if isinstance(entry.get("Condition"), str) else "",
        loop=loop,
    )


def _entry_properties(entry: Mapping[str, Any]) -> Any:
    """None is as good as absent."""
    found = entry.get("Properties")
    return EMPTY if found is None else found


def _has_function(properties: Mapping[str, Any]) -> bool:
    """Whether the properties as a whole are the result of a function."""
    return any(name.startswith("Fn::") and not name.startswith(for_each.PREFIX) for name in properties)


def _unread(resource: Resource, entry: Mapping[str, Any]) -> Unread:
    return Unread(
        stack=resource.stack,
        part=resource.logical_id,
        why="its properties are known only at deployment" if resource.properties else "its Properties are no mapping",
        content=content_text(entry),
        type=resource.type,
    )


def content_text(value: Any) -> str:
    """What can be compared of a part that cannot be read."""
    return json.dumps(value, sort_keys=True, default=str)


def _word(policy: Any) -> str:
    return policy if isinstance(policy, str) else "Delete"
