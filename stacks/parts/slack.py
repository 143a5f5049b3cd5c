"""The function URL behind the buttons in Slack."""

from __future__ import annotations

from datetime import timedelta

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.function import Deployed, Function
from stacks.constructs.statement import explain
from stacks.parts.announcing import environment
from stacks.permissions import sources
from stacks.state import StateStack
from staygreen.core.config.config import Config


class SlackCallback(Construct):
    """What takes the presses of buttons: open to the internet, and deaf to all that Slack did not sign.

    It has no concurrency of its own. What is reserved for one function is taken from all others, and an account keeps
    at least ten executions that are not reserved, which is all that a new account has: a deployment there would fail
    (AWS Lambda Developer Guide, "Configuring reserved concurrency", recalled, not verified). Whoever floods the URL can
    make checks wait for their retries, and the alarms on failure and silence tell of that.
    """

    def __init__(self, scope: Construct, id: str, *, config: Config, state: StateStack) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        self.function = Function(
            self,
            "Callback",
            deployed=Deployed(
                name=config.names.function("slack-callback"),
                handler="lambdas.slack_callback.handler",
                description="staygreen: takes the presses of buttons in Slack",
                timeout=timedelta(seconds=30),
                # its processor grows with its memory, and Slack waits three seconds
                memory_mb=512,
                environment=environment(config, state),
                allowed=sources.of_slack_callback(stack, config, state),
            ),
        )
        explain(self.function, sources.slack_wildcards(stack, config))
        url = self.function.function.add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE)
        failed = "A press of a button in Slack was not taken; the callback's log says why"
        self.function.alarm_on_failure(state.operations, failed)
        CfnOutput(
            stack,
            "SlackCallbackUrl",
            value=url.url,
            description="Slack app, Interactivity & Shortcuts: put this into Request URL",
        )
