"""Names of what is deployed stand in one module, and nowhere else in the product."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMING = Path("staygreen/core/naming.py")
PRODUCT = ("app.py", "stacks", "lambdas", "staygreen", "local")
A_NAME = re.compile(r"(?<![a-z0-9.<])staygreen[-/:](?=[a-z*]|$)")
"""The beginning of a name: ``staygreen-…``, ``/staygreen/…``, ``staygreen:sender``; no sentence, address or path."""
OTHERS = {
    "local/directory.py": {"staygreen-local-", "staygreen-unborn-"},  # directories of this machine
    "local/stage.py": {"staygreen-alerts", "staygreen-chat"},  # queues that play subscribers
    "staygreen/review/render.py": {"<!-- staygreen-review -->"},  # what marks our comment on a pull request
    "stacks/constructs/code_asset.py": {
        "staygreen-code-",  # a directory of this machine
        "staygreen/__init__.py",
        "staygreen/core",
        "staygreen/adapters",
    },
}
"""What looks like one and is none."""


def spelled(code: str) -> Iterator[tuple[int, str]]:
    """Line and text of every string that is no docstring and has a name in it."""
    tree = ast.parse(code)
    docs = {
        id(statement.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for statement in node.body
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in docs:
            continue
        if A_NAME.search(node.value) and not node.value.startswith("https://"):
            yield node.lineno, node.value


def modules() -> Iterator[Path]:
    for part in PRODUCT:
        place = ROOT / part
        yield from sorted(place.rglob("*.py")) if place.is_dir() else (place,)


def test_no_module_of_the_product_spells_a_name_but_the_one_for_names():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}; take it from {NAMING}"
        for path in modules()
        if path.relative_to(ROOT) != NAMING
        for line, text in spelled(path.read_text(encoding="utf-8"))
        if text not in OTHERS.get(path.relative_to(ROOT).as_posix(), ())
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [
        'f"staygreen-{environment}-incidents"',
        'table = "staygreen-" + environment',
        'f"/staygreen/{environment}/check/{check}"',
        'f"staygreen/{environment}/recipient-key"',
        'TAG = "staygreen:sender"',
        'f"arn:aws:lambda:*:*:function:staygreen-*-{part}"',
    ],
)
def test_a_name_is_seen_however_it_is_spelled(code):
    assert list(spelled(code))


@pytest.mark.parametrize(
    "code",
    [
        '"""Such as staygreen-production-state."""',
        'typer.echo("run `staygreen incidents list`")',
        'description = "staygreen: checks and the announcer"',
        'schema = "staygreen.alert/1"',
        'url = "https://github.com/staygreen/staygreen/blob/main/docs/runbooks"',
    ],
)
def test_sentences_schemas_and_addresses_are_no_names(code):
    assert not list(spelled(code))


def test_naming_needs_nothing_but_the_standard_library():
    tree = ast.parse((ROOT / NAMING).read_text(encoding="utf-8"))
    imported = {
        name.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert not {name for name in imported if name.partition(".")[0] in ("staygreen", "stacks", "lambdas", "local")}
