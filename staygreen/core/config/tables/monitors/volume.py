"""`[monitor.volume]`: sudden changes of what is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from staygreen.core.config.field import key
from staygreen.core.confirmation import Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """The `volume` check: sudden changes of what is sent through SES."""

    enabled: bool = key(
        "False: not deployed. Deployed where something sends through SES; configuration sets then publish `Send`, one "
        "custom metric for each.",
        True,
    )
    schedule: timedelta = key("How often; whole minutes, 15 or more.", timedelta(hours=1))
    confirmation: Confirmation = key(
        "When a change is believed, and when it is over.",
        factory=lambda: Confirmation(sightings=1, spacing=timedelta(0), clears=1),
    )
    factor: float = key("Times the usual volume that is sudden; more than 1.", 2.0)
    minimum: int = key("Messages a day below which nothing is sudden.", 500)
