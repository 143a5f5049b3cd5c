"""`[[approver]]`: people who may approve repairs."""

from __future__ import annotations

from dataclasses import dataclass

from staygreen.core.config.field import key


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """A person who may approve repairs, and how we know them."""

    name: str = key("What the records call the person; `approvers` of a remediation name it.")
    slack: str = key(
        "Slack id of a user (U0123ABCD), or of a user group (S0123ABCD) that counts as one; empty: not through Slack.",
        "",
    )
    iam: str = key(
        "ARN of the IAM user, of the role, or of the role with the session (assumed-role/ROLE/SESSION); "
        "empty: not through the command.",
        "",
    )
