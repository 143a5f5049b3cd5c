"""The functions' code holds every module that a function can import, and none besides."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from stacks.constructs.code_asset import APART, pack
from stacks.constructs.libraries import ROOT
from stacks.constructs.reachable_modules import reachable

LIBRARY = ("staygreen/core", "staygreen/adapters", "lambdas")


def names(alone: str = "") -> set[str]:
    archive, _ = pack(alone)
    with ZipFile(archive) as opened:
        return set(opened.namelist())


@pytest.fixture(scope="module")
def packed() -> set[str]:
    return names()


class WithoutTypes(ast.NodeTransformer):
    """Takes out what no function runs."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        return None if ast.unparse(node.test) == "TYPE_CHECKING" else self.generic_visit(node)


def imported_files(path: Path) -> Iterator[Path]:
    """The files of the library that a module's import statements name, by Python's own parser, but for types alone."""
    for node in ast.walk(WithoutTypes().visit(ast.parse(path.read_text()))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            names = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if name.split(".")[0] in ("staygreen", "lambdas"):
                place = ROOT / name.replace(".", "/")
                yield from (each for each in (place / "__init__.py", place.with_suffix(".py")) if each.exists())


@pytest.mark.parametrize("alone", ["", *APART])
def test_whatever_a_packed_module_imports_is_packed(alone):
    packed = names(alone)
    modules = [ROOT / name for name in packed if name.endswith(".py")]
    missing = {
        f"{module.relative_to(ROOT)} imports {file.relative_to(ROOT)}"
        for module in modules
        for file in imported_files(module)
        if file.relative_to(ROOT).as_posix() not in packed
    }
    assert not missing


def test_every_handler_and_every_check_is_packed(packed):
    apart = {f"{module.replace('.', '/')}.py" for module in APART}
    loaded = [*ROOT.glob("lambdas/*.py"), *ROOT.glob("staygreen/core/checks/*.py")]
    assert {path.relative_to(ROOT).as_posix() for path in loaded} - apart <= packed
    assert not apart & packed
    assert all(f"{module.replace('.', '/')}.py" in names(module) for module in APART)


def test_the_reader_of_templates_is_carried_by_the_recorder_alone(packed):
    own = names("lambdas.record_deployment")
    assert {"staygreen/core/mail_facts/pairing.py", "staygreen/core/data/meanings/ses.toml"} <= own
    assert not {name for name in packed if "mail_facts" in name or "meanings" in name}


def test_what_only_the_command_needs_is_left_out(packed):
    assert not {name for name in packed if name.startswith(("staygreen/cli", "staygreen/review", "stacks", "tests"))}
    assert "staygreen/core/config/parser.py" not in packed
    assert "staygreen/core/preflight/account.py" not in packed


def test_data_travels_with_the_modules_that_read_it(packed):
    assert "staygreen/core/data/blocklists.toml" in packed
    assert {name for name in packed if name.startswith("staygreen/core/data/replies/")} == {
        path.relative_to(ROOT).as_posix() for path in ROOT.glob("staygreen/core/data/replies/*.toml")
    }


@pytest.mark.parametrize(
    "statement",
    [
        "import staygreen.found",
        "import staygreen.found as other",
        "from staygreen import found",
        "from staygreen import (\n    elsewhere,\n    found as other,\n)",
        "from staygreen.found import Something",
        "def late():\n    from staygreen.found import Something  # only then",
        "import staygreen.elsewhere, staygreen.found",
    ],
)
def test_each_form_of_an_import_is_followed(tmp_path, statement):
    found = reached(tmp_path, statement + "\n")
    assert "found.py" in found
    assert "apart.py" not in found


def test_an_import_for_types_alone_is_not_followed_and_what_stands_behind_it_is(tmp_path):
    types = "if TYPE_CHECKING:\n    from staygreen import apart\n\n    from staygreen import elsewhere\n"
    found = reached(tmp_path, f"from typing import TYPE_CHECKING\n\n{types}\nimport staygreen.found\n")
    assert found == {"begin.py", "found.py", "__init__.py"}


def reached(place, source):
    """The names of the files that a module with this source leads to."""
    for package in ("lambdas", "staygreen"):
        (place / package).mkdir()
    (place / "lambdas" / "begin.py").write_text(source)
    for module in ("__init__", "found", "elsewhere", "apart"):
        (place / "staygreen" / f"{module}.py").write_text("")
    return {path.name for path in reachable(place, ["lambdas.begin"])}
