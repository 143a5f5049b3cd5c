"""Each example configuration is synthesised once for all tests of the stacks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from cdk_nag import AwsSolutionsChecks

from stacks.sender import add_stacks
from staygreen.core.config.parser import parse

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(path.stem for path in (ROOT / "config" / "examples").glob("*.toml"))
CONTEXT = json.loads((ROOT / "cdk.json").read_text())["context"]
Resource = dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """What one configuration synthesises to."""

    directory: Path
    templates: dict[str, dict[str, Any]]
    """By the part of the stack's name behind the environment."""

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
    @cache
    def from_text(text: str) -> Assembly:
        directory = tmp_path_factory.mktemp("assembly")
        app = cdk.App(context=CONTEXT, outdir=str(directory), analytics_reporting=False)
        add_stacks(app, parse(text, "test.toml"))
        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        app.synth()
        templates = {
            path.name.removesuffix(".template.json").split("-", 2)[2]: json.loads(path.read_text())
            for path in sorted(directory.glob("*.template.json"))
        }
        return Assembly(directory, templates)

    return from_text


@pytest.fixture(scope="session")
def example(synthesised: Callable[[str], Assembly]) -> Callable[[str], Assembly]:
    return lambda name: synthesised((ROOT / "config" / "examples" / f"{name}.toml").read_text())


@pytest.fixture(scope="session")
def one_domain(example: Callable[[str], Assembly]) -> Assembly:
    return example("one-domain")
