"""Incident rules as a check's settings carry them: `read(written(rule)) == rule`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from staygreen.core.config.model import Confirmation


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
