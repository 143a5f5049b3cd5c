"""Which modules functions can come to import, found in the text of their import statements.

Text is enough, and ten times as fast as parsing: ruff keeps import statements in one form, and a test compares this
with what Python's own parser finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

_IMPORT = re.compile(
    r"^[ \t]*(?:from (?P<package>(?:lambdas|staygreen)[\w.]*) import (?P<names>\([^)]*\)|[^\n#]*)"
    r"|import (?P<modules>(?:lambdas|staygreen)[\w., ]*))",
    re.MULTILINE,
)
_NAME = re.compile(r"(\w+)(?: as \w+)?")
_FOR_TYPES_ALONE = re.compile(r"^if TYPE_CHECKING:\n(?:(?:[ \t].*)?\n)*", re.MULTILINE)
"""Nothing of it runs in a function."""


def reachable(root: Path, begin: Iterable[str]) -> dict[Path, str]:
    """Return the files of modules, of all that they import, at the top or within a function, and of their packages.

    Each comes with its text.

    Args:
        root: Where the packages `lambdas` and `staygreen` are.
        begin: Names of modules, such as ``lambdas.check``.
    """
    waiting, found = list(begin), dict[Path, str]()
    while waiting:
        module = waiting.pop()
        file = _file(root, module)
        if file is None or file in found:
            continue
        found[file] = file.read_text(encoding="utf-8")
        parts = module.split(".")
        waiting.extend(".".join(parts[:count]) for count in range(1, len(parts)))
        waiting.extend(_imported(found[file]))
    return found


def _file(root: Path, module: str) -> Path | None:
    place = root.joinpath(*module.split("."))
    candidates = (place / "__init__.py", place.with_name(f"{place.name}.py"))
    return next((path for path in candidates if path.exists()), None)


def _imported(source: str) -> Iterator[str]:
    for found in _IMPORT.finditer(_FOR_TYPES_ALONE.sub("", source)):
        if package := found["package"]:
            yield package
            # each may be a module of the package or something in it: what is no file is no module
            yield from (f"{package}.{name}" for name in _NAME.findall(found["names"]))
        else:
            yield from (module.split(" as ")[0].strip() for module in found["modules"].split(","))
