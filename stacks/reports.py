"""What comes of DMARC and TLS reports: their rows in S3 for Athena, and what is decided by in a table.

    SES ─► topic ─┐
                  ├─► queue ─► function `reports` ─► rows in S3, summaries in the table ─► `report-days`, hourly
    a bucket of others ─► rule ─┘

Queue and function are not those of complaints: a flood of reports delays none of them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from stacks.constructs.function import Deployed, Function
from stacks.constructs.inbound import alarm_on_unreadable, received_topic, waiting_queue
from stacks.constructs.key import KEY_USE
from stacks.constructs.settings import add_settings
from stacks.constructs.statement import allow, explain, settings_arn
from stacks.constructs.stores import kept_bucket, kept_table, objects
from stacks.parts.report_days import MAKE_DAYS, ReportDays
from stacks.parts.report_queries import ReportQueries
from stacks.state import StateStack
from staygreen.core.codec import encoded
from staygreen.core.config.config import Config
from staygreen.core.config.tables.reports import Reports
from staygreen.core.dmarc.kept import ANSWERS_KEPT, ROWS_KEPT
from staygreen.core.naming import (
    DMARC_PREFIX,
    FAILURE_PREFIX,
    QUERIES_PREFIX,
    REPORTS,
    ROWS_PREFIX,
    UNPROVEN_PREFIX,
    UNREADABLE_PREFIX,
)
from staygreen.core.reports.estate_file import of_config

READING = timedelta(minutes=5)
BATCH = 5
MOST_AT_ONCE = 5
"""Functions at work together: a flood takes no more of the account's share of Lambda."""
SCRATCH_MB = 2048
"""Rows wait on disk for the end of their report: 1 GB of XML, the most that is read, makes about as much of them."""


