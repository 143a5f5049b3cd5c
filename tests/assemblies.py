"""What configurations synthesise to: each is synthesised once for all tests, whichever worker asks first."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from staygreen.core.config.parser import parse
from staygreen.core.naming import ResourceNames

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted(path.stem for path in (ROOT / "config" / "examples").glob("*.toml"))
CONTEXT = json.loads((ROOT / "cdk.json").read_text())["context"]
Resource = dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """What one configuration synthesises to."""

    directory: Path
    """Where it is, as `cdk synth` writes it: for reading alone, others read it too."""
    names: ResourceNames
    templates: dict[str, dict[str, Any]]
    """By the part of the stack's name that no other stack shares, such as ``state``."""

    def resources(self, part: str, kind: str = "") -> dict[str, Resource]:
        found = self.templates[part].get("Resources", {})
        return {key: each for key, each in found.items() if not kind or each["Type"] == kind}

    def every(self, kind: str) -> Iterator[Resource]:
        for part in self.templates:
            yield from self.resources(part, kind).values()

    def only(self, part: str, kind: str) -> Resource:
        (found,) = self.resources(part, kind).values()
        return found


@pytest.fixture(scope="session")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Assembly]:
    """From the text of a configuration to what it synthesises to."""
    own = tmp_path_factory.getbasetemp()
    # Workers of one run have a directory in common; a run without workers has one to itself.
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "assemblies"
    shared.mkdir(exist_ok=True)

    @cache
    def from_text(text: str) -> Assembly:
        directory = shared / hashlib.sha256(text.encode()).hexdigest()[:16]
        done = directory.with_suffix(".done")
        with directory.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                synthesise(text, directory, is_judged=True)
                done.touch()
        return _read(directory, parse(text, "test.toml").names)

    return from_text


def _read(directory: Path, names: ResourceNames) -> Assembly:
    found = {path.name.removesuffix(".template.json"): path for path in sorted(directory.glob("*.template.json"))}
    prefix = prefix_of(found)
    templates = {stack.removeprefix(prefix): json.loads(path.read_text()) for stack, path in found.items()}
    return Assembly(directory, names, templates)


def prefix_of(stacks: Iterable[str]) -> str:
    """What the names of all stacks of a sender begin with, up to a hyphen."""
    names = sorted(stacks)
    first, last = names[0], names[-1]
    shared = next((number for number, char in enumerate(first) if not last.startswith(char, number)), len(first))
    return first[: first.rfind("-", 0, shared) + 1]


def synthesise(
    text: str, directory: Path, *, is_judged: bool = False, context: Mapping[str, Any] | None = None
) -> None:
    """Synthesise a configuration in this process, where the CDK is started once for all.

    Args:
        text: The configuration.
        directory: Where the assembly is made.
        is_judged: Let CloudFormation's own rules and the AwsSolutions rules judge it too, which takes seconds.
        context: Values beside those of cdk.json.
    """
    # imported here: it takes seconds, and who finds an assembly needs none of it
    import aws_cdk as cdk

    from stacks.sender import add_stacks
    from staygreen.core.config.parser import parse

    app = cdk.App(
        context={**CONTEXT, **(context or {})},
        outdir=str(directory),
        analytics_reporting=False,
        builtin_cloud_formation_validation=is_judged,
    )
    add_stacks(app, parse(text, "test.toml"))
    if is_judged:
        from cdk_nag import AwsSolutionsChecks

        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


@pytest.fixture(scope="session")
def example(synthesised: Callable[[str], Assembly]) -> Callable[[str], Assembly]:
    """From the name of an example to what it synthesises to."""
    return lambda name: synthesised((ROOT / "config" / "examples" / f"{name}.toml").read_text())


@pytest.fixture(scope="session")
def one_domain(example: Callable[[str], Assembly]) -> Assembly:
    return example("one-domain")
