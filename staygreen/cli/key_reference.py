"""The table of keys in `docs/configuration.md`, made from the definitions that read the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, get_type_hints

from staygreen.core.config.config import Config
from staygreen.core.config.reader import kind_of, toml_key
from staygreen.core.config.schema import as_written, default_of, is_required
from staygreen.core.finding import IPAddress

_WORDS: Mapping[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    timedelta: 'duration, such as "15m"',
    IPAddress: "IP address",
}


GROUPS: Mapping[str, tuple[str, ...]] = {
    "Say who sends": ("sender",),
    "Domains and their records": ("domain",),
    "Addresses of mail servers": ("address",),
    "Pools and configuration sets of SES": ("pool", "configuration_set"),
    "What is watched": ("monitor", "subjects"),
    "Who is told": ("notifications",),
    "Repairs, and who approves them": ("remediation", "approver"),
    "Mail that comes in": ("mailbox", "reports"),
    "Reviews of pull requests": ("github", "acknowledge"),
}
"""The tables of the file by what a person is about to do."""


def key_reference() -> str:
    """Return the reference in Markdown: grouped by task, a section for each table, a row for each key.

    A table whose keys stand in the reference already is not written again: its section names that table and has only
    the keys that differ.
    """
    types = get_type_hints(Config)
    tables = {toml_key(field): field for field in fields(Config)}
    grouped = {name for names in GROUPS.values() for name in names}
    groups = {**GROUPS, "Further tables": tuple(name for name in tables if name not in grouped)}
    written: list[_Written] = []
    lines = []
    for title, names in groups.items():
        found = [tables[name] for name in names if name in tables]
        if found:
            lines += [f"### {title}", ""]
        for field in found:
            lines += _table(field, types[field.name], "", _default_value(field), written)
    return "\n".join(lines)


@dataclass(frozen=True)
class _Written:
    """A table that stands in the reference."""

    cls: type[Any]
    heading: str
    rows: tuple[str, ...]


def _table(field: Field[Any], annotation: Any, parent: str, default: object, written: list[_Written]) -> Iterator[str]:
    nested = _nested(annotation)
    if nested is None:
        return
    path = f"{parent}.{toml_key(field)}".removeprefix(".")
    heading = f"[[{path}]]" if kind_of(annotation)[0] is tuple else f"[{path}]"
    types = get_type_hints(nested)
    rows = tuple(
        _row(each, types[each.name], getattr(default, each.name, MISSING))
        for each in fields(nested)
        if _nested(types[each.name]) is None
    )
    if rows:
        yield from _section(field, nested, heading, rows, written)
    for each in fields(nested):
        inner = getattr(default, each.name, MISSING)
        yield from _table(each, types[each.name], path, _default_value(each) if inner is MISSING else inner, written)


def _section(
    field: Field[Any], cls: type[Any], heading: str, rows: tuple[str, ...], written: list[_Written]
) -> Iterator[str]:
    yield f"#### `{heading}`\n"
    same = next((each for each in written if issubclass(cls, each.cls)), None)
    if same is None:
        written.append(_Written(cls, heading, rows))
        yield f"{(cls.__doc__ or '').splitlines()[0]}\n"
    else:
        rows = tuple(row for row in rows if row not in same.rows)
        yield f"{field.metadata['doc']} Keys as in `{same.heading}`{', but:' if rows else '.'}\n"
    if rows:
        yield from ("| key | value | default | meaning |", "|---|---|---|---|", *rows, "")


def _default_value(field: Field[Any]) -> object:
    """The table that holds where the file has none; MISSING where there is none."""
    return MISSING if field.default_factory is MISSING else field.default_factory()


def _nested(annotation: Any) -> type[Any] | None:
    kind, inner = kind_of(annotation)
    found = inner if kind is tuple else kind
    return found if isinstance(found, type) and is_dataclass(found) else None


def _row(field: Field[Any], annotation: Any, value: object) -> str:
    cells = (f"`{toml_key(field)}`", _kind(field, annotation), _default(field, value), field.metadata["doc"])
    return f"| {' | '.join(_escaped(cell) for cell in cells)} |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _kind(field: Field[Any], annotation: Any) -> str:
    kind, inner = kind_of(annotation)
    if kind is tuple:
        return f"array of {_word(inner, field)}"
    if kind is Mapping:
        return "table of text"
    return _word(kind, field)


def _word(kind: Any, field: Field[Any]) -> str:
    choices = field.metadata["choices"]
    if isinstance(kind, type) and issubclass(kind, Enum):
        choices = tuple(str(member.value) for member in kind)
    return ", ".join(f"`{choice}`" for choice in choices) or _WORDS[kind]


def _default(field: Field[Any], value: object) -> str:
    if is_required(field):
        return "required"
    default = default_of(field) if value is MISSING else as_written(value)
    if default is None or default in ("", [], {}):
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, list):
        return ", ".join(f"`{entry}`" for entry in default)
    return f"`{default}`"
