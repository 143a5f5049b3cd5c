"""`[monitor.cases]`: delisting cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from staygreen.core.config.field import key


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """The `cases` check: reminds of what is owed in delisting cases, and says when one worked."""

    enabled: bool = key("False: not deployed. Deployed where there are addresses or pools.", True)
    schedule: timedelta = key("How often; whole minutes, from 15m to 1d.", timedelta(hours=6))
