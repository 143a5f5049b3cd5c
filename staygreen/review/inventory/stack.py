"""The facts of one stack, a block for each resource that belongs to no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from staygreen.core.mail_facts.exposure import mask
from staygreen.core.mail_facts.reading.properties import items
from staygreen.core.mail_facts.resolve import Resolver, text
from staygreen.core.mail_facts.template import Resource, Template
from staygreen.core.naming import ResourceNames
from staygreen.review.inventory import lines, wording
from staygreen.review.inventory.block import TITLE, Block, Line
from staygreen.review.inventory.owners import POLICY, Owners
from staygreen.review.inventory.properties import Properties, apart, flat, joined, plain, tags
from staygreen.review.inventory.shortening import Shortening


class Stack:
    """One stack, put into lines."""

    def __init__(self, template: Template, resolver: Resolver, deployment: ResourceNames | None) -> None:
        self._template = template
        self._resolver = resolver
        self._owners = Owners(template.resources, resolver)
        names = {logical_id: self._owners.name(logical_id) for logical_id in template.resources}
        self._shortening = Shortening(template, deployment, names)
        tagged = [resource for resource in template.resources.values() if "Tags" in resource.properties]
        counts = Counter(map(_tags, tagged))
        self._tags, self._tagged = counts.most_common(1)[0] if counts else ("", 0)

    def blocks(self) -> Iterator[Block]:
        """The stack itself, its resources, and its other sections."""
        yield self._head()
        parts: dict[str, list[str]] = {}
        for logical_id in sorted(self._template.resources):
            root = self._owners.root(logical_id)
            parts.setdefault(root, []).extend([logical_id] if logical_id != root else [])
        for root, belonging in parts.items():
            yield self._block(root, belonging)
        yield from self._sections()

    def _head(self) -> Block:
        protection = self._template.termination_protection
        lines = [] if protection is None else [Line("protection", f"termination protection {plain(protection)}", TITLE)]
        if self._tagged:
            lines.append(Line("tags", self._short(f"tags of {self._tagged} resources: {self._tags}")))
        name = self._short(self._template.stack)
        return Block(kind="stack", noun="stack", name=name, lines=tuple(lines), rank=-1)

    def _sections(self) -> Iterator[Block]:
        for section, entries in self._template.body.items():
            if section not in _OTHER_SECTIONS:
                shown = {name: part for name, part in _entries(entries) if name != _OF_THE_CDK.get(section)}
                facts = (
                    [Line(path, self._short(f"{path} {value}".strip())) for path, value in flat(shown)] if shown else []
                )
                yield from self._section(section, facts)
        outputs = self._template.section("Outputs").items()
        yield from self._section(
            "Outputs", [Line(name, self._short(f"{name} = {self._output(entry)}")) for name, entry in outputs]
        )

    def _section(self, name: str, facts: list[Line]) -> Iterator[Block]:
        if facts:
            yield Block(kind=name, noun=name.lower(), name="", lines=tuple(facts), rank=1)

    def _output(self, entry: Any) -> str:
        read = self._resolver.members(entry) if isinstance(entry, Mapping) else entry
        (value, _), rest = apart(read, "Value", "Description")
        return joined(value, f"({rest})" if rest else "")

    def _block(self, logical_id: str, belonging: list[str]) -> Block:
        resource = self._template.resources[logical_id]
        words = wording.of(resource.type)
        is_named = bool(self._owners.own_name(logical_id)) or not words.name
        parts = (self._part(self._template.resources[part]) for part in belonging)
        return Block(
            kind=words.noun if is_named else f"unnamed {words.noun}",
            noun=words.noun,
            name=self._short(self._owners.name(logical_id)),
            logical_ids=tuple(map(self._short, (logical_id, *belonging))),
            lines=(*self._lines(resource), *(line for part in parts for line in part)),
        )

    def _part(self, resource: Resource) -> Iterator[Line]:
        """What belongs to another resource: its rows, each with what it is in front."""
        if self._is_policy_of_root(resource):
            yield from self._lines(resource)
            return
        label = self._short(self._owners.label(resource.logical_id))
        own = self._short(self._owners.own_name(resource.logical_id))
        rows: dict[tuple[str, str], list[str]] = {(TITLE, ""): [own] if own and own not in label else []}
        for line in self._lines(resource):
            rows.setdefault((line.row, "" if line.row else line.key), []).append(line.text)
        for (row, key), texts in rows.items():
            if texts:
                yield Line(f"{label} {row}{key}", f"{label}: {', '.join(texts)}")
        if not any(rows.values()):
            yield Line(label, label)

    def _is_policy_of_root(self, resource: Resource) -> bool:
        """Whether it is a policy of the very role that the block is about."""
        owner = self._owners.owner(resource.logical_id)
        return resource.type == POLICY and self._owners.root(owner) == owner

    def _lines(self, resource: Resource) -> Iterator[Line]:
        properties = Properties(resource, self._resolver)
        self._take_obvious(properties)
        properties.take("Tags")
        found = list(lines.of(properties))
        if "Tags" in resource.properties and _tags(resource) != self._tags:
            found.append(Line("tags", f"tags {_tags(resource)}"))
        found += self._attributes(resource)
        yield from (line.final(self._short) for line in found)

    def _take_obvious(self, properties: Properties) -> None:
        """Take out what the place of a resource in the facts says already: what it belongs to, and no more."""
        resource = properties.resource
        owner, named = self._owners.owner(resource.logical_id), wording.of(resource.type).owner
        raw: Any = resource.properties
        for name in named.split("."):
            raw = raw.get(name) if isinstance(raw, Mapping) else None
        (raw,) = raw if isinstance(raw, list) and len(raw) == 1 else (raw,)
        if owner and raw in ({"Ref": owner}, {"Fn::GetAtt": [owner, "Arn"]}):
            properties.take(named)
        if resource.properties.get("PolicyName") == resource.logical_id:
            properties.take("PolicyName")

    def _attributes(self, resource: Resource) -> Iterator[Line]:
        # what a loop makes has no entry of its own
        entry: Mapping[str, Any] = self._template.section("Resources").get(resource.logical_id, {})
        for name, phrase in (("DeletionPolicy", "on removal {}"), ("UpdateReplacePolicy", "on replacement {}")):
            if name in entry:
                yield Line(name, phrase.format(text(entry[name])), TITLE)
        root = self._owners.root(resource.logical_id)
        after = [text(logical_id) for logical_id in items(entry.get("DependsOn"))]
        elsewhere = sorted(name for name in after if not self._is_within(name, root))
        if elsewhere:
            yield Line("DependsOn", f"after {', '.join(elsewhere)}")
        for path, value in flat({name: part for name, part in entry.items() if name not in _ATTRIBUTES}):
            if path:
                yield Line(path, f"{path} {value}")

    def _is_within(self, logical_id: str, root: str) -> bool:
        return logical_id in self._template.resources and self._owners.root(logical_id) == root

    def _short(self, fact: str) -> str:
        """A fact for people: short, without secrets, and on one line whatever the template holds."""
        shown = mask(self._shortening(fact))
        return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in shown)


_OTHER_SECTIONS = ("Resources", "Outputs", "Description", "Metadata", "AWSTemplateFormatVersion")
_OF_THE_CDK = {"Parameters": "BootstrapVersion", "Rules": "CheckBootstrapVersion"}
"""What the CDK puts into sections of every template."""
_ATTRIBUTES = ("Type", "Properties", "Metadata", "DeletionPolicy", "UpdateReplacePolicy", "DependsOn")


def _entries(section: Any) -> list[tuple[str, Any]]:
    """The entries of a section; one that is a list or a text, such as Transform, is one entry without a name."""
    return list(section.items()) if isinstance(section, Mapping) else [("", section)]


def _tags(resource: Resource) -> str:
    return ", ".join(f"{key} {value}" for key, value in tags(resource))
