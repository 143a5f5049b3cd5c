"""`[sender]`: who sends, and where it is deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from staygreen.core.config.field import key, no_entries


class Environment(str, Enum):
    """Which copy of the system this is."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends, and where it is deployed."""

    name: str = key("Short name: lower-case letters, digits and hyphens, at most 20. Tags and names carry it.")
    environment: Environment = key("Which copy this is.", Environment.PRODUCTION)
    account: str = key("The AWS account, 12 digits, in quotes.")
    region: str = key("Exactly one AWS region, such as eu-central-1.")
    tags: Mapping[str, str] = key("Tags on every resource.", factory=no_entries)
    only: tuple[str, ...] | None = key(
        "The SES identities, by domain, and dedicated IP pools that are this sender's, where other senders share the "
        "account and region. Absent: all are. Empty: none is.",
        None,
    )
