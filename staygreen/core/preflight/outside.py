"""What others decide and a deployment fails on: workspaces, log groups, subscribers, names that are taken."""

from __future__ import annotations

from collections.abc import Iterator

from staygreen.core.config.config import Config
from staygreen.core.config.tables.notifications import SubscriptionProtocol
from staygreen.core.preflight.item import Item, Kind
from staygreen.core.preflight.world import World


def outside(config: Config, world: World) -> Iterator[Item]:
    """What is not there yet, of which the stacks `chat`, `mail-logs` and `subscriptions` are in need."""
    yield from _chat(config, world)
    for group in config.monitors.refusals.log_groups if config.monitors.refusals.enabled else ():
        if world.log_groups is not None and group not in world.log_groups:
            text = "there is no such log group: the stack mail-logs fails on it"
            step = "Make it, or let the mail server's log agent make it, and deploy again."
            yield Item(kind=Kind.IMPOSSIBLE, subject=group, text=text, next_step=step)
    for each in config.notifications.subscriptions:
        is_function = each.protocol is SubscriptionProtocol.LAMBDA
        if is_function and world.subscribers is not None and each.endpoint not in world.subscribers:
            text = "there is no such function: the stack subscriptions fails on it"
            step = "Deploy it first, or take the subscription out."
            yield Item(kind=Kind.IMPOSSIBLE, subject=each.endpoint, text=text, next_step=step)


def taken_names(config: Config, world: World) -> Iterator[Item]:
    """A secret that is there and not this deployment's: its name cannot be adopted."""
    if world.recipient_key:
        yield Item(
            kind=Kind.IMPOSSIBLE,
            subject=world.recipient_key,
            text="there is such a secret, which no stack of this sender made: the stack replies fails on it",
            next_step="Delete the secret without a recovery window; recipients counted with it are not found again.",
        )


def _chat(config: Config, world: World) -> Iterator[Item]:
    chat = config.notifications.chat
    if chat is None or world.chat_clients is None:
        return
    wanted = {each.workspace: "Slack workspace" for each in chat.slack} | {each.team: "team" for each in chat.teams}
    for identifier, what in wanted.items():
        if identifier not in world.chat_clients:
            yield Item(
                kind=Kind.IMPOSSIBLE,
                subject=identifier,
                text=f"nobody has authorised Amazon Q Developer for this {what}: the stack chat fails on it",
                next_step="Authorise it once in the console of Amazon Q Developer in chat applications; docs/slack.md.",
            )
