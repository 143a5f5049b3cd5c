"""Findings of the AwsSolutions rules that are meant, each on its resource with its reason."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Stack, Token, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept one finding of a rule.

    Args:
        construct: The resource that has it, or the construct around it.
        rule: Such as ``SQS3``, or ``IAM5[Resource::*]``.
        reason: Why it is meant.
    """
    # the rules write what only a deployment resolves in angle brackets, and so must the key
    written = rule.replace(Stack.of(construct).partition, "<AWS::Partition>") if Token.is_unresolved(rule) else rule
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{written}", reason=reason))
