"""Rules about who is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from staygreen.core.config.config import Config
from staygreen.core.config.line_numbers import Path
from staygreen.core.config.problem import Problem
from staygreen.core.config.rules.sender import is_mail_address
from staygreen.core.config.tables.notifications import Subscription, SubscriptionProtocol, TopicKey
from staygreen.core.config.tables.slack import Slack

_ARN = re.compile(r"arn:aws[a-z-]*:(sqs|lambda):([a-z0-9-]+):([0-9]{12}):(.+)")
_KEY = re.compile(r"arn:aws[a-z-]*:kms:([a-z0-9-]+):([0-9]{12}):key/[0-9A-Za-z-]+")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")
_WORKSPACE = re.compile(r"T[A-Z0-9]{2,}")
_USER = re.compile(r"[UW][A-Z0-9]{2,}")
_USER_GROUP = re.compile(r"S[A-Z0-9]{2,}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_TEAMS_CHANNEL = re.compile(r"[A-Za-z0-9-_=+/.,]*%3[Aa][A-Za-z0-9-_=+/.,]*%40[A-Za-z0-9-_=+/.,]*")
_ZONE = re.compile(r"UTC|[A-Z][A-Za-z_]+(/[A-Z][A-Za-z0-9_+-]+){1,2}")
_SLACK: Path = ("notifications", "slack")
_CHAT: Path = ("notifications", "chat")


def subscriptions(config: Config) -> Iterator[Problem]:
    """Each endpoint has the form of its protocol; plain HTTP stays on this machine."""
    seen: set[tuple[str, str, str]] = set()
    for index, given in enumerate(config.notifications.subscriptions):
        path: Path = ("notifications", "subscriptions", index)
        reason = _endpoint(given, config)
        if reason:
            yield Problem((*path, "endpoint"), reason, rests_on=(*path, "protocol"))
        if given.topic.value == "operations" and (given.severities or given.checks):
            yield Problem(path, "operations carries alarms as AWS sends them: they cannot be filtered")
        identity = (given.topic.value, given.protocol.value, given.endpoint)
        if identity in seen:
            yield Problem((*path, "endpoint"), f"is subscribed to {given.topic.value} already")
        seen.add(identity)
    if not config.notifications.subscriptions and not config.notifications.slack and not config.notifications.chat:
        yield Problem(("notifications",), "has no subscription: nobody is told", is_warning=True)


def key_arn(config: Config) -> Iterator[Problem]:
    """A key of one's own is a key, not an alias, of the sender's region and account, and something uses it."""
    given, path = config.notifications.key_arn, ("notifications", "key_arn")
    if not given:
        return
    match = _KEY.fullmatch(given)
    if not match:
        yield Problem(path, f'"{given}" is not the ARN of a KMS key: an alias or an id alone is none')
    elif (match[1], match[2]) != (config.sender.region, config.sender.account):
        where = f"{config.sender.account} in {config.sender.region}"
        yield Problem(path, f"is of {match[2]} in {match[1]}, the sender of {where}")
    elif config.notifications.encryption is TopicKey.NONE and not config.mailbox:
        yield Problem(path, "encrypts nothing: encryption is none, and there is no mailbox", is_warning=True)


def _endpoint(given: Subscription, config: Config) -> str:
    if given.protocol is SubscriptionProtocol.EMAIL:
        return "" if is_mail_address(given.endpoint) else f'"{given.endpoint}" is not a mail address'
    if given.protocol in (SubscriptionProtocol.HTTPS, SubscriptionProtocol.HTTP):
        return _url(given)
    match = _ARN.fullmatch(given.endpoint)
    if not match or match[1] != given.protocol.value:
        return f'"{given.endpoint}" is not the ARN of {_ARN_OF[given.protocol]}'
    if match[2] != config.sender.region and given.protocol is SubscriptionProtocol.SQS:
        return f"the queue is in {match[2]}, the topic in {config.sender.region}"
    return ""


_ARN_OF = {SubscriptionProtocol.SQS: "a queue", SubscriptionProtocol.LAMBDA: "a function"}


def _url(given: Subscription) -> str:
    # The URL is not repeated: it may carry a token.
    url = urlsplit(given.endpoint)
    if url.scheme != given.protocol.value or not url.hostname:
        return f"must be a URL that begins with {given.protocol.value}://"
    if given.protocol is SubscriptionProtocol.HTTP and not _is_loopback(url.hostname):
        return "plain http is only for a loopback address; use https"
    return ""


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def slack(config: Config) -> Iterator[Problem]:
    """One way in, a channel with a token, and somebody who may press the buttons."""
    given = config.notifications.slack
    if given is None:
        return
    if bool(given.token_secret) == bool(given.webhook_secret):
        yield Problem(_SLACK, "needs token_secret (one thread for each incident) or webhook_secret, and not both")
    if given.token_secret and not _CHANNEL.fullmatch(given.channel):
        yield Problem(
            (*_SLACK, "channel"),
            f'"{given.channel}" is not the id of a channel, such as C0123456789: see its details in Slack',
        )
    if given.webhook_secret and given.channel:
        yield Problem((*_SLACK, "channel"), "is decided by the webhook: remove it")
    if given.signing_secret and not given.approvers:
        yield Problem((*_SLACK, "approvers"), "is empty: nobody could press the buttons")
    if given.approvers and not given.signing_secret:
        yield Problem((*_SLACK, "signing_secret"), "is missing: without it there are no buttons to press")
    if given.workspace:
        yield from _id(given.workspace, _WORKSPACE, (*_SLACK, "workspace"), "such as T0123456789")
    yield from _approvers(given)


def _approvers(given: Slack) -> Iterator[Problem]:
    for index, approver in enumerate(given.approvers):
        path: Path = (*_SLACK, "approvers", index)
        if _USER_GROUP.fullmatch(approver):
            if not given.token_secret:
                yield Problem(
                    path, f'"{approver}" is a user group: only a bot token (token_secret) can read its members'
                )
        elif not _USER.fullmatch(approver):
            yield Problem(
                path, f'"{approver}" is neither the id of a user (U0123456789) nor of a user group (S0123456789)'
            )


def chat(config: Config) -> Iterator[Problem]:
    """Channels have the ids that Amazon Q Developer takes, and there is at least one."""
    given = config.notifications.chat
    if given is None:
        return
    if not given.slack and not given.teams:
        yield Problem(_CHAT, "names no channel: add [[notifications.chat.slack]] or [[notifications.chat.teams]]")
    for index, channel in enumerate(given.slack):
        yield from _id(channel.workspace, _WORKSPACE, (*_CHAT, "slack", index, "workspace"), "such as T0123456789")
        yield from _id(channel.channel, _CHANNEL, (*_CHAT, "slack", index, "channel"), "such as C0123456789")
    for index, team in enumerate(given.teams):
        yield from _id(team.tenant, _UUID, (*_CHAT, "teams", index, "tenant"), "a UUID")
        yield from _id(team.team, _UUID, (*_CHAT, "teams", index, "team"), "a UUID")
        yield from _id(
            team.channel, _TEAMS_CHANNEL, (*_CHAT, "teams", index, "channel"), "such as 19%3A...%40thread.tacv2"
        )


def digest(config: Config) -> Iterator[Problem]:
    """An hour that a day has, and the form of a zone; whether there is one is for AWS to know."""
    given = config.notifications.digest
    if given is None:
        return
    if not 0 <= given.hour <= 23:
        yield Problem(("notifications", "digest", "hour"), "is an hour of the day: 0 to 23")
    if not _ZONE.fullmatch(given.timezone):
        yield Problem(
            ("notifications", "digest", "timezone"),
            f'"{given.timezone}" is not the name of a time zone, such as Europe/Berlin or UTC',
        )


def _id(text: str, form: re.Pattern[str], path: Path, example: str) -> Iterator[Problem]:
    if not form.fullmatch(text):
        yield Problem(path, f'"{text}" is not an id: {example}')


RULES = (subscriptions, key_arn, slack, chat, digest)
