"""The JSON Schema of a configuration file, made from the same definitions that read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, get_type_hints

from staygreen.core.config.config import Config
from staygreen.core.config.reader import DURATION_PATTERN, kind_of, toml_key
from staygreen.core.finding import IPAddress

_SCALARS: Mapping[Any, Mapping[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    timedelta: {"type": "string", "pattern": DURATION_PATTERN},
    IPAddress: {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]},
}


def schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12), keys in the order of the model."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "staygreen configuration",
        **_table(Config),
    }


def default_of(field: Field[Any]) -> Any:
    """Return a key's default as the file would say it, or None when it has none that can be written."""
    if field.default is MISSING or field.default is None:
        return None
    return as_written(field.default)


def as_written(value: Any) -> Any:
    """Return a value as the file would say it: durations and choices as text, tuples as arrays."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, timedelta):
        return duration(int(value.total_seconds()))
    if isinstance(value, tuple):
        return [as_written(entry) for entry in value]
    return value


def duration(seconds: int) -> str:
    """Return a whole number of seconds as the file says it, in the largest unit that fits."""
    unit, length = next((u, n) for u, n in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)) if seconds % n == 0)
    return f"{seconds // length}{unit}"


def is_required(field: Field[Any]) -> bool:
    """Whether the key must be given."""
    return field.default is MISSING and field.default_factory is MISSING


def _table(cls: type[Any], default: object = MISSING) -> dict[str, Any]:
    """A table; `default` is the one that holds where the file has none, whose values may not be those of its class."""
    types = get_type_hints(cls)
    required = [toml_key(field) for field in fields(cls) if is_required(field)]
    return {
        "type": "object",
        "properties": {
            toml_key(field): _key(field, types[field.name], getattr(default, field.name, MISSING))
            for field in fields(cls)
        },
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _key(field: Field[Any], annotation: Any, value: object) -> dict[str, Any]:
    kind, _ = kind_of(annotation)
    made = field.default_factory() if value is MISSING and field.default_factory is not MISSING else value
    is_table = is_dataclass(kind)
    shape = _table(kind, made) if is_table else _value(annotation, field.metadata["choices"])
    described = {"description": field.metadata["doc"], **shape}
    default = default_of(field) if value is MISSING or is_table else _plain(value)
    return described if default is None else {**described, "default": default}


def _plain(value: object) -> Any:
    """A default as the file says it; None where it has no text of its own, as an empty table."""
    return None if isinstance(value, Mapping) else as_written(value)


def _value(annotation: Any, choices: tuple[str, ...] = ()) -> dict[str, Any]:
    kind, inner = kind_of(annotation)
    if kind is tuple:
        return {"type": "array", "items": _value(inner, choices)}
    if kind is Mapping:
        return {"type": "object", "additionalProperties": _value(inner)}
    if is_dataclass(kind):
        return _table(kind)  # type: ignore[arg-type]
    if kind in _SCALARS:
        return {**_SCALARS[kind], **({"enum": list(choices)} if choices else {})}
    return {"type": "string", "enum": [member.value for member in kind]}
