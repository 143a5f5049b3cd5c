"""The scalars of templates, and other values for them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

Place = tuple[str | int, ...]


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Where every scalar of a template is."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from places(part, (*place, key))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from places(part, (*place, number))
    else:
        yield place


def pattern(body: dict[str, Any], place: Place) -> str:
    """What a place has in common with others: section or type, and the names on the way without numbers."""
    section, name, *rest = place if len(place) > 1 else (*place, "")
    first = body["Resources"][name]["Type"] if section == "Resources" else section
    names = rest if section in ("Resources", "Outputs") else (name, *rest)
    return f"{first}: {'.'.join(name for name in names if isinstance(name, str))}"


def other(value: Any, random_: random.Random) -> Any:
    """A value that differs a little: one character, one more, the opposite."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if not value:
        return "x"
    number = random_.randrange(len(value))
    return value[:number] + ("y" if value[number] != "y" else "z") + value[number + 1 :]


def at(value: Any, place: Place) -> Any:
    """The value at a place."""
    for name in place:
        value = value[name]
    return value


def put(value: Any, place: Place, new: Any) -> Any:
    """A copy with another value at a place; it shares the rest."""
    if not place:
        return new
    name, *rest = place
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[name] = put(value[name], tuple(rest), new)
    return copy
