"""Channels in Slack and Teams that Amazon Q Developer writes to.

A stack of its own: while nobody has authorised the workspace in AWS's console, its creation fails and takes nothing
else with it.

Its role may do nothing, so a channel shows and cannot act. Without a guardrail AWS would
let channels up to AdministratorAccess (AWS Chatbot API reference, SlackChannelConfiguration,
read 2026-11-24).
"""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_chatbot as chatbot
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from staygreen.core.config.config import Config
from staygreen.core.config.tables.notifications import Chat

GUARDRAIL = "arn:{partition}:iam::aws:policy/ReadOnlyAccess"


class ChatStack(Stack):
    """One configuration for each channel of the configuration file."""

    def __init__(
        self, scope: Construct, id: str, *, config: Config, chat: Chat, topics: tuple[sns.ITopic, ...], **kwargs: Any
    ) -> None:
        super().__init__(scope, id, description="staygreen: channels in Slack and Teams", **kwargs)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "chatbot.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": self.account}}
            ),
            description="What may be done from chat channels: nothing",
        )
        arns = [topic.topic_arn for topic in topics]
        guardrails = [GUARDRAIL.format(partition=self.partition)]
        for number, channel in enumerate(chat.slack, start=1):
            chatbot.CfnSlackChannelConfiguration(
                self,
                f"Slack{number}",
                configuration_name=config.names.chat_channel(f"slack-{number}", config.sender.region),
                slack_workspace_id=channel.workspace,
                slack_channel_id=channel.channel,
                iam_role_arn=role.role_arn,
                guardrail_policies=guardrails,
                sns_topic_arns=arns,
                logging_level="ERROR",
            )
        for number, team in enumerate(chat.teams, start=1):
            chatbot.CfnMicrosoftTeamsChannelConfiguration(
                self,
                f"Teams{number}",
                configuration_name=config.names.chat_channel(f"teams-{number}", config.sender.region),
                teams_tenant_id=team.tenant,
                team_id=team.team,
                teams_channel_id=team.channel,
                iam_role_arn=role.role_arn,
                guardrail_policies=guardrails,
                sns_topic_arns=arns,
                logging_level="ERROR",
            )
