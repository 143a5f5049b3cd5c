"""Statements of permission: how they are written, and why a wildcard in one is meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import custom_resources as cr

from stacks.constructs.acknowledgement import acknowledge
from stacks.constructs.function import Function
from stacks.constructs.naming import arn
from staygreen.core.config.config import Config
from staygreen.core.naming import ENVIRONMENT_TAG, SENDER_TAG

Statements = tuple[iam.PolicyStatement, ...]


def allow(sid: str, actions: tuple[str, ...], *resources: str) -> iam.PolicyStatement:
    """Return one allow statement."""
    return iam.PolicyStatement(sid=sid, actions=list(actions), resources=list(resources))


def of_sender(statement: iam.PolicyStatement, config: Config) -> None:
    """Narrow a statement to resources with the sender's tag, of no other environment."""
    sender, environment = (f"aws:ResourceTag/{tag}" for tag in (SENDER_TAG, ENVIRONMENT_TAG))
    statement.add_condition("StringEquals", {sender: config.names.sender})
    statement.add_condition("StringEqualsIfExists", {environment: config.names.environment})


def explain(function: Function, reasons: Mapping[str, str]) -> None:
    """Acknowledge the wildcards of a function's role, each with its reason."""
    for resource, reason in reasons.items():
        acknowledge(function.role, f"IAM5[Resource::{resource}]", reason)


def acknowledge_framework(provider: cr.Provider, handlers: Iterable[Function]) -> None:
    """The provider framework is AWS's own code; what it makes is not ours to shape."""
    stack = Stack.of(provider)
    own = [child for child in provider.node.children if isinstance(child, lambda_.Function)]
    for function in (*(handler.function for handler in handlers), *own):
        default = function.node.default_child
        if isinstance(default, lambda_.CfnFunction):
            versions = f"<{stack.get_logical_id(default)}.Arn>:*"
            acknowledge(provider, f"IAM5[Resource::{versions}]", "The framework may call any version of one function.")
    basic = "Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    acknowledge(provider, f"IAM4[{basic}]", "The framework's functions only write their log with it.")


def settings_arn(stack: Stack, parameter: str) -> str:
    """Return the ARN of a settings parameter, whose name begins with a slash."""
    return arn(stack, "ssm", f"parameter{parameter}")


def secret_arn(stack: Stack, secret: str) -> str:
    """Return the ARN of a secret: Secrets Manager ends each with a hyphen and six characters of its own."""
    return arn(stack, "secretsmanager", f"secret:{secret}-??????")
