"""What a sudden change of volume means for mail and what to do next, as prose."""

from __future__ import annotations

from collections.abc import Mapping

from staygreen.core.advice import AdviceTemplate
from staygreen.core.finding import Severity
from staygreen.core.ses.volume import AFTER_SILENCE, JUMP

CAUSES: Mapping[str, AdviceTemplate] = {
    JUMP: AdviceTemplate(
        severity=Severity.WARNING,
        title="The volume of {subject} jumps",
        consequence="Receivers may throttle or block {subject}, Microsoft first of all: its volume jumps.",
        meaning="Far more was sent than is usual for this weekday and for these two weeks.",
        steps=("If it is a campaign, spread it over days.", "If nobody knows of it, look for a stolen key at once."),
    ),
    AFTER_SILENCE: AdviceTemplate(
        severity=Severity.WARNING,
        title="{subject} sends after a week of silence, or is new",
        consequence="Receivers may throttle or block {subject}: it wakes up after a week of silence, or is new.",
        meaning="Reputation fades within days. A sender that wakes up is treated like a new one.",
        steps=("Begin with those who read your mail.", "Raise the volume day by day."),
    ),
}
