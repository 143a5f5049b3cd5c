"""Who hears of the topics `alerts` and `operations`.

A stack of its own: a subscriber can be refused for a reason that lies outside, such as a function that is not there,
and takes nothing else with it.
"""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.state import StateStack
from staygreen.core.config.config import Config
from staygreen.core.config.tables.notifications import Subscription, SubscriptionProtocol, Topic


class SubscriptionsStack(Stack):
    """One subscription for each of the configuration."""

    def __init__(self, scope: Construct, id: str, *, config: Config, state: StateStack, **kwargs: Any) -> None:
        super().__init__(scope, id, description="staygreen: who hears of alerts", **kwargs)
        self._state = state
        for number, subscription in enumerate(config.notifications.subscriptions, start=1):
            self._subscribe(number, subscription)

    def _subscribe(self, number: int, subscription: Subscription) -> None:
        topic = self._state.alerts if subscription.topic is Topic.ALERTS else self._state.operations
        scope = Construct(self, f"Subscription{number}")
        filters = {"severity": list(subscription.severities), "check": list(subscription.checks)}
        sns.CfnSubscription(
            scope,
            "Subscription",
            topic_arn=topic.topic_arn,
            protocol=subscription.protocol.value,
            endpoint=subscription.endpoint,
            filter_policy={key: values for key, values in filters.items() if values} or None,
            redrive_policy={"deadLetterTargetArn": self._state.dead_letters.queue.queue_arn},
        )
        if subscription.protocol is SubscriptionProtocol.LAMBDA:
            lambda_.CfnPermission(
                scope,
                "Permission",
                action="lambda:InvokeFunction",
                function_name=subscription.endpoint,
                principal="sns.amazonaws.com",
                source_arn=topic.topic_arn,
            )
