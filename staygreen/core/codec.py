"""Frozen dataclasses as JSON values, and back by their types: `decoded(T, encoded(x)) == x`.

A key that is absent takes the field's default, so that what an older release wrote can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from types import EllipsisType, MappingProxyType, NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
_READ_BY: Mapping[Any, Callable[[Any], Any]] = MappingProxyType(
    {
        datetime: datetime.fromisoformat,
        date: date.fromisoformat,
        timedelta: lambda seconds: timedelta(seconds=seconds),
        # an address of either version is written in a way that tells which it is
        IPv4Address: ip_address,
        IPv6Address: ip_address,
        IPv4Network: ip_network,
        IPv6Network: ip_network,
    }
)
"""How values of plain types are read."""


def encoded(value: Any) -> Any:
    """The value as JSON has it.

    Durations are in seconds, dates and times in ISO form, enums by value, addresses and networks as they are written,
    sets in order; named tuples are arrays.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: encoded(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {_scalar(key): encoded(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [encoded(each) for each in value]
    if isinstance(value, frozenset):
        return [encoded(each) for each in sorted(value, key=str)]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    if isinstance(value, IPv4Address | IPv6Address | IPv4Network | IPv6Network):
        return str(value)
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
        return tuple(
            _built(each_hint, each) for each_hint, each in zip(_positions(hint, len(value)), value, strict=True)
        )
    if origin is frozenset:
        return frozenset(_built(get_args(hint)[0], each) for each in value)
    if origin is not None and issubclass(origin, Mapping):
        of_key, of_value = get_args(hint)
        return MappingProxyType({_plain(of_key, key): _built(of_value, each) for key, each in value.items()})
    return _plain(hint, value)


def _positions(hint: Any, length: int) -> tuple[Any, ...]:
    """The type of each element of a tuple."""
    arguments = get_args(hint)
    return (arguments[0],) * length if isinstance(arguments[-1], EllipsisType) else arguments


def _plain(hint: Any, value: Any) -> Any:
    read = _READ_BY.get(hint)
    if read is not None:
        return read(value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        return hint(*(_built(each, part) for each, part in zip(_hints(hint).values(), value, strict=False)))
    return decoded(hint, value) if isinstance(hint, type) and is_dataclass(hint) else value
