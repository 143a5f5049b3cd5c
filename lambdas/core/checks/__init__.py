"""The registry of checks: one module each, one line each.

From an entry follow its function, schedule, permissions, alarms and runbook.
"""

from __future__ import annotations

from lambdas.core.check import Check
from lambdas.core.checks import (
    auth_records,
    blocklist,
    cases,
    complaints,
    refusals,
    reverse_dns,
    ses_reputation,
    snds,
    volume,
)

CHECKS: tuple[Check, ...] = (
    blocklist.CHECK,
    snds.CHECK,
    refusals.CHECK,
    complaints.CHECK,
    cases.CHECK,
    reverse_dns.CHECK,
    auth_records.CHECK,
    ses_reputation.CHECK,
    volume.CHECK,
)


def by_id(check: str) -> Check:
    """The check of that id.

    Raises:
        KeyError: There is none.
    """
    for entry in CHECKS:
        if entry.id == check:
            return entry
    raise KeyError(f"no check {check!r}; there are {', '.join(entry.id for entry in CHECKS)}")
