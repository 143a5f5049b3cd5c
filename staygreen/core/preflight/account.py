"""What stands in a deployment's way in the account: its identities, addresses, quotas and states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from staygreen.core.account_share import is_identity
from staygreen.core.config.config import Config
from staygreen.core.config.problem import suggestion
from staygreen.core.preflight.item import Item, Kind
from staygreen.core.preflight.world import ElasticIp, World

ROOM = 100
"""Functions at once below which it is told: every check may run at the same time, and mail events come in bursts."""
_PORT_25 = "https://repost.aws/knowledge-center/ec2-port-25-throttle"
_PRODUCTION = "https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html"
_ADOPT = "Take it over: docs/taking-over.md says how without a change; or choose another name."


def caller(config: Config, world: World) -> Iterator[Item]:
    """Whether the credentials are those of the sender's account."""
    if world.account_id not in (None, config.sender.account):
        yield Item(
            kind=Kind.IMPOSSIBLE,
            subject="credentials",
            text=f"they belong to the account {world.account_id}; the configuration says {config.sender.account}",
            next_step="Use the sender's credentials; nothing else that is told of the account counts.",
        )


def identities(config: Config, world: World) -> Iterator[Item]:
    """Identities that exist already, and those whose mail emits no events."""
    own = {domain.name for domain in config.domains if domain.manage and domain.ses and not domain.parked}
    for identity in world.identities or ():
        if identity.name in own:
            text = "the identity exists already: a first deployment fails on it"
            yield Item(kind=Kind.NOTE, subject=identity.name, text=text, next_step=_ADOPT)
        elif not identity.configuration_set:
            yield Item(
                kind=Kind.NOTE,
                subject=identity.name,
                text="this identity has no default configuration set: mail that names none emits no events",
                next_step="Add the domain to the configuration, or give the identity a default configuration set.",
            )


def addresses(config: Config, world: World) -> Iterator[Item]:
    """Whether the adopted addresses are there and free, and new ones are allowed."""
    if world.addresses is None:
        return
    for address in config.addresses:
        if address.allocation_id:
            found = world.addresses.get(address.allocation_id)
            yield from _adopted(config, address.name, address.allocation_id, address.ptr, found)
    yield from _quota(config, world.addresses, world.address_quota)
    if any(address.manage for address in config.addresses):
        yield Item(
            kind=Kind.NOTE,
            subject="port 25",
            text="EC2 keeps port 25 closed until AWS lifts it for the account; nothing can be asked whether it has",
            next_step=f"Ask once, naming the reverse names: {_PORT_25}",
        )


def _adopted(config: Config, name: str, identifier: str, ptr: str, found: ElasticIp | None) -> Iterator[Item]:
    if found is None:
        text = f"there is no Elastic IP {identifier} in this account and region"
        yield Item(kind=Kind.IMPOSSIBLE, subject=name, text=text, next_step="Correct allocation_id, or the region.")
        return
    if found.sender not in ("", config.sender.name):
        yield Item(
            kind=Kind.LOST,
            subject=name,
            text=f"{found.ip} is in use by the sender {found.sender}",
            next_step="Adopt another address: two senders cannot own one reverse name.",
        )
    elif found.attached_to and found.sender != config.sender.name:
        yield Item(
            kind=Kind.LOST if ptr and found.reverse_name else Kind.NOTE,
            subject=name,
            text=f"{found.ip} is in use by {found.attached_to}",
            next_step="Make sure that it is the mail server that you mean, and that it greets with the new name.",
        )
    if ptr and found.reverse_name and found.reverse_name != ptr:
        yield Item(
            kind=Kind.LOST,
            subject=name,
            text=f"{found.ip} has the reverse name {found.reverse_name}; it would become {ptr}",
            next_step="Write the present name into ptr, or let the server greet with the new one first.",
        )


def _quota(config: Config, found: Mapping[str, ElasticIp], quota: int | None) -> Iterator[Item]:
    wanted = sum(1 for address in config.addresses if address.manage and not address.allocation_id)
    others = sum(1 for each in found.values() if each.sender != config.sender.name)
    if quota is not None and wanted and others + wanted > quota:
        yield Item(
            kind=Kind.IMPOSSIBLE,
            subject="Elastic IPs",
            text=f"{wanted} are wanted beside {others} that are there; the region allows {quota}",
            next_step="Raise the quota L-0263D0A3 (EC2-VPC Elastic IPs) in Service Quotas.",
        )


