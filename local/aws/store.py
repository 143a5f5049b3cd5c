"""Account- and region-scoped state that the emulator's own reset clears too."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import ses_v2

Store = Any
"""A mapping scoped to the account and region of the request."""

_stores: list[Store] = []


def new_store() -> Store:
    """Make a scoped mapping; a reset of the emulator empties it."""
    made = AccountRegionScopedDict()
    _stores.append(made)
    return made


def install() -> None:
    """Let the emulator's reset empty our mappings."""
    original = ses_v2.reset

    def reset() -> None:
        original()
        for each in _stores:
            each.clear()

    ses_v2.reset = reset
