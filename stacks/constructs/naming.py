"""Names of what is deployed, the same everywhere."""

from __future__ import annotations

from aws_cdk import Stack

from staygreen.core.config.config import Config

SENDER_TAG = "staygreen:sender"
"""The tag by which addresses are found; its value is the sender's name."""
ENVIRONMENT_TAG = "staygreen:environment"


def name(config: Config, part: str) -> str:
    """Return the full name of a part, such as ``staygreen-production-state``."""
    return f"staygreen-{config.sender.environment.value}-{part}"


def parameter_name(config: Config, check: str) -> str:
    """Return the name of the SSM parameter with a check's settings."""
    return f"/staygreen/{config.sender.environment.value}/check/{check}"


def remediation_parameter_name(config: Config, remediation: str) -> str:
    """Return the name of the SSM parameter with a remediation's settings."""
    return f"/staygreen/{config.sender.environment.value}/remediation/{remediation}"


def recipient_key_name(config: Config) -> str:
    """Return the name of the secret with the key of recipients' hashes."""
    return f"staygreen/{config.sender.environment.value}/recipient-key"


def camel(text: str) -> str:
    """Return the text as part of a logical name: ``mail-1`` is ``Mail1``."""
    words = "".join(character if character.isalnum() else " " for character in text).split()
    return "".join(word[:1].upper() + word[1:] for word in words)


def arn(stack: Stack, service: str, resource: str) -> str:
    """Return the ARN of a resource in the stack's account and region; `resource` as it stands at the end."""
    return f"arn:{stack.partition}:{service}:{stack.region}:{stack.account}:{resource}"
