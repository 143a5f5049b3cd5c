"""All stacks of one sender, in the order in which they need each other."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from stacks.addresses import AddressesStack
from stacks.constructs.repair_machine import repairs
from stacks.domain import DomainStack, has_resources
from stacks.github import GitHubStack
from stacks.mailbox import MailboxStack
from stacks.monitoring import MonitoringStack
from stacks.repair import RepairStack
from stacks.replies import RepliesStack
from stacks.sending import SendingStack
from stacks.snds import SndsStack
from stacks.state import StateStack
from staygreen.core.config.config import Config
from staygreen.core.declared.zone import domain_records
from staygreen.core.naming import domain_stack


def add_stacks(app: Construct, config: Config) -> None:
    """Add the stacks that the configuration asks for; none of them is empty."""
    env = cdk.Environment(account=config.sender.account, region=config.sender.region)

    def id_of(part: str) -> str:
        return config.names.stack(part)

    state = StateStack(app, id_of("state"), config=config, env=env, termination_protection=True)
    sending = None
    if config.pools or config.configuration_sets:
        sending = SendingStack(app, id_of("sending"), config=config, env=env, termination_protection=True)
    if any(address.manage for address in config.addresses):
        AddressesStack(app, id_of("addresses"), config=config, env=env, termination_protection=True)
    _add_domains(app, config, env, sending)
    if config.monitors.snds.enabled:
        SndsStack(app, id_of("snds"), config=config, env=env, termination_protection=True)
    if config.github.repository:
        GitHubStack(app, id_of("github"), config=config, env=env, termination_protection=True)
    if config.monitors.refusals.enabled:
        RepliesStack(app, id_of("replies"), config=config, state=state, env=env, termination_protection=True)
    _add_watching(app, config, state)
    tags = {**config.names.tags, **config.sender.tags}
    for key, value in tags.items():
        cdk.Tags.of(app).add(key, value)


def _add_watching(app: Construct, config: Config, state: StateStack) -> None:
    """Add what watches, and what repairs before it: what announces starts repairs from its first alert on."""
    env = cdk.Environment(account=config.sender.account, region=config.sender.region)
    title = config.names.stack("monitoring")
    monitoring = MonitoringStack(app, title, config=config, state=state, env=env, termination_protection=True)
    if config.mailbox:
        title = config.names.stack("mailbox")
        MailboxStack(app, title, config=config, state=state, env=env, termination_protection=True)
    if repairs(config):
        title = config.names.stack("repair")
        repair = RepairStack(app, title, config=config, state=state, env=env, termination_protection=True)
        monitoring.add_stack_dependency(repair)


def _add_domains(app: Construct, config: Config, env: cdk.Environment, sending: SendingStack | None) -> None:
    for domain in config.domains:
        if not has_resources(domain, domain_records(config, domain)):
            continue
        part = domain_stack(domain.name)
        stack = DomainStack(
            app, config.names.stack(part), config=config, domain=domain, env=env, termination_protection=True
        )
        if sending and domain.configuration_set:
            stack.add_stack_dependency(sending)
