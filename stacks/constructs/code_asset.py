"""The code of functions: what they can import of the library, with the repository's paths.

All have one asset, but for a function that needs much which no other does: its asset is its own, so that the others do
not carry it.
"""

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


APART = ("lambdas.record_deployment",)
"""Modules of functions with an asset of their own."""


def code(handler: str) -> lambda_.Code:
    """Return a handler's asset as the CDK takes it.

    Args:
        handler: Module and function, such as ``lambdas.check.handler``.
    """
    module = handler.rpartition(".")[0]
    packed, content = pack(module if module in APART else "")
    return lambda_.Code.from_asset(str(packed), asset_hash=content)


@cache
def pack(alone: str = "") -> tuple[Path, str]:
    """Return the zip file and the hash of its content.

    Args:
        alone: A module whose asset is its own; empty for all the others.
    """
    stage = Path(mkdtemp(prefix="staygreen-code-"))
    atexit.register(shutil.rmtree, stage, ignore_errors=True)
    target = stage / "code.zip"
    return target, archive(ROOT, _files(alone), target)


def _files(alone: str) -> Iterator[Path]:
    """Every module that a function can import, and the data that one of them names."""
    modules = reachable(ROOT, [alone] if alone else _shared())
    yield from modules
    sources = "".join(modules.values())
    for entry in _DATA.iterdir():
        if entry.suffix not in (".py", ".pyc") and f'"{entry.name}' in sources:
            yield from entry.glob("*.toml") if entry.is_dir() else (entry,)


def _shared() -> Iterator[str]:
    """The modules that the shared asset is for."""
    paths = (path.relative_to(ROOT) for pattern in ("lambdas/*.py", _LOADED_BY_NAME) for path in ROOT.glob(pattern))
    modules = (".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths)
    return (module for module in modules if module not in APART)
