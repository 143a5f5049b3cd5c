"""Where ends what nothing could take, and the alarms that say so.

One queue takes what failed of every function, schedule, event rule and subscription, since what is in it says where it
comes from: Lambda's record names the function, its input and its error. What waits in a queue of its own before it
is read keeps a dead-letter queue of its own too: SQS moves messages back to where they came from only when all of
them came from queues (SQS Developer Guide, "dead-letter queue redrive", recalled, not verified).
"""

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

    def alarm(self, operations: sns.ITopic, description: str, name: str | None = None) -> None:
        """Tell operations as soon as a message is in the queue, and when it is empty again."""
        waiting = self.queue.metric_approximate_number_of_messages_visible(
            period=Duration.minutes(5), statistic="Maximum"
        )
        alarm_at(self, "Alarm", name=name, metric=waiting, description=description, operations=operations)

    def alarm_on_each(self, operations: sns.ITopic, description: str, name: str) -> None:
        """Tell operations of each message anew, also while an older one lies in the queue.

        SQS counts what is sent to it, and not what it moves between queues itself.
        """
        sent = self.queue.metric_number_of_messages_sent(period=Duration.minutes(5), statistic="Sum")
        alarm_at(self, "Arrived", name=name, metric=sent, description=description, operations=operations)
