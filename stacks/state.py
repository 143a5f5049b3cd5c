"""What must survive everything else: the incident table, the topics, their key."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.constructs.account_share import add_account_share
from stacks.constructs.dead_letters import DeadLetters
from stacks.constructs.key import KEY_USE, customer_key
from stacks.constructs.naming import arn, camel
from stacks.constructs.stores import kept_table
from staygreen.core.config.config import Config
from staygreen.core.config.tables.notifications import Topic, TopicKey
from staygreen.core.naming import DEAD_LETTERS, FAILED_FOR_GOOD, INCIDENTS

OUTBOX_INDEX = "outbox"
CHAT_TOPIC = "chat"


class StateStack(Stack):
    """The incident table, and the topics `alerts`, `operations` and `chat`."""

    def __init__(self, scope: Construct, id: str, *, config: Config, **kwargs: Any) -> None:
        super().__init__(scope, id, description="staygreen: incidents and who hears of them", **kwargs)
        self._config = config
        self.table = self._incident_table()
        encrypts = config.notifications.encryption is TopicKey.CUSTOMER
        self.key = self._key() if encrypts or config.mailbox else None
        self.topic_key = self.key if encrypts else None
        self.alerts = self._topic(Topic.ALERTS.value)
        self.operations = self._topic(Topic.OPERATIONS.value)
        self.chat = self._topic(CHAT_TOPIC) if config.notifications.chat else None
        self._let_alarms_publish()
        self.dead_letters = self._dead_letters()
        add_account_share(self, config)
        self._outputs()

    def _incident_table(self) -> dynamodb.Table:
        string = dynamodb.AttributeType.STRING
        table = kept_table(
            self,
            "Incidents",
            table_name=self._config.names.table(INCIDENTS),
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
        )
        table.add_global_secondary_index(
            index_name=OUTBOX_INDEX,
            partition_key=dynamodb.Attribute(name="outbox_pk", type=string),
            sort_key=dynamodb.Attribute(name="outbox_at", type=string),
        )
        return table

    def _topic_arn(self, topic: str) -> str:
        return arn(self, "sns", self._config.names.topic(topic))

    def _key(self) -> kms.IKey:
        """One key for topics and for received mail: each use through one service alone, and for no other topic."""
        if existing := self._config.notifications.key_arn:
            return kms.Key.from_key_arn(self, "Key", existing)
        encryption = self._config.notifications.encryption
        uses = [
            *(self._topics_use() if encryption is TopicKey.CUSTOMER else ()),
            *(self._mail_use() if self._config.mailbox else ()),
        ]
        return customer_key(self, name=self._config.names.key("messages"), encrypts="alerts and mail", uses=uses)

    def _topics_use(self) -> tuple[iam.PolicyStatement, ...]:
        published = [Topic.ALERTS.value, *([CHAT_TOPIC] if self._config.notifications.chat else [])]
        topics = [self._topic_arn(topic) for topic in published]
        through_sns = {
            "kms:ViaService": f"sns.{self.region}.amazonaws.com",
            "kms:EncryptionContext:aws:sns:topicArn": topics[0] if len(topics) == 1 else topics,
        }
        by_alarms = {"aws:SourceAccount": self.account}
        return (
            _use("PublishAlerts", iam.AccountRootPrincipal(), through_sns),
            _use("PublishAlarms", iam.ServicePrincipal("cloudwatch.amazonaws.com"), by_alarms),
        )

    def _mail_use(self) -> tuple[iam.PolicyStatement, ...]:
        """SES stores and tells of mail; one function reads it, through S3."""
        through_s3 = {"kms:ViaService": f"s3.{self.region}.amazonaws.com"}
        by_ses = {"aws:SourceAccount": self.account}
        return (
            _use("ReadMail", iam.AccountRootPrincipal(), through_s3),
            _use("ReceiveMail", iam.ServicePrincipal("ses.amazonaws.com"), by_ses),
        )

    def _topic(self, topic: str) -> sns.Topic:
        return sns.Topic(
            self,
            topic.capitalize(),
            topic_name=self._config.names.topic(topic),
            display_name=f"staygreen {topic}",
            master_key=self.topic_key,
            enforce_ssl=True,
        )

    def _let_alarms_publish(self) -> None:
        self.operations.add_to_resource_policy(
            iam.PolicyStatement(
                sid="PublishAlarms",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.operations.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )

    def _dead_letters(self) -> DeadLetters:
        """One queue for what failed for good, whoever it was for."""
        kept = DeadLetters(self, "DeadLetters", queue_name=self._config.names.dead_letters)
        topics = (self.alerts.topic_arn, self.operations.topic_arn)
        # the rules stand in other stacks, which need this one: by their names
        rules = (arn(self, "events", f"rule/{self._config.names.event_rule('*')}"),)
        for sid, service, sources in (("KeepUndelivered", "sns", topics), ("KeepEvents", "events", rules)):
            kept.queue.add_to_resource_policy(
                iam.PolicyStatement(
                    sid=sid,
                    principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")],
                    actions=["sqs:SendMessage"],
                    resources=[kept.queue.queue_arn],
                    conditions={"ArnLike": {"aws:SourceArn": list(sources)}},
                )
            )
        alarm = self._config.names.alarm
        kept.alarm(
            self.operations,
            "What failed for good waits in the queue; its record says what and why",
            alarm(DEAD_LETTERS),
        )
        kept.alarm_on_each(self.operations, "Something failed for good just now; see the queue", alarm(FAILED_FOR_GOOD))
        return kept

    def _outputs(self) -> None:
        CfnOutput(self, "IncidentTable", value=self.table.table_name)
        CfnOutput(self, "AlertsTopic", value=self.alerts.topic_arn)
        CfnOutput(self, "OperationsTopic", value=self.operations.topic_arn)
        for family, secret in sorted(self._config.monitors.blocklist.keys.items()):
            self._secret_output(family, secret, "Put the key into this Secrets Manager secret")
        for what, (secret, description) in self._slack_secrets().items():
            self._secret_output(what, secret, description)

    def _secret_output(self, what: str, secret: str, description: str) -> None:
        CfnOutput(self, f"Secret{camel(what)}", value=secret, description=description)

    def _slack_secrets(self) -> dict[str, tuple[str, str]]:
        slack = self._config.notifications.slack
        if slack is None:
            return {}
        wanted = {
            "slack-token": (slack.token_secret, "Put the Slack app's bot token into this secret"),
            "slack-webhook": (slack.webhook_secret, "Put the incoming webhook's URL into this secret"),
            "slack-signing": (slack.signing_secret, "Put the Slack app's signing secret into this secret"),
        }
        return {what: each for what, each in wanted.items() if each[0]}


def _use(sid: str, principal: iam.PrincipalBase, condition: dict[str, Any]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        principals=[principal],
        actions=list(KEY_USE),
        resources=["*"],
        conditions={"StringEquals": condition},
    )
