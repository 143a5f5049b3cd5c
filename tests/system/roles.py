"""Functions' roles in a deployed account: what each allows, and a way to take some of it for a while."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from local.cloud import LocalCloud
from staygreen.core.naming import ResourceNames

NAMES = ResourceNames(sender="example", environment="production")
PREFIX = f"{NAMES.prefix}-"
LOG = "WriteLog"
"""The statement that nobody misses: what a function logs is lost without an error."""
Statement = Mapping[str, Any]


class Roles:
    """The roles of staygreen's own functions, by the functions' names without what they all begin with."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    @cached_property
    def policies(self) -> Mapping[str, tuple[str, str, Mapping[str, Any]]]:
        """Role, policy name and document of each function."""
        listed = self._cloud.client("lambda").get_paginator("list_functions").paginate()
        functions = [each for page in listed for each in page["Functions"]]
        own = [each for each in functions if each["Handler"].startswith("lambdas.")]
        assert all(each["FunctionName"].startswith(PREFIX) for each in own)
        return {each["FunctionName"].removeprefix(PREFIX): self._policy(each["Role"]) for each in own}

    def _policy(self, role_arn: str) -> tuple[str, str, Mapping[str, Any]]:
        iam, role = self._cloud.client("iam"), role_arn.rpartition("/")[2]
        assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
        (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        return role, name, iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]

    def statements(self) -> dict[tuple[str, str], Statement]:
        """Every statement, by function and name."""
        return {
            (function, name_of(statement)): statement
            for function, (_, _, document) in self.policies.items()
            for statement in document["Statement"]
        }

    @contextmanager
    def without(self, function: str, taken: str, action: str = "") -> Iterator[None]:
        """One statement, or one action of it, is taken from a function's role, and given back."""
        role, name, document = self.policies[function]
        statements = {name_of(each): each for each in document["Statement"]}
        assert len(statements) == len(document["Statement"])
        found = statements.pop(taken)
        left = [each for each in listed(found["Action"]) if action and each != action]
        assert not action or len(left) == len(listed(found["Action"])) - 1
        kept = [*statements.values(), *([{**found, "Action": left}] if left else [])]
        self._put(role, name, {**document, "Statement": kept})
        try:
            yield
        finally:
            self._put(role, name, document)

    def _put(self, role: str, name: str, document: Mapping[str, Any]) -> None:
        iam = self._cloud.client("iam")
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def name_of(statement: Statement) -> str:
    """Its `Sid`; what the CDK adds has no name but its actions."""
    return str(statement.get("Sid") or ",".join(listed(statement["Action"])))


def listed(value: str | list[str]) -> tuple[str, ...]:
    """One or many, as many."""
    return (value,) if isinstance(value, str) else tuple(value)


def refusal(operation: str) -> re.Pattern[str]:
    """What a function says when IAM refuses an operation."""
    codes = "AccessDenied|AccessDeniedException|AuthorizationError|UnauthorizedOperation"
    return re.compile(rf"\(({codes})\) when calling the {operation} operation")
