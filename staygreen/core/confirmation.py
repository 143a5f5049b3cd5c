"""The confirmation rule: when a bad finding becomes an incident, and when an incident is over.

A check's settings carry the rule as JSON: `read(written(rule)) == rule`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


def _doc(text: str) -> Mapping[str, Any]:
    """Metadata of a key of the configuration, as `config.field.key` makes it; this module stands below it."""
    return {"doc": text, "toml": "", "choices": ()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """When a bad finding becomes an incident, and when an incident is over."""

    sightings: int = field(default=2, metadata=_doc("Bad findings needed to open."))
    spacing: timedelta = field(default=timedelta(seconds=300), metadata=_doc("The sightings are more than this apart."))
    clears: int = field(default=3, metadata=_doc("Clean findings in a row needed to close."))
    coverage_runs: int = field(
        default=3, metadata=_doc("Runs without an answer after which a source's silence is an incident.")
    )


def written(rule: Confirmation) -> Mapping[str, int]:
    """The rule as JSON values."""
    return {
        "sightings": rule.sightings,
        "spacing_seconds": int(rule.spacing.total_seconds()),
        "clears": rule.clears,
        "coverage_runs": rule.coverage_runs,
    }


def read(settings: Mapping[str, Any], default: Confirmation) -> Confirmation:
    """The rule in a check's settings; what is absent is taken from the default."""
    said = settings.get("confirmation", {})
    return Confirmation(
        sightings=said.get("sightings", default.sightings),
        spacing=timedelta(seconds=said.get("spacing_seconds", default.spacing.total_seconds())),
        clears=said.get("clears", default.clears),
        coverage_runs=said.get("coverage_runs", default.coverage_runs),
    )
