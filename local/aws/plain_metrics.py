"""CloudWatch: a metric asked for without dimensions is the one that has none, not the sum of all that have some.

Values are kept for 455 days, as AWS keeps those of an hour; the emulator forgets them after two weeks.

Source: CloudWatch User Guide, "Metrics concepts": each combination of dimensions is a metric of its own, and metrics
retention (not verified).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ministack.services import cloudwatch


class _Exactly(dict[str, str]):
    """Dimensions that are meant even when there are none: the emulator takes what is false for any."""

    def __bool__(self) -> bool:
        return True


def install() -> None:
    """Let GetMetricData and GetMetricStatistics compare dimensions always, and old values stay."""
    cloudwatch.TWO_WEEKS_SECONDS = int(timedelta(days=455).total_seconds())
    original = cloudwatch._dims_from_list

    def dimensions(given: list[dict[str, Any]]) -> dict[str, str]:
        return _Exactly(original(given))

    cloudwatch._dims_from_list = dimensions
