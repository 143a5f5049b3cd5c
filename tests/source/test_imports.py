"""The contract of imports, which `make lint` enforces: one violation of each kind is planted and must be told."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("staygreen", "lambdas", "stacks", "local", "benchmarks")
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source, which tests may spoil."""
    place = tmp_path_factory.mktemp("tree")
    for part in PARTS:
        shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__", "*.toml"))
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


def lint(tree: Path) -> tuple[int, str]:
    done = subprocess.run(
        [str(BIN / "lint-imports"), "--no-cache"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200"},
    )
    return done.returncode, done.stdout + done.stderr


def test_the_source_keeps_the_contract(tree):
    status, said = lint(tree)
    assert status == 0, said


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        ("staygreen/core/snds/rows.py", "import staygreen.adapters.clock", "staygreen.core is not allowed to import"),
        (
            "staygreen/core/records/spf.py",
            "import staygreen.core.config.config",
            "staygreen.core.records is not allowed",
        ),
        (
            "staygreen/core/verdict/verdict.py",
            "import staygreen.core.checks.check",
            "staygreen.core.verdict is not allowed",
        ),
        (
            "staygreen/core/ses/rates.py",
            "import staygreen.core.published.spf",
            "No cycles are allowed in staygreen.core",
        ),
        ("staygreen/core/mail/__init__.py", "", "mail"),
        ("stacks/domain.py", "import staygreen.adapters.clock", "stacks is not allowed to import staygreen.adapters"),
        ("staygreen/review/report.py", "import staygreen.adapters.clock", "staygreen.review is not allowed to import"),
        ("lambdas/check.py", "import staygreen.cli.main", "lambdas is not allowed to import staygreen.cli"),
        ("staygreen/adapters/clock.py", "import local.cloud", "is not allowed to import local"),
        (
            "staygreen/adapters/dns/server.py",
            "import staygreen.adapters.dns.exchange",
            "No cycles are allowed in staygreen.adapters.dns",
        ),
    ],
)
def test_a_violation_is_told(tree, file, line, told):
    path = tree / file
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        status, said = lint(tree)
    finally:
        if before is not None:
            path.write_text(before)
        else:
            path.unlink()
    assert (status, told in said) == (1, True), said


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("import boto3", "`boto3` is banned"),
        ("import dns.resolver", "`dns` is banned"),
        ("import socket", "`socket` is banned"),
        ("import subprocess", "`subprocess` is banned"),
        ("import random", "`random` is banned"),
        ("import os", "`os` is banned"),
        ("import time", "`time` is banned"),
        ("from pathlib import Path", "`pathlib` is banned"),
        ("from importlib.resources import files", "`importlib.resources` is banned"),
        ("from datetime import datetime\n\ndatetime.now()", "`datetime.datetime.now` is banned"),
        ("from datetime import date\n\ndate.today()", "`datetime.date.today` is banned"),
        ("open('a')", "PTH123"),
    ],
)
def test_the_core_is_kept_from_asking(line, told):
    done = subprocess.run(
        [str(BIN / "ruff"), "check", "--no-cache", "--stdin-filename", "staygreen/core/planted.py", "-"],
        input=f'"""Planted."""\n\n{line}\n',
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, told in done.stdout) == (1, True), done.stdout


def test_nothing_is_excused():
    """No import is ignored, and one file of the core alone may read what comes with the package."""
    assert "ignore_imports" not in (ROOT / "pyproject.toml").read_text()
    excused = [line for line in (ROOT / "staygreen/core/ruff.toml").read_text().splitlines() if "TID251" in line]
    assert excused == ['"data/__init__.py" = ["TID251"]']
    noted = [path for path in (ROOT / "staygreen/core").rglob("*.py") if "noqa: TID251" in path.read_text()]
    assert noted == []
