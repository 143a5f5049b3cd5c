"""Resource types that are stored, shown and deleted, and do nothing here.

Their effect lies outside of what the local cloud shows (Slack in AWS's own console, budgets, dashboards of SES). One
line for each type. Amazon Q Developer refuses a workspace or team that nobody authorised in its console: PUT
/v2/email/_local/unauthorised {"Workspaces": [...]} (local only) names those; its words are not documented.
Source: CloudFormation User Guide, each type's page (verified 2026-11-23).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import get_account_id, new_uuid

from local.aws.cloudformation import Made, Properties, ResourceType
from local.aws.ses_routes import Answer, Body, Query, route
from local.aws.store import new_store

_kept = new_store()
_unauthorised: set[str] = set()
"""Workspaces and teams that Amazon Q Developer may not write to."""


@route("PUT", "/_local/unauthorised")
def leave_unauthorised(body: Body, query: Query) -> Answer:
    """Say which workspaces and teams nobody authorised (local only)."""
    _unauthorised.clear()
    _unauthorised.update(body["Workspaces"])
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    type: str
    name: str
    """The property that names the resource."""
    ref: str = "{name}"
    attributes: tuple[tuple[str, str], ...] = ()

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        refused = set(map(str, properties.values())) & _unauthorised
        if self.type.startswith("AWS::Chatbot::") and refused:
            raise ValueError(f"AWS Chatbot can't find the workspace or team {', '.join(refused)}: authorize it first")
        name = properties.get(self.name) or f"{stack_name}-{logical_id}-{new_uuid()[:8]}"
        return self._made(name, properties)

    def update(self, ref: str, old: Properties, new: Properties, stack_name: str) -> Made:
        return self._made(new.get(self.name) or ref, new)

    def delete(self, ref: str, properties: Properties) -> None:
        _kept.pop(f"{self.type}|{ref}", None)

    def _made(self, name: str, properties: Properties) -> Made:
        values = {"name": name, "account": get_account_id()}
        ref = self.ref.format(**values)
        _kept[f"{self.type}|{ref}"] = copy.deepcopy(properties)
        attributes: dict[str, Any] = {key: value.format(**values) for key, value in self.attributes}
        return ref, attributes


_CHANNEL = "arn:aws:chatbot::{account}:chat-configuration/slack-channel/{name}"
_TEAMS_CHANNEL = "arn:aws:chatbot::{account}:chat-configuration/microsoft-teams-channel/{name}"
_TYPES = (
    _Kept(type="AWS::SES::VdmAttributes", name="Name"),
    _Kept(type="AWS::SES::Template", name="TemplateName"),
    _Kept(type="AWS::Budgets::Budget", name="BudgetName"),
    _Kept(type="AWS::Athena::NamedQuery", name="Name", attributes=(("NamedQueryId", "{name}"),)),
    _Kept(type="AWS::Logs::QueryDefinition", name="Name", attributes=(("QueryDefinitionId", "{name}"),)),
    _Kept(
        type="AWS::Chatbot::SlackChannelConfiguration",
        name="ConfigurationName",
        ref=_CHANNEL,
        attributes=(("Arn", _CHANNEL),),
    ),
    _Kept(
        type="AWS::Chatbot::MicrosoftTeamsChannelConfiguration",
        name="ConfigurationName",
        ref=_TEAMS_CHANNEL,
        attributes=(("Arn", _TEAMS_CHANNEL),),
    ),
)


def install() -> None:
    """Register the types."""
    for each in _TYPES:
        ResourceType(
            name=each.type, create=each.create, delete=each.delete, update=each.update, replaced_by=(each.name,)
        ).register()
