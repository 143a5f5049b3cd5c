"""What is tested is what is deployed with: no two lock files name different versions of a package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def versions(name: str) -> dict[str, str]:
    return dict(PINNED.findall((ROOT / name).read_text()))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-layer.txt"])
def test_a_lock_file_has_the_versions_that_the_tests_run_with(name):
    tested = versions("requirements-dev.txt")
    assert versions(name)
    assert {package: version for package, version in versions(name).items() if tested.get(package) != version} == {}
