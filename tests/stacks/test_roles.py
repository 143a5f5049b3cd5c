"""Roles that are no function's of ours: who may take each, and exactly what it allows.

Roles of our functions are tried statement by statement in deployments (tests/system/test_permissions.py and others);
here nothing else is found in them.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from staygreen.core.checks import CHECKS
from tests.assemblies import EXAMPLES
from tests.system import test_fleet, test_permissions
from tests.system.repairs import test_repair_permissions
from tests.system.roles import LOG, name_of

ACCOUNT = "000000000000"
GITHUB = "token.actions.githubusercontent.com"
OUR_STACKS = {f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/{{prefix}}-*/*"}
ASSUME = {"Service": "sts:AssumeRole", "Federated": "sts:AssumeRoleWithWebIdentity"}
LOG_ALONE = ("arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",)
SWEEP = "{prefix}-sweep-blocklist"
DEAD_LETTERS = {"DeadLettersQueue.Arn"}
BEGIN, COMPLETE = "ReverseDnsBeginFunction.Arn", "ReverseDnsCompleteFunction.Arn"
IS_COMPLETE, ON_TIMEOUT = "ReverseDnsProviderframeworkisComplete.Arn", "ReverseDnsProviderframeworkonTimeout.Arn"


def any_version(*functions: str) -> set[str]:
    return {*functions, *(f"{function}:*" for function in functions)}


CALL_HANDLERS = {"lambda:InvokeFunction": any_version(BEGIN, COMPLETE), "lambda:GetFunction": {BEGIN, COMPLETE}}
BY_SCHEDULER = {
    "aws:SourceAccount": ACCOUNT,
    "aws:SourceArn": f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule-group/default",
}
MACHINE_LOGS = (
    *(f"logs:{verb}LogDelivery" for verb in ("Create", "Delete", "Get", "Update")),
    *("logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "logs:ListLogDeliveries", "logs:PutResourcePolicy"),
    *("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"),
)
"""What the CDK gives a state machine that logs and is traced: none has resource-level permissions."""
EXPECTED: dict[str, tuple[str, dict[str, Any], tuple[str, ...], dict[str, set[str]]]] = {
    "DigestScheduleRole": (
        "scheduler.amazonaws.com",
        BY_SCHEDULER,
        (),
        {"lambda:InvokeFunction": {"DigestMakeFunction.Arn"}, "sqs:SendMessage": DEAD_LETTERS},
    ),
    "DaysScheduleRole": (
        "scheduler.amazonaws.com",
        BY_SCHEDULER,
        (),
        {"lambda:InvokeFunction": {"DaysMakeFunction.Arn"}, "sqs:SendMessage": DEAD_LETTERS},
    ),
    r"(?P<check>\w+)ScheduleRole": (
        "scheduler.amazonaws.com",
        BY_SCHEDULER,
        (),
        {"lambda:InvokeFunction": {"{check}CheckFunction.Arn"}, "sqs:SendMessage": DEAD_LETTERS},
    ),
    # the CDK's provider framework: what it makes is not ours to shape, and this is all it gets
    "ReverseDnsProviderframeworkonEventServiceRole": (
        "lambda.amazonaws.com",
        {},
        LOG_ALONE,
        {**CALL_HANDLERS, "states:StartExecution": {"ReverseDnsProviderwaiterstatemachine"}},
    ),
    "ProviderframeworkonEventServiceRole": (
        "lambda.amazonaws.com",
        {},
        LOG_ALONE,
        {"lambda:InvokeFunction": any_version("PutRulesFunction.Arn"), "lambda:GetFunction": {"PutRulesFunction.Arn"}},
    ),
    "FirstFiguresProviderframeworkonEventServiceRole": (
        "lambda.amazonaws.com",
        {},
        LOG_ALONE,
        {
            "lambda:InvokeFunction": any_version("FirstFiguresAskFunction.Arn"),
            "lambda:GetFunction": {"FirstFiguresAskFunction.Arn"},
        },
    ),
    "ReverseDnsProviderframeworkisCompleteServiceRole": ("lambda.amazonaws.com", {}, LOG_ALONE, CALL_HANDLERS),
    "ReverseDnsProviderframeworkonTimeoutServiceRole": ("lambda.amazonaws.com", {}, LOG_ALONE, CALL_HANDLERS),
    "ReverseDnsProviderwaiterstatemachineRole": (
        "states.amazonaws.com",
        {},
        (),
        {"lambda:InvokeFunction": any_version(IS_COMPLETE, ON_TIMEOUT)},
    ),
    "Review": (
        "Provider.Arn",
        {
            f"{GITHUB}:aud": "sts.amazonaws.com",
            f"{GITHUB}:sub": ["repo:example/mail:pull_request", "repo:example@123456/mail@456789:pull_request"],
            f"{GITHUB}:repository_id": "456789",
            f"{GITHUB}:job_workflow_ref": "example/mail/.github/workflows/deployed.yml@refs/heads/main",
        },
        (),
        {"cloudformation:DescribeStacks": OUR_STACKS, "cloudformation:GetTemplate": OUR_STACKS},
    ),
    "SweepRole": (
        "scheduler.amazonaws.com",
        {"aws:SourceAccount": ACCOUNT},
        (),
        {"states:StartExecution": {"Machine"}, "sqs:SendMessage": DEAD_LETTERS},
    ),
    "MachineRole": (
        "states.amazonaws.com",
        {"aws:SourceAccount": ACCOUNT},
        (),
        {
            "lambda:InvokeFunction": {"ActFunction.Arn", "PlanFunction.Arn"},
            "states:StartExecution": {f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:{{prefix}}-repair"},
            **{action: {"*"} for action in MACHINE_LOGS},
        },
    ),
    "blocklistFleetMachineRole": (
        "states.amazonaws.com",
        {"aws:SourceAccount": ACCOUNT},
        (),
        {
            "lambda:InvokeFunction": {"blocklistCheckFunction.Arn", "blocklistFleetShardFunction.Arn"},
            "s3:GetObject": {"blocklistFleetShards.Arn/shards/*"},
            "states:StartExecution": {f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:{SWEEP}"},
            **{
                action: {f"arn:aws:states:us-east-1:{ACCOUNT}:execution:{SWEEP}:*"}
                for action in ("states:DescribeExecution", "states:StopExecution")
            },
            **{action: {"*"} for action in MACHINE_LOGS},
        },
    ),
    "Role": ("chatbot.amazonaws.com", {"aws:SourceAccount": ACCOUNT}, (), {}),
}
"""Logical id without its hash -> who takes it, on which condition; managed policies; actions and their resources.

