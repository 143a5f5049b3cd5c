"""What deployed functions ask of AWS, and since which botocore release each part can be asked.

`python -m tests.adapters.aws_operations CLONE` writes docs/aws-operations.toml again. CLONE is a clone of
github.com/boto/botocore with its tags: the first release is the first tag whose service model has the part.
"""

from __future__ import annotations

import ast
import gzip
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.model import ServiceModel

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "aws-operations.toml"
HEAD = """\
# Every operation of AWS that deployed functions call, with the parameters that they pass, and the first release of
# botocore whose model has all of it: botocore comes with Lambda's Python. Found in botocore's own history.
# `indirect` parameters are passed as a mapping, where a reader of the code does not see their names.
# Written by `python -m tests.adapters.aws_operations CLONE`, which a test compares with the code.
"""
INDIRECT = {
    ("ses", "GetIdentityDkimAttributes"): ("Identities",),
    ("ses", "GetIdentityMailFromDomainAttributes"): ("Identities",),
    ("sesv2", "GetDedicatedIps"): ("NextToken", "PageSize"),
    ("sesv2", "GetEmailIdentity"): ("EmailIdentity",),
    ("sesv2", "ListEmailIdentities"): ("NextToken", "PageSize"),
    ("sesv2", "ListConfigurationSets"): ("NextToken", "PageSize"),
    ("sesv2", "ListRecommendations"): ("Filter", "NextToken", "PageSize"),
    ("sesv2", "ListReputationEntities"): ("NextToken", "PageSize"),
    ("sesv2", "ListSuppressedDestinations"): ("NextToken", "PageSize", "Reasons", "StartDate"),
    ("ses", "ListReceiptRuleSets"): ("NextToken",),
    ("dynamodb", "PutItem"): ("ExpressionAttributeNames", "ExpressionAttributeValues"),
    ("dynamodb", "UpdateItem"): ("ExpressionAttributeValues",),
}


@dataclass(slots=True)
class Called:
    """One operation as the code calls it."""

    parameters: set[str] = field(default_factory=set)
    is_paged: bool = False


class Code:
    """The source of the deployed functions."""

    @cached_property
    def nodes(self) -> list[ast.Attribute | ast.Call]:
        """What reads an attribute or calls something."""
        parts = ("lambdas", "staygreen/core", "staygreen/adapters")
        found = (path for part in parts for path in sorted((ROOT / part).rglob("*.py")))
        # what only the command calls, with the boto3 that it is installed with
        trees = (ast.parse(path.read_text()) for path in found if "adapters/estate" not in path.as_posix())
        return [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Call)]

    @cached_property
    def services(self) -> set[str]:
        """Those that a client is made for."""
        found = set()
        for node in self._nodes(ast.Call):
            if ast.unparse(node.func) == "client" and isinstance(node.args[0], ast.Constant):
                found.add(str(node.args[0].value))
        return found

    @cached_property
    def operations(self) -> dict[str, list[tuple[str, str]]]:
        """Method name -> services and operations, for the services of the code."""
        found: dict[str, list[tuple[str, str]]] = {}
        for service in sorted(self.services, reverse=True):
            for operation in model(service).operation_names:
                found.setdefault(xform_name(operation), []).append((service, operation))
        return found

    def _meant(self, name: str, parameters: set[str]) -> tuple[str, str]:
        """The operation of several services that has the parameters; the last service where none tells."""
        candidates = self.operations[name]
        return next((each for each in candidates if parameters and _takes(each, parameters)), candidates[0])

    def calls(self) -> dict[tuple[str, str], Called]:
        found: dict[tuple[str, str], Called] = {}
        for node in self._nodes(ast.Attribute):
            if node.attr in self.operations:
                found.setdefault(self._meant(node.attr, set()), Called())
        for node in self._nodes(ast.Call):
            name, is_paged = _method(node)
            if name in self.operations:
                # ours are in lower case: a method of ours may have the name of an operation
                passed = {each.arg for each in node.keywords if each.arg and each.arg[0].isupper()}
                called = found.setdefault(self._meant(name, passed), Called())
                called.is_paged |= is_paged
                called.parameters |= passed
        return {
            key: called
            for key, called in found.items()
            if (called.parameters or key in INDIRECT) and _takes(key, called.parameters)
        }

    def _nodes(self, kind: type[Any]) -> Iterator[Any]:
        return (node for node in self.nodes if isinstance(node, kind))