class ReportsStack(Stack):
    """The table and the bucket outlive the stack."""

    def __init__(self, scope: Construct, id: str, *, config: Config, state: StateStack, **kwargs: Any) -> None:
        super().__init__(scope, id, description="staygreen: DMARC and TLS reports", **kwargs)
        self._config, self._reports, self._state = config, _reports(config), state
        self._mails = config.names.bucket("mail", self.account, self.region)
        self.table = kept_table(self, "Table", table_name=config.names.table(REPORTS))
        self.bucket = kept_bucket(
            self,
            "Rows",
            bucket_name=config.names.bucket(REPORTS, self.account, self.region),
            days=ROWS_KEPT.days,
            unlogged="Written by one function, whose log names each report.",
            sooner={QUERIES_PREFIX: ANSWERS_KEPT.days},
        )
        self._parameters = add_settings(
            self,
            config.names.reports_parameter,
            {"estate": encoded(of_config(config)), "trusted": self._reports.trusted},
            "Whose reports are kept: domains, and what is ours by the configuration",
        )
        self.queue, self._dead_letters = waiting_queue(self, config, part=REPORTS, work=READING)
        self.topic = self._topic() if config.mailbox else None
        if self._reports.bucket:
            self._bucket_of_others()
        self._reader()
        ReportDays(
            self,
            "Days",
            config=config,
            state=state,
            environment=self._environment(),
            allowed=(allow("MakeDays", MAKE_DAYS, self.table.table_arn), self._read_settings()),
        )
        ReportQueries(self, "Queries", config=config, bucket=self.bucket)
        CfnOutput(self, "ReportsBucket", value=self.bucket.bucket_name)
        CfnOutput(self, "ReportsTable", value=self.table.table_name)

    def _topic(self) -> sns.Topic:
        if self._state.key is None:
            raise ValueError("the state stack made no key for received mail")
        title = "staygreen: reports received"
        topic = received_topic(self, self._config, part="reports-received", title=title, key=self._state.key)
        topic.add_subscription(subscriptions.SqsSubscription(self.queue))
        return topic

    def _bucket_of_others(self) -> None:
        """S3 tells EventBridge of new objects, once the bucket's owner has switched that on."""
        rule = events.Rule(
            self,
            "Arrived",
            rule_name=self._config.names.event_rule(REPORTS),
            description="Reports that others put into their bucket",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [self._reports.bucket]},
                    "object": {"key": [{"prefix": self._reports.prefix}]},
                },
            ),
        )
        rule.add_target(targets.SqsQueue(self.queue, dead_letter_queue=self._dead_letters.queue))

    def _reader(self) -> None:
        config = self._config
        of_mails = self._of_mails() if config.mailbox else ()
        of_others = f"arn:{self.partition}:s3:::{self._reports.bucket}/{self._reports.prefix}*"
        rows = [self.bucket.arn_for_objects(f"{prefix}*") for prefix in (ROWS_PREFIX, UNPROVEN_PREFIX)]
        function = Function(
            self,
            "Read",
            deployed=Deployed(
                name=config.names.function(REPORTS),
                handler="lambdas.reports.handler",
                description="staygreen: reads DMARC and TLS reports",
                timeout=READING,
                memory_mb=1024,
                scratch_mb=SCRATCH_MB,
                environment={**self._environment(), "STAYGREEN_MAIL_BUCKET": self._mails if config.mailbox else ""},
                allowed=(
                    *of_mails,
                    *((allow("ReadOthers", ("s3:GetObject",), of_others),) if self._reports.bucket else ()),
                    allow("KeepRows", ("s3:GetObject", "s3:PutObject"), *rows),
                    allow("KeepReports", ("dynamodb:PutItem",), self.table.table_arn),
                    self._read_settings(),
                ),
            ),
        )
        function.function.add_event_source(
            sources.SqsEventSource(
                self.queue, batch_size=BATCH, report_batch_item_failures=True, max_concurrency=MOST_AT_ONCE
            )
        )
        own = [objects(self.bucket, f"{prefix}*") for prefix in (ROWS_PREFIX, UNPROVEN_PREFIX)]
        reasons = dict.fromkeys(own, "Rows are named by day, domain and report.")
        mails = (f"arn:{self.partition}:s3:::{self._mails}/{each}*" for each in self._prefixes()) if of_mails else ()
        reasons |= dict.fromkeys(mails, "SES names objects by the mail's id.")
        if self._reports.bucket:
            reasons[of_others] = "Others name these objects."
        explain(function, reasons)
        self._alarms()

    def _of_mails(self) -> tuple[iam.PolicyStatement, ...]:
        if self._state.key is None:
            return ()
        mails = f"arn:{self.partition}:s3:::{self._mails}"
        read = [f"{mails}/{each}*" for each in (DMARC_PREFIX, FAILURE_PREFIX)]
        return (
            allow("ReadMail", ("s3:GetObject",), *read),
            allow("SetAside", ("s3:PutObject",), f"{mails}/{UNREADABLE_PREFIX}*"),
            allow("UseKey", KEY_USE, self._state.key.key_arn),
        )

    @staticmethod
    def _prefixes() -> tuple[str, ...]:
        return (DMARC_PREFIX, FAILURE_PREFIX, UNREADABLE_PREFIX)

    def _environment(self) -> dict[str, str]:
        return {
            "STAYGREEN_SENDER": self._config.sender.name,
            "STAYGREEN_ENVIRONMENT": self._config.sender.environment.value,
            "STAYGREEN_REPORTS_TABLE": self.table.table_name,
            "STAYGREEN_REPORTS_BUCKET": self.bucket.bucket_name,
            "STAYGREEN_SETTINGS_PARAMETER": self._parameters[0],
        }

    def _read_settings(self) -> iam.PolicyStatement:
        return allow("ReadSettings", ("ssm:GetParameter",), *(settings_arn(self, each) for each in self._parameters))

    def _alarms(self) -> None:
        """What fails for good waits in the queue; what cannot be read rings where received mail has its alarm."""
        operations = self._state.operations
        self._dead_letters.alarm(operations, "Reports could not be looked at; they wait in the queue")
        if not self._config.mailbox:
            alarm_on_unreadable(self, self._config, operations)


def _reports(config: Config) -> Reports:
    if config.reports is None:
        raise ValueError("no reports are configured")
    return config.reports
