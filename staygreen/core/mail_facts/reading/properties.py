"""Parts of resolved properties, whatever their form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from staygreen.core.mail_facts.meanings import canonical
from staygreen.core.mail_facts.resolve import Resolver
from staygreen.core.mail_facts.template import Resource

SILENT = frozenset({"Tags", "TagsMap", "ServiceToken", "ServiceTimeout", "Description"})
"""Properties that say nothing about mail."""


def part(properties: Any, name: str) -> Mapping[str, Any]:
    """A mapping inside a mapping; empty where it is something else."""
    found = properties.get(name) if isinstance(properties, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def items(value: Any) -> list[Any]:
    """A list, as CloudFormation takes one item for a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def of(resource: Resource, resolver: Resolver) -> dict[str, Any]:
    """The resolved properties in the one form in which both sides are compared."""
    return canonical(resource.type, resolver.properties(resource))


def whole(value: Any) -> int | None:
    """A whole number that is not negative, however it is written; None for everything else."""
    found = re.fullmatch(r"\s*([0-9]{1,12})(?:\.0*)?\s*", str(value), re.ASCII)
    return int(found[1]) if found and not isinstance(value, bool) else None
