"""All stacks of one sender, in the order in which they need each other.

What can fail for a reason outside (a workspace that nobody authorised, a log group or a subscriber that is not there)
stands in stacks of its own, after all others.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from constructs import Construct

from stacks.addresses import AddressesStack
from stacks.chat import ChatStack
from stacks.constructs.repair_machine import repairs
from stacks.domain import DomainStack, has_resources
from stacks.github import GitHubStack
from stacks.mail_logs import MailLogsStack
from stacks.mailbox import MailboxStack
from stacks.monitoring import MonitoringStack
from stacks.repair import RepairStack
from stacks.replies import RepliesStack
from stacks.reports import ReportsStack
from stacks.sending import SendingStack
from stacks.snds import SndsStack
from stacks.state import StateStack
from stacks.subscriptions import SubscriptionsStack
from staygreen.core.config.config import Config
from staygreen.core.declared.zone import domain_records
from staygreen.core.naming import domain_stack

PROTECTED = "protected"
"""Context value: names of stacks, divided by commas, that are made already and stay protected against deletion.

The CDK's CLI sets protection before it creates a stack, and a stack whose creation failed could then not be deleted,
nor deployed again. So nothing is protected before it exists: `make deploy` says what does, and protects what it made.
"""


def add_stacks(app: Construct, config: Config) -> None:
    """Add the stacks that the configuration asks for; none of them is empty."""
    sender = _Sender(app, config)
    state = StateStack(*sender.of("state"), config=config, **sender.settings("state"))
    sending = None
    if any(each.manage for each in config.pools) or any(each.manage for each in config.configuration_sets):
        sending = SendingStack(*sender.of("sending"), config=config, **sender.settings("sending"))
    if any(address.manage for address in config.addresses):
        AddressesStack(*sender.of("addresses"), config=config, **sender.settings("addresses"))
    _add_domains(sender, sending)
    if config.monitors.snds.enabled:
        SndsStack(*sender.of("snds"), config=config, **sender.settings("snds"))
    if config.github.repository:
        GitHubStack(*sender.of("github"), config=config, **sender.settings("github"))
    replies = None
    if config.monitors.refusals.enabled:
        replies = RepliesStack(*sender.of("replies"), config=config, state=state, **sender.settings("replies"))
    monitoring = _add_watching(sender, state)
    for last in _what_depends_on_others(sender, state, replies):
        last.add_stack_dependency(monitoring)
    tags = {**config.names.tags, **config.sender.tags}
    for key, value in tags.items():
        cdk.Tags.of(app).add(key, value)


class _Sender:
    """Where a sender's stacks stand, and what all of them have."""

    def __init__(self, app: Construct, config: Config) -> None:
        self.app, self.config = app, config
        self._env = cdk.Environment(account=config.sender.account, region=config.sender.region)
        self._protected = str(app.node.try_get_context(PROTECTED) or "").split(",")

    def of(self, part: str) -> tuple[Construct, str]:
        """Scope and id of a stack."""
        return self.app, self.config.names.stack(part)

    def settings(self, part: str) -> dict[str, Any]:
        """Account and region, and whether the stack stays protected."""
        return {"env": self._env, "termination_protection": self.config.names.stack(part) in self._protected}


def _add_watching(sender: _Sender, state: StateStack) -> MonitoringStack:
    """Add what watches, and what repairs before it: what announces starts repairs from its first alert on."""
    config = sender.config
    monitoring = MonitoringStack(*sender.of("monitoring"), config=config, state=state, **sender.settings("monitoring"))
    reports = None
    if config.reports:
        reports = ReportsStack(*sender.of("reports"), config=config, state=state, **sender.settings("reports"))
    if config.mailbox:
        settings = sender.settings("mailbox")
        MailboxStack(*sender.of("mailbox"), config=config, state=state, reports=reports, **settings)
    if repairs(config):
        repair = RepairStack(*sender.of("repair"), config=config, state=state, **sender.settings("repair"))
        monitoring.add_stack_dependency(repair)
    return monitoring


def _what_depends_on_others(sender: _Sender, state: StateStack, replies: RepliesStack | None) -> list[cdk.Stack]:
    config, found = sender.config, list[cdk.Stack]()
    if config.notifications.subscriptions:
        title = "subscriptions"
        found.append(SubscriptionsStack(*sender.of(title), config=config, state=state, **sender.settings(title)))
    if (chat := config.notifications.chat) and state.chat:
        topics = (state.chat, state.operations) if chat.operations else (state.chat,)
        found.append(ChatStack(*sender.of("chat"), config=config, chat=chat, topics=topics, **sender.settings("chat")))
    if replies and config.monitors.refusals.log_groups:
        title = "mail-logs"
        found.append(
            MailLogsStack(*sender.of(title), config=config, state=state, replies=replies, **sender.settings(title))
        )
    return found


def _add_domains(sender: _Sender, sending: SendingStack | None) -> None:
    config = sender.config
    for domain in config.domains:
        if not has_resources(domain, domain_records(config, domain)):
            continue
        part = domain_stack(domain.name)
        stack = DomainStack(*sender.of(part), config=config, domain=domain, **sender.settings(part))
        if sending and domain.configuration_set:
            stack.add_stack_dependency(sending)
