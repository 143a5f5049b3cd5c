"""What a configuration may say about blocklists: the known ids, and which lists are never asked and why.

Handed to the parser, so that its rules depend on no catalogue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLists:
    """The names that a catalogue of blocklists knows."""

    ids: frozenset[str]
    """Lists that can be asked."""
    refused: Callable[[str], str]
    """Why a list, named by id or zone, is never asked; empty when it may be."""
    key_families: frozenset[str] = frozenset({"spamhaus", "abusix", "spamrats"})
    """Names under which keys are configured."""
