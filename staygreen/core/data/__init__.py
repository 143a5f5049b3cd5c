"""Data that comes with the package. Nothing else in the core reads a file, and this reads these alone."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any


def table(name: str) -> dict[str, Any]:
    """Return a TOML file of this folder, such as ``blocklists.toml``."""
    return tomllib.loads((files(__name__) / name).read_text(encoding="utf-8"))


def names(folder: str) -> tuple[str, ...]:
    """Return the TOML files of a folder in here, such as ``replies/microsoft.toml``, in order."""
    found = (entry.name for entry in (files(__name__) / folder).iterdir())
    return tuple(sorted(f"{folder}/{name}" for name in found if name.endswith(".toml")))
