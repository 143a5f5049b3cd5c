"""How far a remediation goes. What runs needs this word alone of the configuration."""

from __future__ import annotations

from enum import Enum


class Mode(str, Enum):
    """How far a remediation goes by itself."""

    OFF = "off"
    SUGGEST = "suggest"
    """Plans are announced; nothing is changed."""
    APPROVE = "approve"
    """Plans wait for a person."""
    AUTO = "auto"
    """Plans that nothing objects to are carried out."""


ACTS = (Mode.APPROVE, Mode.AUTO)
"""Modes in which something is changed."""
