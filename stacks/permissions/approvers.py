"""What a person needs who decides about repairs with `staygreen approvals`, and nothing beside."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from stacks.constructs.naming import arn
from stacks.constructs.statement import Statements, allow, settings_arn
from staygreen.core.config.config import Config
from staygreen.core.naming import APPROVALS, INCIDENTS


def deciding_person(stack: Stack, config: Config) -> Statements:
    """The statements of the managed policy for approvers.

    Function URLs made since October 2025 need both rights to invoke (AWS Lambda Developer Guide, "Control access to
    Lambda function URLs", read 2026-12-01). The second one holds through a URL alone: whoever invoked the function
    directly would write the event, and with it the name of another approver.
    """
    function = arn(stack, "lambda", f"function:{config.names.function(APPROVALS)}")
    table = arn(stack, "dynamodb", f"table/{config.names.table(INCIDENTS)}")
    return (
        allow("FindUrl", ("lambda:GetFunctionUrlConfig",), function),
        _only(
            allow("CallUrl", ("lambda:InvokeFunctionUrl",), function), "StringEquals", "FunctionUrlAuthType", "AWS_IAM"
        ),
        _only(allow("InvokeThroughUrl", ("lambda:InvokeFunction",), function), "Bool", "InvokedViaFunctionUrl", "true"),
        allow("ReadPlans", ("dynamodb:GetItem", "dynamodb:Query"), table),
        allow("Stop", ("ssm:PutParameter",), settings_arn(stack, config.names.kill_switch)),
    )


def _only(statement: iam.PolicyStatement, operator: str, key: str, value: str) -> iam.PolicyStatement:
    statement.add_condition(operator, {f"lambda:{key}": value})
    return statement
