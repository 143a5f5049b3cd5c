"""The stories that the demo can tell: one module and one line each.

Each plays on a fresh local cloud and raises when something in it did not happen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from local.stage import Stage
from local.stories import adopt, dmarc, drift, incident, junked, main_job, microsoft, month, repair, shared, snds

STORIES: Mapping[str, Callable[[Stage], None]] = {
    "main": main_job.play,
    "snds": snds.play,
    "incident": incident.play,
    "repair": repair.play,
    "microsoft": microsoft.play,
    "junked": junked.play,
    "shared": shared.play,
    "drift": drift.play,
    "month": month.play,
    "adopt": adopt.play,
    "dmarc": dmarc.play,
}
VARIABLES: Mapping[str, Mapping[str, str]] = {"month": {"STAYGREEN_SCHEDULES": "at-once"}}
"""What the emulator is told for a story: schedules fire when they are made, as on AWS."""
SEEN: Mapping[str, Sequence[str]] = {"main": main_job.SEEN}
"""What a story showed, in a few lines for its end."""
LEAVE_OPEN: Mapping[str, Callable[[Stage], None]] = {"main": main_job.leave_open, "incident": main_job.leave_open}
"""What opens an incident once more, for whoever keeps the local cloud."""
