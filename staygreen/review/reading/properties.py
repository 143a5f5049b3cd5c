"""Parts of resolved properties, whatever their form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
