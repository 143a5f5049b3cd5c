"""The table of keys in `docs/configuration.md`, made from the definitions that read the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import Field, fields, is_dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, get_type_hints

from staygreen.core.config.config import Config
from staygreen.core.config.reader import kind_of, toml_key
from staygreen.core.config.schema import default_of, is_required
from staygreen.core.finding import IPAddress

_WORDS: Mapping[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    timedelta: 'duration, such as "15m"',
    IPAddress: "IP address",
}


def key_reference() -> str:
    """Return the reference in Markdown: a section for each table, a row for each key."""
    return "\n".join(_sections(Config, "", "The file"))


def _sections(cls: type[Any], heading: str, title: str) -> Iterator[str]:
    types = get_type_hints(cls)
    given = fields(cls)
    plain = [field for field in given if _nested(types[field.name]) is None]
    if plain:
        yield f"### {f'`{heading}`' if heading else title}\n"
        yield f"{(cls.__doc__ or '').splitlines()[0]}\n"
        yield "| key | value | default | meaning |"
        yield "|---|---|---|---|"
        yield from (_row(field, types[field.name]) for field in plain)
        yield ""
    for field in given:
        nested = _nested(types[field.name])
        if nested:
            path = f"{heading.strip('[]')}.{toml_key(field)}".removeprefix(".")
            is_array = kind_of(types[field.name])[0] is tuple
            yield from _sections(nested, f"[[{path}]]" if is_array else f"[{path}]", toml_key(field))


def _nested(annotation: Any) -> type[Any] | None:
    kind, inner = kind_of(annotation)
    found = inner if kind is tuple else kind
    return found if isinstance(found, type) and is_dataclass(found) else None


def _row(field: Field[Any], annotation: Any) -> str:
    cells = (f"`{toml_key(field)}`", _kind(field, annotation), _default(field), field.metadata["doc"])
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


def _default(field: Field[Any]) -> str:
    if is_required(field):
        return "required"
    default = default_of(field)
    if default is None or default in ("", []):
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, list):
        return ", ".join(f"`{entry}`" for entry in default)
    return f"`{default}`"
