"""Frozen dataclasses as JSON values, and back by their types: `decoded(T, encoded(x)) == x`.

A key that is absent takes the field's default, so that what an older release wrote can be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def encoded(value: Any) -> Any:
    """The value as JSON has it: durations in seconds, times in ISO form, enums by value."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: encoded(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {_scalar(key): encoded(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [encoded(each) for each in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    return value.total_seconds() if isinstance(value, timedelta) else value


def decoded(cls: type[T], document: Mapping[str, Any]) -> T:
    """The inverse of `encoded`."""
    hints = _hints(cls)  # type: ignore[arg-type]  # a class is hashable
    known = {each.name for each in fields(cls)}  # type: ignore[arg-type]
    return cls(**{name: _built(hints[name], value) for name, value in document.items() if name in known})


@cache
def _hints(cls: type[Any]) -> Mapping[str, Any]:
    return get_type_hints(cls)


def _built(hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        if value is None:
            return None
        return _built(next(each for each in get_args(hint) if each is not NoneType), value)
    if origin is tuple:
        return tuple(_built(get_args(hint)[0], each) for each in value)
    if origin is not None and issubclass(origin, Mapping):
        of_key, of_value = get_args(hint)
        return MappingProxyType({_plain(of_key, key): _built(of_value, each) for key, each in value.items()})
    return _plain(hint, value)


def _plain(hint: Any, value: Any) -> Any:
    if hint is datetime:
        return datetime.fromisoformat(value)
    if hint is timedelta:
        return timedelta(seconds=value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    return decoded(hint, value) if isinstance(hint, type) and is_dataclass(hint) else value