`{prefix}` stands for how the deployment's names begin.
"""


def text(value: Any) -> str:
    """A reference as text: `Logical.Attribute`, or `<AWS::Partition>`; hashes of logical ids left out."""
    match value:
        case str():
            return value
        case {"Ref": str(name)}:
            return f"<{name}>" if name.startswith("AWS::") else plain(name)
        case {"Fn::GetAtt": [name, attribute]}:
            return f"{plain(name)}.{attribute}"
        case {"Fn::GetStackOutput": {"OutputName": str(name)}}:
            return re.sub(r"^PublishOutputFnGetAtt(\w+?)[0-9A-F]{8}(\w+?)[0-9A-F]{8}$", r"\1.\2", name)
        case {"Fn::Join": ["", parts]}:
            return "".join(map(text, parts))
    raise AssertionError(value)


def plain(logical_id: str) -> str:
    return re.sub(r"[0-9A-F]{8}$", "", logical_id)


def several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allowed(policies: list[dict[str, Any]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for policy in policies:
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert set(statement) - {"Sid"} == {"Effect", "Action", "Resource"}
            assert statement["Effect"] == "Allow"
            for action in several(statement["Action"]):
                found.setdefault(action, set()).update(map(text, several(statement["Resource"])))
    return found


def others(resources: dict[str, Any]) -> dict[str, Any]:
    """The roles that none of our own functions has."""
    own = {
        text(function["Properties"]["Role"])
        for function in resources.values()
        if function["Type"] == "AWS::Lambda::Function" and function["Properties"]["Handler"].startswith("lambdas.")
    }
    roles = {key: each for key, each in resources.items() if each["Type"] == "AWS::IAM::Role"}
    return {key: role for key, role in roles.items() if f"{plain(key)}.Arn" not in own}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_role_that_is_no_functions_of_ours_allows_exactly_this(example, name):
    assembly = example(name)
    seen = 0
    for part in assembly.templates:
        resources = assembly.resources(part)
        policies = [each for each in resources.values() if each["Type"] == "AWS::IAM::Policy"]
        for key, role in others(resources).items():
            pattern, match = next(
                ((each, found) for each in EXPECTED if (found := re.fullmatch(each, plain(key)))), (None, None)
            )
            assert pattern and match, f"{part}: {key} is not in the table"
            taker, conditions, managed, actions = EXPECTED[pattern]
            (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
            ((kind, who),) = trust["Principal"].items()
            assert (trust["Action"], trust["Effect"], text(who)) == (ASSUME[kind], "Allow", taker)
            assert trust.get("Condition", {}) == ({"StringEquals": conditions} if conditions else {})
            assert tuple(map(text, role["Properties"].get("ManagedPolicyArns", []))) == managed
            assert "Policies" not in role["Properties"]
            of_role = [each for each in policies if {"Ref": key} in each["Properties"]["Roles"]]
            wanted = {
                action: {each.format(**match.groupdict(), prefix=assembly.names.prefix) for each in places}
                for action, places in actions.items()
            }
            assert allowed(of_role) == wanted, key
            seen += 1
    assert seen


TRIED = {
    *test_permissions.NEEDED,
    *test_permissions.UNSEEN,
    *test_permissions.SHARED,
    *((function, statement) for function, statement, _ in test_repair_permissions.NEEDED),
    *((f"check-{check.id}", test_repair_permissions.STARTS) for check in CHECKS),
    *((function.removeprefix(test_fleet.PREFIX), statement) for function, statement in test_fleet.NEEDED),
    (test_fleet.CHECK.removeprefix(test_fleet.PREFIX), test_fleet.LISTS),
}
"""Function and statement that a named test of a deployment takes away, or holds to exactly what it allows."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_is_allowed_to_a_function_that_no_deployment_tries(example, name):
    assembly = example(name)
    found = set()
    for part in assembly.templates:
        policies = assembly.resources(part, "AWS::IAM::Policy").values()
        for function in assembly.resources(part, "AWS::Lambda::Function").values():
            if not function["Properties"]["Handler"].startswith("lambdas."):
                continue
            role = {"Ref": function["Properties"]["Role"]["Fn::GetAtt"][0]}
            owner = function["Properties"]["FunctionName"].removeprefix(f"{assembly.names.prefix}-")
            found |= {
                (owner, name_of(statement))
                for policy in policies
                if role in policy["Properties"]["Roles"]
                for statement in policy["Properties"]["PolicyDocument"]["Statement"]
                if statement["Effect"] == "Allow"
            }
    assert found
    assert {each for each in found if each[1] != LOG} <= TRIED
