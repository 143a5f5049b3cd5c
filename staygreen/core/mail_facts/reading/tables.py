"""Resources that a table of meanings describes, and have no reader of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.meanings import TypeMeaning, table
from staygreen.core.mail_facts.reading import properties as read
from staygreen.core.mail_facts.resolve import Resolver, text
from staygreen.core.mail_facts.template import Resource

_KINDS = {
    "AWS::EC2::Instance": Kind.HOST,
    "AWS::EC2::NatGateway": Kind.NAT,
    "AWS::IAM::AccessKey": Kind.ACCESS_KEY,
}
"""Types whose facts rules ask for by kind."""


def described(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """A resource as its table describes it."""
    meaning = table()[resource.type]
    kind = _KINDS.get(resource.type, Kind.RESOURCE)
    name = _name(meaning, resource, resolver.properties(resource))
    key = name if kind is not Kind.RESOURCE else f"{meaning.noun} {name}"
    yield Fact(kind=kind, key=key, value=read.of(resource, resolver), resource=resource)


def _name(meaning: TypeMeaning, resource: Resource, properties: Mapping[str, Any]) -> str:
    for path in meaning.name:
        found: Any = properties
        for part in path.split("/"):
            found = found.get(part) if isinstance(found, Mapping) else None
        if found is not None and found != "":
            return text(found)
    return resource.logical_id


def unknown_properties(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """The properties that the table of the type says nothing about."""
    properties = resolver.properties(resource)
    meaning = table()[resource.type]
    for path in dict.fromkeys(meaning.unknown(properties)):
        found: Any = properties
        for part in path.split("/"):
            found = found.get(part) if isinstance(found, Mapping) else None
        key = f"{path} of {meaning.noun} {_name(meaning, resource, properties)}"
        yield Fact(kind=Kind.PROPERTY, key=key, value={"value": found, "path": path}, resource=resource)
