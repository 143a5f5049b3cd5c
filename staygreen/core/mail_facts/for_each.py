"""``Fn::ForEach`` (transform AWS::LanguageExtensions): one part of a template written out for every item of a list.

``"Fn::ForEach::Name": ["Item", [items], {"Key${Item}": body}]`` gives one key and body for every item; ``${Item}`` is
the item, ``&{Item}`` the item without what a logical id cannot hold (CloudFormation User Guide, "Fn::ForEach",
verified 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

PREFIX = "Fn::ForEach::"
_MOST_ITEMS = 500
"""As many as a stack may have resources."""
_MAX_DEPTH = 5
"""Loops within loops, as CloudFormation allows."""

Items = Callable[[Any], list[str] | None]
"""The known items of a collection, or None."""


def expand(section: Mapping[str, Any], items: Items) -> Iterator[tuple[str, Any, str]]:
    """Every entry of a section, loops written out.

    Args:
        section: Such as ``Resources``: entries by name.
        items: Resolves the collection of a loop.

    Yields:
        Name, entry, and the loop that it comes from or empty. A loop that cannot be written out comes as itself.
    """
    for name, entry in section.items():
        if name.startswith(PREFIX):
            yield from ((made, body, name) for made, body in _loop(name, entry, items, 1))
        else:
            yield name, entry, ""


def _loop(name: str, entry: Any, items: Items, depth: int) -> list[tuple[str, Any]]:
    """What a loop makes; itself where its form is not the documented one or its items are not known."""
    if not isinstance(entry, list) or len(entry) != 3 or depth > _MAX_DEPTH:
        return [(name, entry)]
    variable, collection, body = entry
    found = items(collection)
    if not isinstance(variable, str) or not isinstance(body, Mapping) or found is None or len(found) > _MOST_ITEMS:
        return [(name, entry)]
    made: list[tuple[str, Any]] = []
    for item in found:
        for key, part in body.items():
            filled_key, filled = _fill(key, variable, item), _fill(part, variable, item)
            if key.startswith(PREFIX):
                made += _loop(filled_key, filled, items, depth + 1)
            else:
                made.append((filled_key, filled))
            if len(made) > _MOST_ITEMS:
                return [(name, entry)]
    return made


def _fill(value: Any, variable: str, item: str) -> Any:
    """A part of the body with the loop's variable replaced, wherever it stands."""
    if isinstance(value, str):
        bare = re.sub(r"[^A-Za-z0-9]", "", item)
        return value.replace(f"${{{variable}}}", item).replace(f"&{{{variable}}}", bare)
    if isinstance(value, list):
        return [_fill(part, variable, item) for part in value]
    if isinstance(value, Mapping):
        if value.keys() == {"Ref"} and value["Ref"] == variable:
            return item
        return {_fill(key, variable, item): _fill(part, variable, item) for key, part in value.items()}
    return value
