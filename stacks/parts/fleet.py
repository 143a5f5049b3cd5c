"""What a check is divided with: a bucket, a function for each shard, and the state machine that goes through them.

The check's own function begins and ends a run; shards ask DNS and nothing else. Deployed only where the
configuration asks for it: at rest it costs an alarm, and a small sender has no use for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.acknowledgement import acknowledge
from stacks.constructs.function import Deployed, Function
from stacks.constructs.machine import alarm_on_failure, machine_role, state_machine
from stacks.constructs.naming import arn
from stacks.constructs.schedule import FLEXIBLE_MINUTES
from stacks.constructs.statement import allow, explain, secret_arn
from stacks.constructs.stores import kept_bucket, objects
from stacks.state import StateStack
from staygreen.core.blocklist.shard import AT_ONCE
from staygreen.core.checks.check import Check
from staygreen.core.config.config import Config
from staygreen.core.naming import READINGS_PREFIX, SHARDS_PREFIX

KEPT_DAYS = 7
TOLERATED_PERCENT = 20
"""Shards of which this many fail are told by the run itself, as lost coverage; more also fail the execution."""


class Fleet(Construct):
    """The parts that stand before the check's function: the bucket and the function for shards."""

    def __init__(self, scope: Construct, id: str, *, config: Config, check: Check) -> None:
        super().__init__(scope, id)
        self._config, self._check, self._stack = config, check, Stack.of(self)
        self._title = config.names.state_machine(f"sweep-{check.id}")
        self._machine_arn = arn(self._stack, "states", f"stateMachine:{self._title}")
        self.bucket = self._bucket()
        self._shard = self._function()

    @property
    def environment(self) -> Mapping[str, str]:
        """What the check's function is told."""
        return {
            "STAYGREEN_SHARD_BUCKET": self.bucket.bucket_name,
            "STAYGREEN_SWEEP_MACHINE_ARN": self._machine_arn,
        }

    @property
    def statements(self) -> tuple[iam.PolicyStatement, ...]:
        """What the check's function may do beside its own work."""
        return (
            allow("PlanShards", ("s3:PutObject",), self.bucket.arn_for_objects(f"{SHARDS_PREFIX}*")),
            allow("ReadShards", ("s3:GetObject",), self.bucket.arn_for_objects("*")),
            # without it a missing object is called forbidden
            allow("FindShards", ("s3:ListBucket",), self.bucket.bucket_arn),
            allow("StartSweep", ("states:StartExecution",), self._machine_arn),
        )

    def explain(self, function: Function) -> None:
        """Give the reasons of the wildcards in `statements`."""
        self._explain(function, f"{SHARDS_PREFIX}*", "*")

    def complete(self, function: Function, state: StateStack) -> None:
        """Add the state machine, which calls the check's function at the end, and its alarm."""
        role = machine_role(self, f"What the division of the check {self._check.id} may do")
        shard, check = self._shard.function.function_arn, function.function.function_arn
        executions = arn(self._stack, "states", f"execution:{self._title}:*")
        role.add_to_policy(allow("TakeSteps", ("lambda:InvokeFunction",), shard, check))
        role.add_to_policy(allow("ReadIndex", ("s3:GetObject",), self.bucket.arn_for_objects(f"{SHARDS_PREFIX}*")))
        role.add_to_policy(allow("RunShards", ("states:StartExecution",), self._machine_arn))
        role.add_to_policy(allow("WatchShards", ("states:DescribeExecution", "states:StopExecution"), executions))
        acknowledge(role, f"IAM5[Resource::{executions}]", "Executions of shards are named by AWS.")
        acknowledge(role, f"IAM5[Resource::{objects(self.bucket, f'{SHARDS_PREFIX}*')}]", _NAMED)
        # a run never meets the next one
        seconds = int((self._check.schedule(self._config) - timedelta(minutes=FLEXIBLE_MINUTES)).total_seconds())
        machine = state_machine(self, self._title, role, definition(shard, check, seconds))
        alarm_on_failure(
            self,
            machine,
            title=self._title,
            description=f"Many shards of the check {self._check.id} failed, or its run did not come to an end",
            operations=state.operations,
            may_time_out=True,
        )

    def _bucket(self) -> s3.Bucket:
        sender = self._config.sender
        return kept_bucket(
            self,
            "Shards",
            bucket_name=self._config.names.bucket("shards", sender.account, sender.region),
            days=KEPT_DAYS,
            unlogged="Addresses and what blocklists say of them, for some days; two functions write it.",
        )

    def _function(self) -> Function:
        secrets = [secret_arn(self._stack, secret) for secret in self._check.secrets(self._config)]
        function = Function(
            self,
            "Shard",
            deployed=Deployed(
                name=self._config.names.function(f"shard-{self._check.id}"),
                handler="lambdas.shard.handler",
                description=f"staygreen check: {self._check.title}, one shard of the subjects",
                timeout=self._check.timeout,
                memory_mb=self._check.memory_mb,
                environment={
                    "STAYGREEN_CHECK": self._check.id,
                    "STAYGREEN_SENDER": self._config.sender.name,
                    "STAYGREEN_ENVIRONMENT": self._config.sender.environment.value,
                    "STAYGREEN_SHARD_BUCKET": self.bucket.bucket_name,
                },
                allowed=(
                    allow("ReadShards", ("s3:GetObject",), self.bucket.arn_for_objects(f"{SHARDS_PREFIX}*")),
                    allow("KeepReadings", ("s3:PutObject",), self.bucket.arn_for_objects(f"{READINGS_PREFIX}*")),
                    *([allow("ReadSecrets", ("secretsmanager:GetSecretValue",), *secrets)] if secrets else []),
                ),
            ),
        )
        self._explain(function, f"{SHARDS_PREFIX}*", f"{READINGS_PREFIX}*")
        explain(function, dict.fromkeys(secrets, "The suffix is chosen by AWS."))
        return function

    def _explain(self, function: Function, *patterns: str) -> None:
        explain(function, {objects(self.bucket, pattern): _NAMED for pattern in patterns})


