"""Settings in SSM parameters, and the rules of each remediation from its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from staygreen.core.errors import SourceUnavailable
from staygreen.core.naming import ResourceNames
from staygreen.core.remediations.plan import Rules
from staygreen.core.remediations.settings import rules

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


def rules_of(client: SSMClient, names: ResourceNames, *, is_kept: bool = True) -> Callable[[str], Rules]:
    """Reads the rules of a remediation when they are asked for.

    Args:
        client: An SSM client.
        names: Names of the deployment.
        is_kept: They are read once. Who changes something reads them anew before each change.
    """

    def read(remediation: str) -> Rules:
        return rules(document(client, names.remediation_parameter(remediation)))

    return cache(read) if is_kept else read


def document(client: SSMClient, name: str) -> Mapping[str, Any]:
    """The JSON object that begins in a parameter; where it is too long for one, it goes on in `name/2` and so on.

    Raises:
        SourceUnavailable: It is no JSON object.
    """
    text = client.get_parameter(Name=name)["Parameter"].get("Value", "")
    number = 1
    while (found := _object(text)) is None:
        number += 1
        try:
            text += client.get_parameter(Name=f"{name}/{number}")["Parameter"].get("Value", "")
        except ClientError as error:
            reason = f"the parameter {name} is not JSON, and {name}/{number} does not go on with it"
            raise SourceUnavailable(reason) from error
    return found


def _object(text: str) -> Mapping[str, Any] | None:
    """None: the text is not JSON, or the beginning of an object alone."""
    try:
        found: Mapping[str, Any] = json.loads(text)
    except ValueError:
        return None
    return found
