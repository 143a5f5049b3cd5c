"""Keys of the configuration: dataclass fields that carry what a person reads beside them.

These definitions are the single source of the keys: the reader, the JSON Schema and the documentation are made from
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, field
from types import MappingProxyType
from typing import Any


def key(
    doc: str, default: Any = MISSING, factory: Any = MISSING, *, toml: str = "", choices: tuple[str, ...] = ()
) -> Any:
    """A field with its documentation; without a default the key is required.

    Args:
        doc: What a person reads beside the key.
        default: The value when the key is absent.
        factory: Makes that value, where it is not a plain one.
        toml: The key in the file, where it is not the field's name.
        choices: The only values that the key, or each of its entries, may have.
    """
    metadata = {"doc": doc, "toml": toml, "choices": choices}
    if factory is not MISSING:
        return field(default_factory=factory, metadata=metadata)
    if default is not MISSING:
        return field(default=default, metadata=metadata)
    return field(metadata=metadata)


def no_entries() -> Mapping[str, str]:
    """Return an empty mapping that nobody can change."""
    return MappingProxyType({})
