"""Who reports: what tells one reporter from another, and whose word alone counts.

`data/dmarc_reporters.toml` names receivers of much mail. Microsoft's consumer and business services are two reporters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from staygreen.core import data
from staygreen.core.records.name import is_within


class Reporter(NamedTuple):
    """Who sent reports."""

    name: str
    """What people call it."""
    is_known: bool
    """Whether it is one of the receivers of much mail that are listed: its word alone can confirm."""

    @property
    def is_google(self) -> bool:
        """Whether it is Google."""
        return self.is_known and self.name == "Google"

    @property
    def is_microsoft(self) -> bool:
        """Whether it is Microsoft, consumer or business."""
        return self.is_known and self.name.startswith("Microsoft")


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    domains: tuple[str, ...]
    org: str


@lru_cache(maxsize=1_000)
def named(submitter: str, org: str) -> Reporter:
    """The reporter behind a report.

    Args:
        submitter: Domain of the mail's From header; empty for a report that did not come by mail, which is named by its
            organization alone.
        org: The organization that the report names.
    """
    lower = org.lower()
    for entry in _entries():
        is_theirs = any(is_within(submitter or lower, domain) for domain in entry.domains) or (
            not submitter and entry.org == lower
        )
        if is_theirs and (not entry.org or entry.org == lower):
            return Reporter(entry.name, True)
    return Reporter(submitter or lower or "no name", False)


def confirms(reporters: Iterable[Reporter]) -> bool:
    """Whether the word of these is enough: one that is known, or two of any kind."""
    all_ = set(reporters)
    return len(all_) >= 2 or any(each.is_known for each in all_)


@cache
def _entries() -> tuple[_Entry, ...]:
    listed = data.table("dmarc_reporters.toml")["reporter"]
    return tuple(_Entry(each["name"], tuple(each["domains"]), each.get("org", "")) for each in listed)
