"""`[monitor.refusals]`: what receiving servers answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from staygreen.core.config.field import key


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """The `refusals` check: what receiving servers answer."""

    enabled: bool = key("False: not deployed.", True)
    schedule: timedelta = key(
        "How often counters are judged; whole minutes, 5 or more. A block is judged when it arrives.",
        timedelta(minutes=15),
    )
    log_groups: tuple[str, ...] = key(
        "CloudWatch log groups with the mail logs of Postfix or Exim; they must exist.", ()
    )
    cluster: int = key("Messages put off within six hours that make a throttle news.", 3)
    quiet: timedelta = key("A block is over when nothing was refused for this long.", timedelta(hours=48))
    unreadable_alarm: int = key("Unreadable events in an hour from which operations are told.", 10)
