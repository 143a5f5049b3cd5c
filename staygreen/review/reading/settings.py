"""Settings of checks and remediations: JSON in parameters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from staygreen.review.facts import Fact, Kind
from staygreen.review.resolve import Resolver
from staygreen.review.template import Resource

_SETTINGS_NAME = re.compile(
    r"/staygreen/(?P<environment>[^/]+)/(?P<kind>check|remediation)/(?P<id>[^/]+?)(?:/(?P<page>\d+))?"
)
_PAGE = "page"
_SWITCH_NAME = re.compile(r"/staygreen/(?P<environment>[^/]+)/repairs")


def parameter(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """One page of settings; what is too long for one parameter goes on in the next (`with_pages_joined`)."""
    name = resolver.string(resource.properties.get("Name"))
    switch = _SWITCH_NAME.fullmatch(name)
    if switch is not None:
        told = {"text": resolver.string(resource.properties.get("Value"))}
        yield Fact(kind=Kind.SWITCH, key=f"({switch['environment']})", value=told, resource=resource)
    found = _SETTINGS_NAME.fullmatch(name)
    if found is not None:
        kind = Kind.SETTINGS if found["kind"] == "check" else Kind.REMEDIATION
        value = {_PAGE: int(found["page"] or 1), "text": resolver.string(resource.properties.get("Value"))}
        yield Fact(kind=kind, key=f"{found['id']} ({found['environment']})", value=value, resource=resource)


def with_pages_joined(found: list[Fact]) -> Iterator[Fact]:
    """The facts with the pages of each setting put together and read."""
    pages: dict[tuple[Kind, str], list[Fact]] = {}
    for fact in found:
        if fact.kind in (Kind.SETTINGS, Kind.REMEDIATION):
            pages.setdefault((fact.kind, fact.key), []).append(fact)
        else:
            yield fact
    for parts in pages.values():
        parts.sort(key=lambda fact: fact.value[_PAGE])
        written = "".join(part.value["text"] for part in parts)
        try:
            value = json.loads(written)
        except ValueError:
            value = written
        yield replace(parts[0], value=value if isinstance(value, Mapping) else {"value": value})
