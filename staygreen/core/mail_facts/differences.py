"""Where two values differ, by the paths of their properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One property with another value."""

    path: str
    """With ``/`` between levels; the indices of lists are left out."""
    was: Any
    """None: absent."""
    now: Any


def differences(old: Any, new: Any, path: str = "") -> Iterator[Difference]:
    """The properties that differ, as deep as both sides have the same form."""
    if _is_mapping(old, new) or _is_mapping(new, old):
        old, new = old or {}, new or {}
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                yield from differences(old.get(name), new.get(name), f"{path}/{name}" if path else name)
    elif _are_alike(old, new):
        for was, now in zip(old, new, strict=True):
            if was != now:
                yield from differences(was, now, path)
    else:
        yield Difference(path=path, was=old, now=new)


def _is_mapping(one: Any, other: Any) -> bool:
    """Whether both are mappings, or the other one is absent; an empty one says something by itself."""
    return isinstance(one, Mapping) and bool(one) and (other is None or isinstance(other, Mapping))


def _are_alike(old: Any, new: Any) -> bool:
    """Whether two lists of properties can be compared one by one."""
    if not isinstance(old, list) or not isinstance(new, list) or len(old) != len(new):
        return False
    return all(isinstance(part, Mapping) for part in (*old, *new))
