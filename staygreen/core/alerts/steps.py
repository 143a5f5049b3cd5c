"""What to do now, as a message holds it: the acts one by one, and as one text for programs that show one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def told(steps: Sequence[str]) -> dict[str, Any]:
    """The fields of a message about its steps, the most urgent first."""
    return {"next_step": " ".join(steps), "steps": list(steps)}
