"""The switch that stops every repair at once: one SSM parameter, read before every apply."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


def is_stopped(client: SSMClient, name: str) -> bool:
    """Whether repairs are stopped; so they are too while the switch cannot be read as anything else."""
    text = client.get_parameter(Name=name)["Parameter"].get("Value", "")
    try:
        return json.loads(text)["stopped"] is not False
    except (ValueError, KeyError, TypeError):
        return True


def turn(client: SSMClient, name: str, *, stopped: bool, by: str, reason: str, at: datetime) -> None:
    """Stop repairs, or let them go on."""
    value = {"stopped": stopped, "by": by, "at": at.isoformat(), "reason": reason}
    client.put_parameter(Name=name, Value=json.dumps(value), Type="String", Overwrite=True)
