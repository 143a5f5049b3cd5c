"""Where messages end that nothing could take, and the alarm that says so."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.acknowledgement import acknowledge
from stacks.constructs.alarm import alarm_at


class DeadLetters(Construct):
    """A dead-letter queue that is watched."""

    def __init__(self, scope: Construct, id: str, *, queue_name: str) -> None:
        super().__init__(scope, id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=queue_name,
            retention_period=Duration.days(14),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
        )
        acknowledge(self.queue, "SQS3", "It is itself the dead-letter queue, and an alarm watches it.")

    def alarm(self, operations: sns.ITopic, description: str) -> None:
        """Tell operations as soon as a message is in the queue."""
        waiting = self.queue.metric_approximate_number_of_messages_visible(
            period=Duration.minutes(5), statistic="Maximum"
        )
        alarm_at(self, "Alarm", metric=waiting, description=description, operations=operations)
