"""Names for foreign sources, by the domains that their mail passes DKIM or SPF for.

`data/mail_services.toml` is written by us from what each service publishes, with the address of the page and the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from staygreen.core import data


@dataclass(frozen=True, slots=True)
class Services:
    """The catalogue: service by domain."""

    by_domain: Mapping[str, str]

    def name(self, domain: str) -> str:
        """The service behind a domain or one above it; empty when none is known."""
        labels = domain.split(".")
        for start in range(max(0, len(labels) - 1)):
            found = self.by_domain.get(".".join(labels[start:]))
            if found:
                return found
        return ""


@cache
def load() -> Services:
    """The catalogue that comes with the package."""
    listed = data.table("mail_services.toml")["service"]
    return Services({domain: entry["name"] for entry in listed for domain in entry["domains"]})
