"""Where complaint reports and mail for people come in: SES receives, S3 keeps, a queue wakes what reads."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from aws_cdk import CfnOutput, CustomResource, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import custom_resources as cr
from constructs import Construct

from stacks.constructs.function import Deployed, Function
from stacks.constructs.inbound import alarm_on_unreadable, from_ses, received_topic, waiting_queue
from stacks.constructs.key import KEY_USE
from stacks.constructs.statement import acknowledge_framework, allow, explain
from stacks.constructs.stores import kept_bucket, objects
from stacks.domain import add_record
from stacks.reports import ReportsStack
from stacks.state import StateStack
from staygreen.core.config.config import Config
from staygreen.core.config.tables.mailbox import Mailbox
from staygreen.core.declared.receiving import ReceiptRule, receipt_rules
from staygreen.core.declared.zone import mailbox_records
from staygreen.core.naming import FAILURE_PREFIX, PEOPLE_PREFIX, REPORTS_PREFIX, UNREADABLE_PREFIX
from staygreen.core.provisioning.receipt_rules import SETUP_OBJECTS

READING = timedelta(minutes=1)
FAILURES_KEPT_DAYS = 7
"""How long mails with failure reports are kept: the messages in them are of persons."""


class MailboxStack(Stack):
    """The mailbox of one sender: MX records, receipt rules, bucket, topic, queue and function."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: Config,
        state: StateStack,
        reports: ReportsStack | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id, description="staygreen: where complaint reports come in", **kwargs)
        self._config, self._mailbox, self._reports = config, _mailbox(config), reports
        self._received = receipt_rules(config)
        if state.key is None:
            raise ValueError("the state stack made no key for received mail")
        self.key = state.key
        self.bucket = self._bucket()
        self.topic = received_topic(self, config, part="mail-received", title="staygreen: mail received", key=self.key)
        queue, self._dead_letters = waiting_queue(self, config, part="mailbox", work=READING)
        self.topic.add_subscription(subscriptions.SqsSubscription(queue))
        function = self._reader(state)
        function.function.add_event_source(
            sources.SqsEventSource(queue, batch_size=5, report_batch_item_failures=True, max_concurrency=2)
        )
        self._alarms(state)
        rules = self._rules()
        for record in mailbox_records(config):
            add_record(self, record)
        CfnOutput(self, "MailBucket", value=self.bucket.bucket_name)
        CfnOutput(
            self,
            "JmrpAddress",
            value=self._mailbox.jmrp_address,
            description="Give this address to Microsoft's JMRP and to other feedback loops",
        )
        rules.node.add_dependency(self.bucket.policy or self.bucket, self.topic, function)

    def _bucket(self) -> s3.Bucket:
        bucket = kept_bucket(
            self,
            "Mail",
            bucket_name=self._config.names.bucket("mail", self.account, self.region),
            days=self._mailbox.retention.days,
            unlogged="Written by SES and one function, whose log names each message.",
            key=self.key,
            sooner={FAILURE_PREFIX: FAILURES_KEPT_DAYS} if self._reports else None,
        )
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="ReceiveMail",
                principals=[iam.ServicePrincipal("ses.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[bucket.arn_for_objects(f"{prefix}*") for prefix in self._prefixes()],
                conditions=from_ses(self, self._config),
            )
        )
        return bucket

    def _prefixes(self) -> list[str]:
        """Prefixes that SES stores under; whether there are contacts or not, a policy allows theirs."""
        return list(dict.fromkeys((REPORTS_PREFIX, PEOPLE_PREFIX, *(rule.prefix for rule in self._received))))

    def _reader(self, state: StateStack) -> Function:
        stored = [self.bucket.arn_for_objects(f"{prefix}*") for prefix in (REPORTS_PREFIX, PEOPLE_PREFIX)]
        aside = self.bucket.arn_for_objects(f"{UNREADABLE_PREFIX}*")
        function = Function(
            self,
            "Read",
            deployed=Deployed(
                name=self._config.names.function("mailbox"),
                handler="lambdas.mailbox.handler",
                description="staygreen: reads complaint reports",
                timeout=READING,
                memory_mb=512,
                environment={
                    "STAYGREEN_SENDER": self._config.sender.name,
                    "STAYGREEN_ENVIRONMENT": self._config.sender.environment.value,
                    "STAYGREEN_TABLE": state.table.table_name,
                    "STAYGREEN_MAIL_BUCKET": self.bucket.bucket_name,
                    "STAYGREEN_REPORTERS": json.dumps(list(self._mailbox.reporters)),
                },
                allowed=(
                    allow("ReadMail", ("s3:GetObject",), *stored),
                    allow("SetAside", ("s3:PutObject",), aside),
                    allow("UseKey", KEY_USE, self.key.key_arn),
                    allow("KeepComplaints", ("dynamodb:PutItem",), state.table.table_arn),
                ),
            ),
        )
        named = [objects(self.bucket, f"{prefix}*") for prefix in (REPORTS_PREFIX, PEOPLE_PREFIX, UNREADABLE_PREFIX)]
        explain(function, dict.fromkeys(named, "SES names objects by the mail's id."))
        return function

    def _alarms(self, state: StateStack) -> None:
        self._dead_letters.alarm(state.operations, "Mail that came in could not be looked at; see the queue")
        alarm_on_unreadable(self, self._config, state.operations)

    def _rules(self) -> CustomResource:
        rules = [self._rule(each) for each in self._received]
        token = self._rules_provider(rules).service_token
        made = CustomResource(
            self,
            "Rules",
            resource_type="Custom::ReceiptRules",
            service_token=token,
            # the function has them in its environment; here they show, and their change is told to it
            properties={"RuleSetName": self._config.names.receipt_rule_set, "Rules": rules},
        )
        # deleted after the rules and before the bucket, which a rollback could not delete with an object in it
        emptied = CustomResource(
            self,
            "SetUpObjects",
            resource_type="Custom::SetUpObjects",
            service_token=token,
            properties={"Bucket": self.bucket.bucket_name},
        )
        emptied.node.add_dependency(self.bucket)
        made.node.add_dependency(emptied)
        return made

    def _rule(self, rule: ReceiptRule) -> dict[str, Any]:
        topic = self._reports.topic if rule.is_of_reports and self._reports else self.topic
        if topic is None:
            raise ValueError("reports by mail need a topic")
        store = {
            "BucketName": self.bucket.bucket_name,
            "ObjectKeyPrefix": rule.prefix,
            "TopicArn": topic.topic_arn,
        }
        return {
            "Name": rule.name,
            "Enabled": True,
            # a report over plain SMTP is better than none
            "TlsPolicy": "Optional",
            "ScanEnabled": True,
            "Recipients": list(rule.recipients),
            "Actions": [{"S3Action": store}],
        }

    def _set_up(self) -> list[str]:
        """What SES writes when the rules are made."""
        return [each for each in SETUP_OBJECTS if each.startswith(tuple(self._prefixes()))]

    def _rules_provider(self, rules: list[dict[str, Any]]) -> cr.Provider:
        function = Function(
            self,
            "PutRules",
            deployed=Deployed(
                name=self._config.names.function("receipt-rules"),
                handler="lambdas.receipt_rules.handler",
                description="staygreen: receipt rules in the active rule set",
                timeout=timedelta(minutes=1),
                memory_mb=256,
                environment={
                    "STAYGREEN_RULE_SET": self._config.names.receipt_rule_set,
                    "STAYGREEN_RULES": self.to_json_string(rules),
                },
                allowed=(
                    allow("ReadRules", _READ, "*"),
                    allow("ChangeRules", _CHANGE, "*"),
                    allow("FindObjects", ("s3:ListBucket",), self.bucket.bucket_arn),
                    allow("DeleteSetUp", ("s3:DeleteObject",), *map(self.bucket.arn_for_objects, self._set_up())),
                ),
            ),
        )
        explain(function, {"*": "Receipt rules have no resource-level permissions."})
        provider = cr.Provider(
            self,
            "Provider",
            on_event_handler=function.function,
            log_group=logs.LogGroup(
                self, "Logs", retention=logs.RetentionDays.THREE_MONTHS, removal_policy=RemovalPolicy.DESTROY
            ),
        )
        acknowledge_framework(provider, (function,))
        return provider


def _mailbox(config: Config) -> Mailbox:
    if config.mailbox is None:
        raise ValueError("no mailbox is configured")
    return config.mailbox


_READ = ("ses:DescribeActiveReceiptRuleSet", "ses:DescribeReceiptRuleSet", "ses:ListReceiptRuleSets")
_CHANGE = (
    "ses:CreateReceiptRule",
    "ses:CreateReceiptRuleSet",
    "ses:DeleteReceiptRule",
    "ses:DeleteReceiptRuleSet",
    "ses:SetActiveReceiptRuleSet",
    "ses:UpdateReceiptRule",
)
