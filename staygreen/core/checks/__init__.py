"""The registry of checks: one module each, one line each.

From an entry follow its function, schedule, permissions, alarms and runbook. A module is loaded when its check is
asked for: a function serves one, and pays at its cold start for no other.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from staygreen.core.checks.check import Check

if TYPE_CHECKING:
    CHECKS: tuple[Check, ...]
    """All of them."""

IDS = (
    "blocklist",
    "snds",
    "refusals",
    "complaints",
    "cases",
    "reverse_dns",
    "auth_records",
    "ses_reputation",
    "volume",
    "dmarc",
    "tls_reports",
)
"""Each is the name of its module too."""


def by_id(check: str) -> Check:
    """The check of that id.

    Raises:
        KeyError: There is none.
    """
    if check not in IDS:
        raise KeyError(f"no check {check!r}; there are {', '.join(IDS)}")
    entry: Check = import_module(f"{__name__}.{check}").CHECK
    return entry


def __getattr__(name: str) -> tuple[Check, ...]:
    if name == "CHECKS":
        return tuple(map(by_id, IDS))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
