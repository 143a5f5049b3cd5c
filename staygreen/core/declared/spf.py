"""The SPF record that a configuration declares."""

from __future__ import annotations

from staygreen.core.config.tables.domain import Spf
from staygreen.core.records.spf import VERSION


def declared(spf: Spf) -> str:
    """Return the record that a configuration asks for: its mechanisms, then the last word."""
    return " ".join([VERSION, *(mechanism.value for mechanism in spf.mechanisms), spf.all.value])
