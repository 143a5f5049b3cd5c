"""The rules of each remediation, from its SSM parameter."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from lambdas.core.remediation import Rules
from lambdas.core.remediations.settings import rules

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


def rules_of(client: SSMClient, environment: str) -> Callable[[str], Rules]:
    """Reads the rules of a remediation when they are asked for, once."""

    @cache
    def read(remediation: str) -> Rules:
        name = f"/staygreen/{environment}/remediation/{remediation}"
        return rules(json.loads(client.get_parameter(Name=name)["Parameter"]["Value"]))

    return read
