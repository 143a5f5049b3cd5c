"""Rules about who is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from lambdas.core.config.model import Config, Subscription, SubscriptionProtocol
from lambdas.core.config.position import Path
from lambdas.core.config.problem import Problem
from lambdas.core.config.sender_rules import is_mail_address

_ARN = re.compile(r"arn:aws[a-z-]*:(sqs|lambda):([a-z0-9-]+):([0-9]{12}):(.+)")


def subscriptions(config: Config) -> Iterator[Problem]:
    """Each endpoint has the form of its protocol; plain HTTP stays on this machine."""
    seen: set[tuple[str, str, str]] = set()
    for index, given in enumerate(config.notifications.subscriptions):
        path: Path = ("notifications", "subscriptions", index)
        reason = _endpoint(given, config)
        if reason:
            yield Problem((*path, "endpoint"), reason)
        if given.topic.value == "operations" and (given.severities or given.checks):
            yield Problem(path, "operations carries alarms as AWS sends them: they cannot be filtered")
        identity = (given.topic.value, given.protocol.value, given.endpoint)
        if identity in seen:
            yield Problem((*path, "endpoint"), f"is subscribed to {given.topic.value} already")
        seen.add(identity)
    if not config.notifications.subscriptions:
        yield Problem(("notifications",), "has no subscription: nobody is told", is_warning=True)


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


RULES = (subscriptions,)
