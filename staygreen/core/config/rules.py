"""What a configuration must mean, beyond its keys and types.

Each rule looks at the whole configuration and gives its problems, with paths in
the file's own keys. Rules do not depend on each other's results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from staygreen.core.config import (
    address_rules,
    domain_rules,
    mailbox_rules,
    monitor_rules,
    notification_rules,
    remediation_rules,
    sender_rules,
)
from staygreen.core.config.config import Config
from staygreen.core.config.known_lists import KnownLists
from staygreen.core.config.problem import Problem

Rule = Callable[[Config], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    *sender_rules.RULES,
    *domain_rules.RULES,
    *address_rules.RULES,
    *mailbox_rules.RULES,
    *monitor_rules.RULES,
    *notification_rules.RULES,
    *remediation_rules.RULES,
)


def check(config: Config, lists: KnownLists | None) -> Iterator[Problem]:
    """Give every problem with what the configuration says; list ids only when lists are known."""
    for rule in RULES:
        yield from rule(config)
    if lists:
        yield from monitor_rules.known_lists(config, lists)
