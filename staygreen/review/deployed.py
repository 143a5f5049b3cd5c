"""The templates that are deployed now, asked from CloudFormation (read only)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from staygreen.core.errors import SourceUnavailable
from staygreen.core.mail_facts.template import NESTED_STACK, Assembly, Template, Unread, Unreadable, template_of
from staygreen.core.naming import deployment_of
from staygreen.review.template_text import parse


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
    return Assembly(
        source="deployed",
        templates=tuple(one for side in sides for one in side.templates),
        unread=tuple(one for side in sides for one in side.unread),
        spf_answers=head.spf_answers,
    )


def _part(head: Assembly, region: str) -> Assembly:
    return replace(head, templates=tuple(one for one in head.templates if one.region == region))


def deployed(head: Assembly, client: Any) -> Assembly:
    """What is deployed of the stacks that an assembly names; a new stack is absent.

    Args:
        head: The assembly that would be deployed.
        client: A boto3 client of CloudFormation; one account and region.
    """
    found = [part for one in head.templates if not one.parent for part in _stack(one, client)]
    return Assembly(
        source="deployed",
        templates=tuple(part for part in found if isinstance(part, Template)),
        unread=tuple(part for part in found if isinstance(part, Unread)),
    )


def _stack(head: Template, client: Any) -> Iterator[Template | Unread]:
    """A deployed stack with its nested ones; nothing when it is not there yet."""
    from botocore.exceptions import ClientError

    try:
        deployed_stack = client.describe_stacks(StackName=head.name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return
        raise
    yield from _with_nested(head, head.name, deployed_stack, client)


def _with_nested(like: Template, name: str, described: Mapping[str, Any], client: Any) -> Iterator[Template | Unread]:
    try:
        template = _template(like, name, described, client)
    except Unreadable as error:
        yield Unread(stack=like.stack, part="", why=error.problem, content=name)
        return
    yield template
    for resource in template.resources.values():
        if resource.type == NESTED_STACK:
            yield from _nested(template, name, resource.logical_id, client)


def _nested(parent: Template, parent_name: str, logical_id: str, client: Any) -> Iterator[Template | Unread]:
    """A nested stack by the name that CloudFormation gave it, which only its parent knows."""
    from botocore.exceptions import ClientError

    try:
        detail = client.describe_stack_resource(StackName=parent_name, LogicalResourceId=logical_id)
        name = str(detail["StackResourceDetail"]["PhysicalResourceId"])
        described = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        why = f"CloudFormation does not tell about the nested stack ({code})"
        yield Unread(stack=parent.stack, part=logical_id, why=why, content="", type=NESTED_STACK)
        return
    like = replace(parent, stack=f"{parent.stack}/{logical_id}", parent=parent.stack)
    yield from _with_nested(like, name, described, client)


def _template(like: Template, name: str, described: Mapping[str, Any], client: Any) -> Template:
    """A deployed template; CloudFormation gives back YAML as the text that it was handed.

    Like is compared with like: where the new template has transforms, so has the old one.
    """
    stage = "Original" if like.body.get("Transform") else "Processed"
    body = client.get_template(StackName=name, TemplateStage=stage)["TemplateBody"]
    file = Path(f"deployed:{like.stack}")
    values = {
        one["ParameterKey"]: one.get("ResolvedValue", one.get("ParameterValue"))
        for one in described.get("Parameters", ())
    }
    return template_of(
        parse(file, body) if isinstance(body, str) else body,
        stack=like.stack,
        file=file,
        account=like.account,
        region=like.region,
        parent=like.parent,
        parameters={name: value for name, value in values.items() if value != "****"},
        termination_protection=_protection(name, like, described),
    )


def _protection(name: str, like: Template, described: Mapping[str, Any]) -> bool | None:
    """None where the assembly has no say: in a nested stack, and in ours, which are protected after they were made."""
    return None if like.parent or deployment_of(name) else bool(described.get("EnableTerminationProtection"))
