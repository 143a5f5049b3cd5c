"""What a configuration must mean, beyond its keys and types.

Each rule looks at the whole configuration and gives its problems, with paths in
the file's own keys. Rules do not depend on each other's results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from staygreen.core.config.config import Config
from staygreen.core.config.known_lists import KnownLists
from staygreen.core.config.problem import Problem
from staygreen.core.config.rules import (
    address,
    domain,
    mailbox,
    monitors,
    notifications,
    remediations,
    reports,
    sender,
    verbatim,
)

Rule = Callable[[Config], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    *sender.RULES,
    *domain.RULES,
    *verbatim.RULES,
    *address.RULES,
    *mailbox.RULES,
    *reports.RULES,
    *monitors.RULES,
    *notifications.RULES,
    *remediations.RULES,
)


def check(config: Config, lists: KnownLists | None) -> Iterator[Problem]:
    """Give every problem with what the configuration says; list ids only when lists are known."""
    for rule in RULES:
        yield from rule(config)
    if lists:
        yield from monitors.known_lists(config, lists)