def running(config: Config, world: World) -> Iterator[Item]:
    """Whether few functions may run at once: a new account has ten until AWS raises it."""
    allowed = world.concurrent_runs
    if allowed is not None and allowed < ROOM:
        what = "a check that has to wait starts later"
        if config.notifications.slack and config.notifications.slack.signing_secret:
            what += ", and a press of a button in Slack may be refused"
        yield Item(
            kind=Kind.NOTE,
            subject="Lambda",
            text=f"{allowed} functions may run at once, all of the account's together: {what}",
            next_step="Raise the quota L-B99A9384 (concurrent executions) in Service Quotas.",
        )


def sending(config: Config, world: World) -> Iterator[Item]:
    """Whether SES sends for the account."""
    found = world.sending
    if found is None or not any(domain.ses and not domain.parked for domain in config.domains):
        return
    if not found.is_production:
        text = "the account is in the sandbox: SES sends to verified addresses alone"
        step = f"Request production access: {_PRODUCTION}"
        yield Item(kind=Kind.IMPOSSIBLE, subject="SES", text=text, next_step=step)
    if found.is_paused:
        text = f"sending is paused (enforcement status {found.enforcement})"
        step = "Answer AWS's review, or switch sending on again: docs/runbooks/ses_reputation.md."
        yield Item(kind=Kind.IMPOSSIBLE, subject="SES", text=text, next_step=step)
    if 0 < found.daily_quota <= found.sent_in_a_day:
        text = f"the quota of {found.daily_quota:,.0f} messages in 24 hours is used up"
        yield Item(kind=Kind.IMPOSSIBLE, subject="SES", text=text, next_step="Raise it in Service Quotas.")


def other_senders(config: Config, world: World) -> Iterator[Item]:
    """Others who share SES with this sender, while `sender.only` does not divide it."""
    if not world.other_deployments or config.sender.only is not None:
        return
    yield Item(
        kind=Kind.NOTE,
        subject="other senders",
        text=f"also deployed in this account and region: {', '.join(world.other_deployments)}. This sender watches all "
        "identities and dedicated IPs there, and repairs of what SES has once for all of them are only suggested",
        next_step="Name this sender's identities and pools in its sender.only: docs/several-senders.md.",
    )


def own_share(config: Config, world: World) -> Iterator[Item]:
    """Names in `sender.only` that nothing has: a misspelt one leaves what it meant unwatched."""
    if world.ses_names is None:
        return
    declared = {each.name for each in config.domains} | {each.name for each in config.pools}
    known = declared | world.ses_names
    for name in config.sender.only or ():
        if name not in known:
            what = "identity" if is_identity(name) else "dedicated IP pool"
            yield Item(
                kind=Kind.IMPOSSIBLE,
                subject=name,
                text=f"sender.only names it, and SES has no such {what}{suggestion(name, known)}",
                next_step="Correct its name in sender.only, or make it first.",
            )


def receiving(config: Config, world: World) -> Iterator[Item]:
    """Another receipt rule set: only one can be active."""
    own = config.names.receipt_rule_set
    if config.mailbox and world.active_rule_set not in (None, "", own):
        yield Item(
            kind=Kind.NOTE,
            subject="receipt rules",
            text=f"the receipt rule set {world.active_rule_set} is active: staygreen puts its rules first in it",
            next_step="Look whether a rule of it that comes later takes the mailbox's mail too.",
        )


def reviewing(config: Config, world: World) -> Iterator[Item]:
    """A provider for GitHub that exists: an account has one, and a second one is refused."""
    if config.github.repository and not config.github.provider and world.github_provider:
        yield Item(
            kind=Kind.LOST,
            subject="GitHub",
            text="the account has an OpenID Connect provider for GitHub already: making a second one fails",
            next_step=f'Write it into the configuration, under [github]: provider = "{world.github_provider}"',
        )
