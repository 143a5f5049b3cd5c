"""What the CDK needs of names: logical names and ARNs. The names themselves are in `staygreen.core.naming`."""

from __future__ import annotations

from aws_cdk import Stack

from staygreen.core.naming import camel

__all__ = ["arn", "camel"]


def arn(stack: Stack, service: str, resource: str) -> str:
    """Return the ARN of a resource in the stack's account and region; `resource` as it stands at the end."""
    return f"arn:{stack.partition}:{service}:{stack.region}:{stack.account}:{resource}"
