"""Settings of checks and remediations: JSON in parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from staygreen.core import naming
from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.resolve import Resolver
from staygreen.core.mail_facts.template import Resource

_PAGE = "page"
_KINDS = {"check": Kind.SETTINGS, "remediation": Kind.REMEDIATION, "only": Kind.SHARE}


def parameter(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """One page of settings; what is too long for one parameter goes on in the next (`with_pages_joined`)."""
    name = resolver.string(resource.properties.get("Name"))
    stopped = naming.kill_switch_of(name)
    if stopped is not None:
        told = {"text": resolver.string(resource.properties.get("Value"))}
        yield Fact(kind=Kind.SWITCH, key=f"({_whose(stopped)})", value=told, resource=resource)
    found = naming.settings_parameter(name)
    if found is not None:
        value = {_PAGE: found.page, "text": resolver.string(resource.properties.get("Value"))}
        key = f"{found.id} ({_whose(found.deployment)})".lstrip()
        yield Fact(kind=_KINDS[found.kind], key=key, value=value, resource=resource)


def _whose(names: naming.ResourceNames) -> str:
    return f"{names.sender}, {names.environment}"


def with_pages_joined(found: list[Fact]) -> Iterator[Fact]:
    """The facts with the pages of each setting put together and read."""
    pages: dict[tuple[Kind, str], list[Fact]] = {}
    for fact in found:
        if fact.kind in _KINDS.values():
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
