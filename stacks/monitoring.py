"""What watches: for each enabled check its function, settings, schedule and alarms; and the announcer."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.account_share import share_statements, share_variables
from stacks.constructs.alarm import alarm_at, alarm_on_silence, own_metric, runs_that_ended
from stacks.constructs.function import Deployed, Function
from stacks.constructs.schedule import add_schedule
from stacks.constructs.settings import add_settings
from stacks.constructs.statement import explain, settings_arn
from stacks.parts.announcing import environment
from stacks.parts.dashboard import Dashboard
from stacks.parts.deployments import DeploymentRecorder
from stacks.parts.digest import DigestMaker
from stacks.parts.first_figures import FirstFigures
from stacks.parts.fleet import Fleet
from stacks.parts.slack import SlackCallback
from stacks.permissions import sources as permissions
from stacks.state import StateStack
from staygreen.core.checks import CHECKS
from staygreen.core.checks.check import Check
from staygreen.core.checks.world import NARROWED
from staygreen.core.config.config import Config
from staygreen.core.naming import ANNOUNCEMENTS, ANNOUNCER, FAILED, GIVEN_UP, INCIDENTS, NOT_STORED

_LONGEST_PERIOD = timedelta(days=1)
_SHORTEST_SILENCE = timedelta(hours=1)
ANNOUNCE_TIMEOUT = timedelta(minutes=2)
"""Shorter than an announcement stays claimed (`staygreen.adapters.store.incidents.CLAIM`)."""


class MonitoringStack(Stack):
    """The checks, the announcer, the recorder of deployments, and what takes presses of buttons in Slack."""

    def __init__(self, scope: Construct, id: str, *, config: Config, state: StateStack, **kwargs: Any) -> None:
        super().__init__(scope, id, description="staygreen: checks and the announcer", **kwargs)
        Announcer(self, "Announcer", config=config, state=state)
        DeploymentRecorder(self, "Deployments", config=config, state=state)
        slack = config.notifications.slack
        if slack and slack.signing_secret:
            SlackCallback(self, "SlackCallback", config=config, state=state)
        digest = config.notifications.digest
        if digest:
            DigestMaker(self, "Digest", config=config, digest=digest, state=state)
        if config.notifications.dashboard:
            Dashboard(self, "Dashboard", config=config, state=state)
        monitors = [
            Monitor(self, check.id, config=config, check=check, state=state)
            for check in CHECKS
            if check.enabled(config)
        ]
        if monitors:
            functions = [each.function for each in monitors]
            figures = FirstFigures(self, "FirstFigures", config=config, functions=functions)
            for each in monitors:
                each.silence.node.add_dependency(figures.resource)


class Monitor(Construct):
    """One check: everything follows from its registry entry."""

    def __init__(self, scope: Construct, id: str, *, config: Config, check: Check, state: StateStack) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        parameters = add_settings(
            self,
            config.names.check_parameter(check.id),
            check.settings(config),
            f"What the check {check.id} reads at run time",
        )
        fleet = Fleet(self, "Fleet", config=config, check=check) if check.is_divided(config) else None
        self.function = Function(
            self,
            "Check",
            deployed=Deployed(
                name=config.names.check_function(check.id),
                handler="lambdas.check.handler",
                description=f"staygreen check: {check.title}",
                timeout=check.timeout,
                memory_mb=check.memory_mb,
                environment={
                    **environment(config, state),
                    "STAYGREEN_CHECK": check.id,
                    "STAYGREEN_SETTINGS_PARAMETER": ",".join(parameters),
                    **(share_variables(config) if check.sources & NARROWED else {}),
                    **(fleet.environment if fleet else {}),
                },
                allowed=(
                    *permissions.of_check(
                        stack, config, check, (settings_arn(stack, each) for each in parameters), state
                    ),
                    *(share_statements(stack, config) if check.sources & NARROWED else ()),
                    *(fleet.statements if fleet else ()),
                ),
            ),
            dead_letters=state.dead_letters.queue,
        )
        explain(self.function, permissions.wildcards(stack, config, check))
        if fleet:
            fleet.explain(self.function)
            fleet.complete(self.function, state)
        add_schedule(
            self,
            name=config.names.schedule(check.id),
            what=f"the check {check.id}",
            expression=f"rate({_minutes(check.schedule(config))} minutes)",
            function=self.function,
            dead_letters=state.dead_letters.queue,
        )
        if check.events:
            self._events(config, check, state)
        self.silence = self._alarm_on_silence(config, check, state)

    def _events(self, config: Config, check: Check, state: StateStack) -> None:
        """Run at once when SES tells the default bus of a change; the event's id is the run's."""
        started = {"run_id": events.EventField.event_id, "scheduled_at": events.EventField.time}
        rule = events.Rule(
            self,
            "Events",
            rule_name=config.names.event_rule(check.id),
            description=f"Runs the check {check.id} when SES tells of a change",
            event_pattern=events.EventPattern(source=["aws.ses"], detail_type=list(check.events)),
        )
        target = targets.LambdaFunction(
            self.function.function,
            # by its ARN: the queue's own stack lets all of the sender's rules keep what failed there
            dead_letter_queue=sqs.Queue.from_queue_arn(self, "DeadLetters", state.dead_letters.queue.queue_arn),
            event=events.RuleTargetInput.from_object(started),
            max_event_age=Duration.hours(1),
            retry_attempts=3,
        )
        rule.add_target(target)

    def _alarm_on_silence(self, config: Config, check: Check, state: StateStack) -> cloudwatch.Alarm:
        every = check.schedule(config)
        period = min(every, _LONGEST_PERIOD)
        return alarm_on_silence(
            self.function,
            "has-not-run",
            name=f"{self.function.name}-has-not-run",
            metric=runs_that_ended(self.function.function, Duration.minutes(_minutes(period))),
            # two intervals: the flexible window may leave one of them empty, and a new function needs its time
            periods=ceil(max(2 * every, _SHORTEST_SILENCE) / period),
            description=f"The check {check.id} has not run for two intervals: nothing is watched",
            operations=state.operations,
        )


class Announcer(Construct):
    """Tells the topic what the incident table owes, woken by the table's stream."""

    def __init__(self, scope: Construct, id: str, *, config: Config, state: StateStack) -> None:
        super().__init__(scope, id)
        function = Function(
            self,
            "Announce",
            deployed=Deployed(
                name=config.names.function(ANNOUNCER),
                handler="lambdas.announce.handler",
                description="staygreen: announces what happened to incidents",
                timeout=ANNOUNCE_TIMEOUT,
                memory_mb=256,
                environment=environment(config, state),
                allowed=permissions.of_announcer(Stack.of(self), config, state),
            ),
        )
        to_announce = lambda_.FilterCriteria.filter(
            {
                "eventName": lambda_.FilterRule.is_equal("INSERT"),
                "dynamodb": {"NewImage": {"outbox_pk": {"S": lambda_.FilterRule.exists()}}},
            }
        )
        function.function.add_event_source(
            sources.DynamoEventSource(
                state.table,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=10,
                filters=[to_announce],
                retry_attempts=5,
                bisect_batch_on_error=True,
                report_batch_item_failures=True,
                on_failure=sources.SqsDlq(state.dead_letters.queue),
            )
        )
        explain(
            function,
            {
                "*": "Listing streams has no resource-level permissions.",
                **permissions.slack_wildcards(Stack.of(self), config),
            },
        )
        for service, metric, meaning in (
            (INCIDENTS, NOT_STORED, "A change of an incident could not be stored; its check's log says which and why"),
            (ANNOUNCEMENTS, FAILED, "A channel did not take an announcement, which is tried again; the log says why"),
            (
                ANNOUNCEMENTS,
                GIVEN_UP,
                "An announcement was given up: `staygreen redrive` tries again; the log says why",
            ),
        ):
            alarm_at(
                self,
                metric,
                metric=own_metric(config, metric, service=service, period=Duration.hours(1)),
                description=meaning,
                operations=state.operations,
            )


def _minutes(interval: timedelta) -> int:
    return int(interval.total_seconds() // 60)
