"""How good or bad a day or a span is, as every shape shows it."""

from __future__ import annotations

from enum import Enum


class Level(Enum):
    """From the worst to what nobody knows; the value is its class in the style."""

    BAD = "b"
    MIDDLE = "m"
    GOOD = "g"
    """Somebody who was asked said so."""
    QUIET = "q"
    """Asked, and nothing was said: neither good nor bad."""
    NO_DATA = "n"
    """Nobody said anything: never shown like `GOOD`."""
