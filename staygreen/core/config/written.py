"""The other way round: from tables of a configuration to the text that `parser` reads as the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from staygreen.core.config.reader import toml_key
from staygreen.core.config.schema import duration
from staygreen.core.config.tables.domain import Mechanism, Selector, Verbatim
from staygreen.core.config.tables.zone import Zone

_INLINE = (Zone, Selector, Mechanism, Verbatim)
"""Small tables that stand on one line."""
_WIDTH = 118
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def table(heading: str, value: Any, always: Iterable[str] = (), *, is_array: bool = False) -> Iterator[str]:
    """Give the lines of a table and of the tables in it; keys that have their default are left out.

    Args:
        heading: Where it stands: ``sender`` or ``domain.dmarc``.
        value: An instance of one of the configuration's classes.
        always: Keys that are written even with their default.
        is_array: Whether it is one of several.
    """
    yield f"[[{heading}]]" if is_array else f"[{heading}]"
    nested: list[tuple[str, Any]] = []
    for field in fields(value):
        key, given = toml_key(field), getattr(value, field.name)
        if given is None or (field.name not in always and given == _default(field)):
            continue
        if _is_nested(given):
            nested.append((key, given))
        else:
            yield from _line(key, given)
    for key, given in nested:
        for each in given if isinstance(given, tuple) else (given,):
            yield ""
            yield from table(f"{heading}.{key}", each, is_array=isinstance(given, tuple))


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING


def _is_nested(value: Any) -> bool:
    one = value[0] if isinstance(value, tuple) and value else value
    return is_dataclass(one) and not isinstance(one, _INLINE)


def _line(key: str, value: Any) -> Iterator[str]:
    line = f"{key} = {written(value)}"
    if not isinstance(value, tuple) or not value or (len(line) <= _WIDTH and not isinstance(value[0], Verbatim)):
        yield line
        return
    yield f"{key} = ["
    for each in value:
        yield f"    {written(each)},"
    yield "]"


def written(value: Any) -> str:
    """Return a value as TOML."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, Mapping):
        return _inline((_key(key), entry) for key, entry in value.items())
    if is_dataclass(value):
        return _inline(
            (toml_key(field), getattr(value, field.name))
            for field in fields(value)
            if getattr(value, field.name) != _default(field)
        )
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return text(duration(int(value.total_seconds())))
    if isinstance(value, Enum):
        return text(str(value.value))
    return str(value) if isinstance(value, int | float) else text(str(value))


def _inline(pairs: Iterable[tuple[str, Any]]) -> str:
    return f"{{ {', '.join(f'{key} = {written(value)}' for key, value in pairs)} }}"


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else text(key)


def text(value: str) -> str:
    """Return a text as TOML: in single quotation marks where that spares it from escapes."""
    if ('"' in value or "\\" in value) and "'" not in value and not _CONTROL.search(value):
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
