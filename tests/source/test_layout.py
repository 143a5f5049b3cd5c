"""The layout that a reader relies on (docs/architecture.md): small folders with names that tell them apart."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST = 16
"""Modules in one folder of core or adapters."""


def folders() -> dict[Path, list[str]]:
    found: dict[Path, list[str]] = {}
    for part in ("staygreen/core", "staygreen/adapters"):
        for path in sorted((ROOT / part).rglob("*.py")):
            if path.name != "__init__.py":
                found.setdefault(path.parent.relative_to(ROOT), []).append(path.stem)
    return found


def test_no_folder_of_core_or_adapters_is_too_large_to_read():
    assert {folder: len(names) for folder, names in folders().items() if len(names) > MOST} == {}


def test_no_two_files_of_a_folder_differ_by_their_last_letter():
    alike = [(folder, name) for folder, names in folders().items() for name in names if f"{name}s" in names]
    assert alike == []


def test_every_package_says_what_it_is_for():
    silent = [
        path.parent
        for part in ("staygreen", "lambdas", "stacks")
        for path in (ROOT / part).rglob("__init__.py")
        if not path.read_text().startswith('"""')
    ]
    assert silent == []
