"""The emulator's private names that the local cloud hooks into: an upgrade of it fails here, in one clear place."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

HOOKS: dict[str, str] = json.loads((Path(__file__).parent / "emulator_hooks.json").read_text())
"""Name below `ministack.` and its signature, or the type of what is no function."""


def _hooked() -> Iterator[str]:
    for path in [*sorted((ROOT / "local" / "aws").glob("*.py")), ROOT / "local" / "emulator.py"]:
        nodes = list(ast.walk(ast.parse(path.read_text())))
        imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
        modules = {
            alias.name: f"{node.module}.{alias.name}".removeprefix("ministack.")
            for node in imports
            for alias in node.names
            if str(node.module).startswith("ministack")
        }
        for node in nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
                yield f"{modules[node.value.id]}.{node.attr}"


def test_the_emulator_is_the_version_that_the_additions_were_written_for() -> None:
    assert version("ministack") == "1.5.33"


def test_every_name_that_is_hooked_is_pinned() -> None:
    assert set(_hooked()) == set(HOOKS)


@pytest.mark.parametrize("name", HOOKS)
def test_a_hooked_name_is_as_expected(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    found = getattr(importlib.import_module(f"ministack.{module}"), attribute)
    assert (str(inspect.signature(found)) if inspect.isfunction(found) else type(found).__name__) == HOOKS[name]
