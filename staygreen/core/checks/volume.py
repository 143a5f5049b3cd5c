"""Whether the volume changes suddenly (docs/runbooks/volume.md).

SES counts messages of the account. Those of a dedicated IP pool are counted where its configuration sets publish them,
or, as are those to Microsoft, where Virtual Deliverability Manager is on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from staygreen.core.checks.check import Check
from staygreen.core.checks.ses_reputation import WHOLE_ACCOUNT, sends_through_ses
from staygreen.core.checks.world import Ask, Source
from staygreen.core.confirmation import Confirmation, read, written
from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.incidents.report import Coverage, Report
from staygreen.core.ses import volume
from staygreen.core.ses.findings import finding, silence
from staygreen.core.ses.standing import Volume, Whose
from staygreen.core.ses.volume import Usual
from staygreen.core.ses.volume_causes import CAUSES

if TYPE_CHECKING:
    from staygreen.core.config.config import Config

ID = "volume"
_MICROSOFT = Subject(SubjectKind.ACCOUNT, "microsoft", "mail to Microsoft")
_METRICS = Subject(SubjectKind.SOURCE, "send metrics")


def settings(config: Config) -> Mapping[str, Any]:
    """What the function reads at run time, as JSON values."""
    given = config.monitors.volume
    return {
        "usual": {"factor": given.factor, "minimum": given.minimum},
        "confirmation": written(given.confirmation),
    }


def is_deployed(config: Config) -> bool:
    """Whether it is switched on and something sends through SES."""
    return config.monitors.volume.enabled and sends_through_ses(config)


def confirmation(settings: Mapping[str, Any]) -> Confirmation:
    """The incident rules of this check: a count that was made is not unmade, so one sighting is enough."""
    return read(settings, Confirmation(sightings=1, spacing=timedelta(0), clears=1))


def run(settings: Mapping[str, Any], ask: Ask) -> Report:
    """Judge each volume that is counted against the two weeks before it."""
    usual, now, found = Usual(**settings["usual"]), ask.now(), ask.ses_volume()
    findings = [
        finding(ID, CAUSES, _subject(each), judged, now)
        for each in found.counted
        for judged in volume.judge(each.days, now.date(), usual, _called(each))
    ]
    is_lost = found.sent_in_a_day >= usual.minimum and not _counted_lately(found.counted, now)
    text = f"CloudWatch counts no messages of the account, which sent {found.sent_in_a_day:,} in a day"
    findings.append(silence(ID, _METRICS, text, now, is_lost=is_lost))
    coverage = Coverage(source=_METRICS.id, asked=1, answered=int(not is_lost), reason="no_data" if is_lost else "")
    return Report(findings=tuple(findings), coverage=(coverage,))


def _counted_lately(volumes: tuple[Volume, ...], now: datetime) -> bool:
    days = (now.date(), now.date() - timedelta(days=1))
    return any(each.days.get(day) for each in volumes if each.whose is Whose.ACCOUNT for day in days)


def _subject(volume: Volume) -> Subject:
    if volume.whose is Whose.POOL:
        return Subject(SubjectKind.POOL, volume.pool)
    return _MICROSOFT if volume.whose is Whose.MICROSOFT else WHOLE_ACCOUNT


def _called(volume: Volume) -> str:
    if volume.whose is Whose.POOL:
        return f"The pool {volume.pool}"
    return "To Microsoft the account" if volume.whose is Whose.MICROSOFT else "The account"


CHECK = Check(
    id=ID,
    title="sudden changes of volume",
    sources=frozenset({Source.SES_VOLUME}),
    timeout=timedelta(minutes=5),
    memory_mb=256,
    enabled=is_deployed,
    schedule=lambda config: config.monitors.volume.schedule,
    settings=settings,
    secrets=lambda _config: (),
    confirmation=confirmation,
    run=run,
)
