"""Turns `manage` on or off in a file's text; comments and all else stay as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from staygreen.core.config.config import Config
from staygreen.core.config.line_numbers import Path
from staygreen.core.errors import StaygreenError

_MANAGE = re.compile(r"^(\s*manage\s*=\s*)(true|false)\b")
_TABLES: Mapping[str, str] = {
    "domain": "domains",
    "address": "addresses",
    "pool": "pools",
    "configuration_set": "configuration_sets",
}
"""From the file's tables to the configuration's fields."""


def find(config: Config, name: str) -> Path:
    """Return where the part of a name stands: a domain, an address by name or allocation id, a set or a pool.

    Raises:
        StaygreenError: Nothing is called so, or more than one thing.
    """
    found: list[Path] = [
        (table, index)
        for table, field in _TABLES.items()
        for index, each in enumerate(getattr(config, field))
        if name and name in (each.name, getattr(each, "allocation_id", ""))
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise StaygreenError(f"{name} is the name of {len(found)} things in the file: rename one of them")
    raise StaygreenError(f"the file has no domain, address, pool or configuration set {name}")


def part(config: Config, path: Path) -> Any:
    """Return the table that stands at a place."""
    entries: Sequence[Any] = getattr(config, _TABLES[str(path[0])])
    return entries[int(path[1])]


def switched(config: Config, path: Path, *, manage: bool) -> Config:
    """Return the configuration with one part managed, or not."""
    field = _TABLES[str(path[0])]
    entries = list(getattr(config, field))
    entries[int(path[1])] = replace(entries[int(path[1])], manage=manage)
    changed: dict[str, Any] = {field: tuple(entries)}
    return replace(config, **changed)


def switch(text: str, places: Mapping[Path, int], path: Path, *, manage: bool) -> str:
    """Return the file with `manage` of one part turned on or off.

    Args:
        text: The file.
        places: The line of every key in it.
        path: Where the part stands.
        manage: What it is to be.

    Raises:
        StaygreenError: The part is not written as a table with one key a line.
    """
    lines = text.splitlines(keepends=True)
    word = "true" if manage else "false"
    at = places.get((*path, "manage"))
    if at is not None and _MANAGE.match(lines[at - 1]):
        lines[at - 1] = _MANAGE.sub(rf"\g<1>{word}", lines[at - 1], count=1)
        return "".join(lines)
    name = places.get((*path, "name"))
    if at is None and name is not None and re.match(r"\s*name\s*=", lines[name - 1]):
        ending = "\r\n" if lines[name - 1].endswith("\r\n") else "\n"
        lines.insert(name, f"manage = {word}{ending}")
        return "".join(lines)
    raise StaygreenError(f"line {at or name or 1}: write manage = {word} there yourself, it is inside another value")
