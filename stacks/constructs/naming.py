"""What the CDK needs of names: logical names and ARNs. The names themselves are in `staygreen.core.naming`."""

from __future__ import annotations

from aws_cdk import Stack


def camel(text: str) -> str:
    """Return the text as part of a logical name: ``mail-1`` is ``Mail1``."""
    words = "".join(character if character.isalnum() else " " for character in text).split()
    return "".join(word[:1].upper() + word[1:] for word in words)


def arn(stack: Stack, service: str, resource: str) -> str:
    """Return the ARN of a resource in the stack's account and region; `resource` as it stands at the end."""
    return f"arn:{stack.partition}:{service}:{stack.region}:{stack.account}:{resource}"
