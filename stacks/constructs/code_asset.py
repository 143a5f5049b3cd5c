"""The one code asset of all functions: `lambdas`, the core and the adapters, with the repository's paths."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from aws_cdk import aws_lambda as lambda_

from stacks.constructs.archive import archive
from stacks.constructs.libraries import ROOT

_PARTS = ("lambdas", "staygreen/__init__.py", "staygreen/core", "staygreen/adapters")


def code() -> lambda_.Code:
    """Return the asset as the CDK takes it."""
    packed, content = pack()
    return lambda_.Code.from_asset(str(packed), asset_hash=content)


@cache
def pack() -> tuple[Path, str]:
    """Return the zip file and the hash of its content."""
    stage = Path(mkdtemp(prefix="staygreen-code-"))
    atexit.register(shutil.rmtree, stage, ignore_errors=True)
    target = stage / "code.zip"
    return target, archive(ROOT, _files(), target)


def _files() -> Iterator[Path]:
    for part in _PARTS:
        place = ROOT / part
        for path in place.rglob("*") if place.is_dir() else (place,):
            if path.is_file() and not _is_left_out(path):
                yield path


def _is_left_out(path: Path) -> bool:
    inside = path.relative_to(ROOT).parts
    return path.name == "ruff.toml" or path.suffix == ".pyc" or any(part.startswith((".", "__pyc")) for part in inside)
