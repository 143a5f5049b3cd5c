"""What a function reads at run time, as SSM parameters of a stack: one JSON text in as many as it takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_ssm as ssm
from constructs import Construct

LIMIT = 4096
"""Characters of a standard parameter, which is free (Systems Manager user guide, parameter tiers; not verified)."""


def pages(name: str, document: Mapping[str, Any]) -> Mapping[str, str]:
    """The texts by the name of their parameter, in order: `name`, then `name/2` and so on."""
    text = json.dumps(document, sort_keys=True)
    return {
        name + (f"/{number}" if number > 1 else ""): text[start : start + LIMIT]
        for number, start in enumerate(range(0, len(text), LIMIT), 1)
    }


def add_settings(scope: Construct, name: str, document: Mapping[str, Any], description: str) -> tuple[str, ...]:
    """Make the parameters; gives their names, in order."""
    made = pages(name, document)
    for number, (own, text) in enumerate(made.items(), 1):
        ssm.StringParameter(
            scope,
            f"Settings{number if number > 1 else ''}",
            parameter_name=own,
            string_value=text,
            description=description,
            tier=ssm.ParameterTier.STANDARD,
        )
    return tuple(made)
