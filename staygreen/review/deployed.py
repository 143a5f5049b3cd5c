"""The templates that are deployed now, asked from CloudFormation (read only)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from staygreen.core.errors import SourceUnavailable
from staygreen.review.template import Assembly, Template, template_of


def ask(head: Assembly) -> Assembly:
    """What is deployed of an assembly's stacks, asked in the region that each of them names.

    Raises:
        SourceUnavailable: When AWS does not answer, or may not.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    regions = sorted({one.region for one in head.templates})
    try:
        sides = [
            deployed(_part(head, region), boto3.client("cloudformation", region_name=region or None))
            for region in regions
        ]
    except (BotoCoreError, ClientError) as error:
        raise SourceUnavailable(f"CloudFormation did not answer: {error}") from error
    templates = tuple(one for side in sides for one in side.templates)
    return Assembly(source="deployed", templates=templates, spf_answers=head.spf_answers)


def _part(head: Assembly, region: str) -> Assembly:
    return replace(head, templates=tuple(one for one in head.templates if one.region == region))


def deployed(head: Assembly, client: Any) -> Assembly:
    """What is deployed of the stacks that an assembly names; a new stack is absent.

    Args:
        head: The assembly that would be deployed.
        client: A boto3 client of CloudFormation; one account and region.
    """
    found = [_template(one, client) for one in head.templates if not one.parent]
    return Assembly(source="deployed", templates=tuple(one for one in found if one is not None))


def _template(head: Template, client: Any) -> Template | None:
    from botocore.exceptions import ClientError

    try:
        stack = client.describe_stacks(StackName=head.stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    body: Mapping[str, Any] = client.get_template(StackName=head.stack, TemplateStage="Processed")["TemplateBody"]
    values = {
        one["ParameterKey"]: one.get("ResolvedValue", one.get("ParameterValue")) for one in stack.get("Parameters", ())
    }
    return template_of(
        body,
        stack=head.stack,
        file=Path(f"deployed:{head.stack}"),
        account=head.account,
        region=head.region,
        parameters={name: value for name, value in values.items() if value != "****"},
        termination_protection=stack.get("EnableTerminationProtection"),
    )
