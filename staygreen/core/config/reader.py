"""From the values of a TOML file to the dataclasses of `model`, guided by their types.

Nothing here knows a key: field types say what is accepted, field metadata says
what the key is called. A wrong value is noted and stood in for, so that one
reading finds every problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from datetime import timedelta
from enum import Enum
from functools import cache
from ipaddress import ip_address
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from staygreen.core.config.line_numbers import Path
from staygreen.core.config.problem import Problem, suggestion
from staygreen.core.finding import IPAddress

DURATION_PATTERN = "^[0-9]+(s|m|h|d)$"
_DURATION = re.compile(r"([0-9]{1,9})(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
MOST_UNKNOWN = 100
"""Keys of one table that are told one by one, each with the nearest key that there is."""
_types = cache(get_type_hints)
"""The annotations of a class: to evaluate them for each table again took half of the time that reading a file takes."""
_KINDS = {
    str: "text in quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "an array",
    dict: "a table",
}


def read(cls: type[Any], table: Mapping[str, Any]) -> tuple[Any, tuple[Problem, ...]]:
    """Return an instance of `cls`, and every problem with types and keys.

    With problems the instance holds stand-ins: it serves only to look for more.
    """
    reader = _Reader()
    return reader.table(cls, table, ()), tuple(reader.problems)


def toml_key(field: Field[Any]) -> str:
    """Return the key that stands for a field in the file."""
    return field.metadata.get("toml") or field.name


def kind_of(annotation: Any) -> tuple[Any, Any]:
    """Return what an annotation is (`tuple`, `Mapping`, or itself) and its inner type, if any.

    ``X | None`` counts as X: absent is the only way to write None.
    """
    if annotation == IPAddress:
        return IPAddress, None
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return kind_of(next(arg for arg in get_args(annotation) if arg is not NoneType))
    if origin is tuple:
        return tuple, get_args(annotation)[0]
    if origin is not None and issubclass(origin, Mapping):
        return Mapping, get_args(annotation)[1]
    return annotation, None


def _unknown(cls: type[Any], key: str, known: Iterable[str]) -> str:
    """Why a key is not there and what may have been meant; where nothing is near, all that there is."""
    looked_for: Mapping[str, str] = getattr(cls, "LOOKED_FOR", {})
    near = suggestion(key, known) or f"; the keys are {', '.join(known)}"
    return looked_for.get(key) or f"is not a key here{near}"


def _completed(value: Any, given: Any, field: Field[Any]) -> Any:
    """Keys that a table leaves out have the values of the table's own default, not of its type."""
    if field.default_factory is MISSING or not isinstance(given, dict) or not is_dataclass(value):
        return value
    default = field.default_factory()
    absent = [each.name for each in fields(value) if toml_key(each) not in given]
    return replace(value, **{name: getattr(default, name) for name in absent})  # type: ignore[type-var]


