"""The one code asset of all functions: what they can import of the library, with the repository's paths."""

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
from stacks.constructs.reachable_modules import reachable

_DATA = ROOT / "staygreen" / "core" / "data"
_LOADED_BY_NAME = "staygreen/core/checks/*.py"
"""Which check a function runs stands in its environment."""


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
    """Every module that a function can import, and the data that one of them names."""
    begin = (path.relative_to(ROOT) for pattern in ("lambdas/*.py", _LOADED_BY_NAME) for path in ROOT.glob(pattern))
    modules = reachable(ROOT, (".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in begin))
    yield from modules
    sources = "".join(modules.values())
    for entry in _DATA.iterdir():
        if entry.suffix not in (".py", ".pyc") and f'"{entry.name}' in sources:
            yield from entry.glob("*.toml") if entry.is_dir() else (entry,)
