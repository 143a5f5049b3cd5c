"""The registry of remediations: one module each, one line each.

From an entry follow its settings parameter and what the apply function may change.
"""

from __future__ import annotations

from staygreen.core.incidents.incident import Kind
from staygreen.core.remediations import (
    open_case,
    pause_sending,
    quarantine_ip,
    restore_records,
    set_reverse_dns,
    suppression,
)
from staygreen.core.remediations.plan import Remediation

REMEDIATIONS: tuple[Remediation, ...] = (
    set_reverse_dns.REMEDIATION,
    quarantine_ip.REMEDIATION,
    pause_sending.REMEDIATION,
    suppression.REMEDIATION,
    restore_records.REMEDIATION,
    open_case.REMEDIATION,
)


def by_id(remediation: str) -> Remediation:
    """The remediation of that id.

    Raises:
        KeyError: There is none.
    """
    for entry in REMEDIATIONS:
        if entry.id == remediation:
            return entry
    raise KeyError(f"no remediation {remediation!r}; there are {', '.join(entry.id for entry in REMEDIATIONS)}")


def called_for(check: str, cause: str, kind: str, transition: Kind) -> tuple[Remediation, ...]:
    """The remediations that a transition of an incident calls for."""
    return tuple(each for each in REMEDIATIONS if transition in each.kinds and each.answers(check, cause, kind))
