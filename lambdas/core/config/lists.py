"""What a configuration may say about blocklists: the known ids, and the dead lists with their reasons.

Handed to the parser, so that it depends on no catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLists:
    """The names that a catalogue of blocklists knows."""

    ids: frozenset[str]
    """Lists that can be asked."""
    dead: Mapping[str, str]
    """Why a list is not to be asked, by its id."""
    dead_zones: Mapping[str, str]
    """Why a zone is not to be asked, by its name."""
    key_families: frozenset[str] = frozenset({"spamhaus", "abusix", "spamrats"})
    """Names under which keys are configured."""