def _example(cls: type[Any], path: Path) -> str:
    """How a table of a class is written, by the keys that it has to have."""
    needed = [toml_key(each) for each in fields(cls) if each.default is MISSING and each.default_factory is MISSING]
    if not needed or not path or not isinstance(path[-1], str):
        return ""
    types = {toml_key(each): _types(cls)[each.name] for each in fields(cls)}  # type: ignore[arg-type]  # as in `table`
    pairs = (f'{name} = "…"' if types[name] is str else f"{name} = …" for name in needed)
    return f": write {path[-1]} = {{ {', '.join(pairs)} }}"


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def complain(self, path: Path, text: str) -> None:
        self.problems.append(Problem(path, text))

    def table(self, cls: type[Any], value: Any, path: Path) -> Any:
        if not isinstance(value, dict):
            self._wrong_kind(dict, value, path, such_as=_example(cls, path))
            return _Reader().table(cls, {}, path)
        known = {toml_key(field): field for field in fields(cls)}
        self._unknown_keys(cls, [key for key in value if key not in known], known, path)
        types = _types(cls)  # type: ignore[arg-type]  # a class is hashable
        return cls(**{field.name: self._field(field, types[field.name], value, path) for field in known.values()})

    def _unknown_keys(self, cls: type[Any], unknown: Sequence[str], known: Iterable[str], path: Path) -> None:
        for key in unknown[:MOST_UNKNOWN]:
            self.complain((*path, key), _unknown(cls, key, known))
        if len(unknown) > MOST_UNKNOWN:
            text = f"from here on {len(unknown) - MOST_UNKNOWN:,} more keys of this table are none"
            self.complain((*path, unknown[MOST_UNKNOWN]), text)

    def _field(self, field: Field[Any], annotation: Any, table: Mapping[str, Any], path: Path) -> Any:
        key = toml_key(field)
        if key in table:
            before = len(self.problems)
            value = _completed(self._value(annotation, table[key], (*path, key)), table[key], field)
            self._choices(field, value, (*path, key), before)
            return value
        if field.default is not MISSING:
            return field.default
        if field.default_factory is not MISSING:
            return field.default_factory()
        self.complain((*path, key), f"is missing ({field.metadata['doc'].rstrip('.')})")
        return self._stand_in(annotation, (*path, key))

    def _choices(self, field: Field[Any], value: Any, path: Path, before: int) -> None:
        choices = field.metadata["choices"]
        if not choices or len(self.problems) > before:
            return
        entries = [((*path, i), v) for i, v in enumerate(value)] if isinstance(value, tuple) else [(path, value)]
        for place, entry in entries:
            if entry not in choices:
                self.complain(place, _not_one_of(entry, choices))

    def _value(self, annotation: Any, value: Any, path: Path) -> Any:
        kind, inner = kind_of(annotation)
        if kind is tuple:
            return self._array(inner, value, path)
        if kind is Mapping:
            return self._mapping(inner, value, path)
        if is_dataclass(kind):
            return self.table(kind, value, path)  # type: ignore[arg-type]
        reader = _SCALARS.get(kind) or _enum_reader(kind)
        got = reader(self, value, path)
        return self._stand_in(annotation, path) if got is None else got

    def _array(self, inner: Any, value: Any, path: Path) -> tuple[Any, ...]:
        if isinstance(value, dict) and is_dataclass(inner):
            self.complain(path, f"is written with two brackets, [[{'.'.join(map(str, path))}]]: there may be several")
            return ()
        if not isinstance(value, list):
            self._wrong_kind(list, value, path)
            return ()
        return tuple(self._value(inner, entry, (*path, index)) for index, entry in enumerate(value))

    def _mapping(self, inner: Any, value: Any, path: Path) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self._wrong_kind(dict, value, path)
            return MappingProxyType({})
        return MappingProxyType({key: self._value(inner, entry, (*path, key)) for key, entry in value.items()})

    def _stand_in(self, annotation: Any, path: Path) -> Any:
        """A harmless value of the type, where the file's own is missing or wrong."""
        kind, _ = kind_of(annotation)
        if kind in _STAND_INS:
            return _STAND_INS[kind]
        if is_dataclass(kind):
            return _Reader().table(kind, {}, path)  # type: ignore[arg-type]
        return next(iter(kind))

    def _wrong_kind(self, wanted: type, value: Any, path: Path, such_as: str = "") -> None:
        # The value itself is not repeated: it may be a secret in the wrong place.
        self.complain(path, f"must be {_KINDS[wanted]}, not {_KINDS.get(type(value), 'a date or time')}{such_as}")

    def text(self, value: Any, path: Path) -> str | None:
        if isinstance(value, str):
            return value
        self._wrong_kind(str, value, path)
        return None

    def flag(self, value: Any, path: Path) -> bool | None:
        if isinstance(value, bool):
            return value
        self._wrong_kind(bool, value, path)
        return None

    def number(self, value: Any, path: Path) -> int | None:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self._wrong_kind(int, value, path)
        return None

    def rate(self, value: Any, path: Path) -> float | None:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
        self._wrong_kind(float, value, path)
        return None

    def duration(self, value: Any, path: Path) -> timedelta | None:
        match = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if match:
            return timedelta(**{_UNITS[match[2]]: int(match[1])})
        self.complain(path, 'must be a duration in quotes: a whole number and s, m, h or d, such as "15m" or "1h"')
        return None

    def address(self, value: Any, path: Path) -> IPAddress | None:
        text = self.text(value, path)
        if text is None:
            return None
        try:
            return ip_address(text)
        except ValueError:
            self.complain(path, f'"{text}" is not an IP address')
            return None


_SCALARS: Mapping[Any, Callable[[_Reader, Any, Path], Any]] = {
    str: _Reader.text,
    bool: _Reader.flag,
    int: _Reader.number,
    float: _Reader.rate,
    timedelta: _Reader.duration,
    IPAddress: _Reader.address,
}
_STAND_INS: Mapping[Any, Any] = {
    str: "",
    bool: False,
    int: 0,
    float: 0.0,
    timedelta: timedelta(hours=1),
    IPAddress: ip_address("192.0.2.0"),
    tuple: (),
    Mapping: MappingProxyType({}),
}


def _enum_reader(kind: type[Enum]) -> Callable[[_Reader, Any, Path], Enum | None]:
    def one(reader: _Reader, value: Any, path: Path) -> Enum | None:
        text = reader.text(value, path)
        values = [str(member.value) for member in kind]
        if text is None:
            return None
        if text not in values:
            looked_for = getattr(kind, "looked_for", None)
            reader.complain(path, (looked_for and looked_for(text)) or _not_one_of(text, values))
            return None
        return kind(text)

    return one


def _not_one_of(value: str, choices: tuple[str, ...] | list[str]) -> str:
    return f'"{value}" is not one of {", ".join(choices)}{suggestion(value, choices)}'
