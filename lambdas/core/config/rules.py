"""What a configuration must mean, beyond its keys and types."""

from __future__ import annotations

from collections.abc import Iterator

from lambdas.core.config.lists import KnownLists
from lambdas.core.config.model import Config
from lambdas.core.config.problem import Problem


def check(config: Config, lists: KnownLists | None) -> Iterator[Problem]:
    """Give every problem with what the configuration says."""
    yield from ()