_NAMED = "Objects are named by the run."


def definition(shard: str, check: str, seconds: int) -> Mapping[str, Any]:
    """The state machine in Amazon States Language.

    Whatever becomes of the shards, the run is concluded, so that those that failed are told. The failures that
    are not tolerated end the execution as failed, after that.
    """
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 2}]
    conclude = {"run_id.$": "$.run_id", "do": "conclude"}
    step = {"Type": "Task", "Resource": check, "Parameters": conclude, "Retry": retry}
    return {
        "Comment": "look up every shard, then conclude with one report",
        "StartAt": "Sweep",
        "TimeoutSeconds": seconds,
        "States": {
            "Sweep": {
                "Type": "Map",
                "Label": "Shards",
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "JSON"},
                    "Parameters": {"Bucket.$": "$.bucket", "Key.$": "$.index"},
                },
                "ItemSelector": {"run_id.$": "$.run_id", "shard.$": "$$.Map.Item.Value.shard"},
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "LookUp",
                    "States": {
                        "LookUp": {
                            "Type": "Task",
                            "Resource": shard,
                            "Parameters": {
                                "run_id.$": "$.run_id",
                                "shard.$": "$.shard",
                                "attempt.$": "$$.State.RetryCount",
                            },
                            "Retry": retry,
                            "End": True,
                        }
                    },
                },
                "MaxConcurrency": AT_ONCE,
                "ToleratedFailurePercentage": TOLERATED_PERCENT,
                # what shards return is a few bytes each: the state's output may have 256 KiB
                "ResultPath": "$.looked_up",
                "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "ConcludeAllTheSame"}],
                "Next": "Conclude",
            },
            "Conclude": {**step, "End": True},
            "ConcludeAllTheSame": {**step, "Next": "Failed"},
            "Failed": {
                "Type": "Fail",
                "Error": "ShardsFailed",
                "Cause": "too many shards failed; the map run has each",
            },
        },
    }