@cache
def model(service: str) -> ServiceModel:
    """What the botocore here knows of a service."""
    return botocore.session.get_session().get_service_model(service)


@cache
def members(service: str, operation: str) -> frozenset[str]:
    """The parameters of an operation, which the botocore here knows."""
    shape = model(service).operation_model(operation).input_shape
    return frozenset(shape.members if shape else ())


def _takes(key: tuple[str, str], parameters: set[str]) -> bool:
    """Whether the operation has them; another service may have one of the same name, whose client is made elsewhere."""
    return parameters <= members(*key)


def _method(call: ast.Call) -> tuple[str, bool]:
    """The operation's method name that is called, and whether page by page."""
    function = call.func
    if not isinstance(function, ast.Attribute):
        return "", False
    if function.attr != "paginate":
        return function.attr, False
    inner = function.value
    if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr == "get_paginator":
        return str(ast.literal_eval(inner.args[0])), True
    return "", False


def table() -> dict[tuple[str, str], dict[str, Any]]:
    """What docs/aws-operations.toml says."""
    rows = tomllib.loads(TABLE.read_text())["operation"]
    return {(row["service"], row["name"]): row for row in rows}


# --- botocore's history -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class History:
    """Service models of every release of botocore, out of a clone."""

    clone: str

    @cached_property
    def tags(self) -> list[str]:
        found = [tag for tag in self._git("tag").decode().split() if re.fullmatch(r"\d+\.\d+\.\d+", tag)]
        return sorted(found, key=release)

    def first(self, service: str, operation: str, parameter: str = "", *, paged: bool = False) -> str:
        """The first release that has it. What came stayed, so that halving finds it."""
        low, high = -1, len(self.tags) - 1
        while high - low > 1:
            middle = (low + high) // 2
            if self._has(self.tags[middle], service, operation, parameter, paged):
                high = middle
            else:
                low = middle
        return self.tags[high]

    def _has(self, tag: str, service: str, operation: str, parameter: str, paged: bool) -> bool:
        if paged:
            return operation in self._json(tag, service, "paginators-1").get("pagination", {})
        model = self._json(tag, service, "service-2")
        found = model.get("operations", {}).get(operation)
        if found is None or not parameter:
            return found is not None
        return parameter in model["shapes"][found["input"]["shape"]]["members"]

    @cache  # noqa: B019 - one history a run
    def _json(self, tag: str, service: str, kind: str) -> dict[str, Any]:
        names = self._git("ls-tree", "-r", "--name-only", tag, f"botocore/data/{service}/").decode().split()
        fitting = sorted(name for name in names if re.search(rf"/{kind}\.json(\.gz)?$", name))
        if not fitting:
            return {}
        raw = self._git("show", f"{tag}:{fitting[-1]}")
        return dict(json.loads(gzip.decompress(raw) if fitting[-1].endswith(".gz") else raw))

    def _git(self, *arguments: str) -> bytes:
        return subprocess.run(["git", "-C", self.clone, *arguments], capture_output=True, check=True).stdout


def release(text: str) -> tuple[int, ...]:
    """A version as numbers, to be compared."""
    return tuple(map(int, text.split(".")))


def main() -> None:
    """Write the table again."""
    history, parts = History(sys.argv[1]), [HEAD]
    for (service, operation), called in sorted(Code().calls().items()):
        indirect = INDIRECT.get((service, operation), ())
        passed = sorted({*called.parameters, *indirect})
        firsts = [history.first(service, operation, parameter) for parameter in ("", *passed)]
        firsts += [history.first(service, operation, paged=True)] if called.is_paged else []
        parts.append(
            f'\n[[operation]]\nservice = "{service}"\nname = "{operation}"\nparameters = {json.dumps(passed)}\n'
            + (f"indirect = {json.dumps(sorted(indirect))}\n" if indirect else "")
            + ("paginator = true\n" if called.is_paged else "")
            + f'since = "{max(firsts, key=release)}"\n'
        )
    TABLE.write_text("".join(parts))


if __name__ == "__main__":
    main()
