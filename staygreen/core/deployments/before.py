"""What was deployed before something turned worse, and whether a deployment is its cause.

A deployment is called the cause only where it changed the very fact that fails: the same kind of record at the same
name, taken away where the check misses it, written where the check dislikes it, and changed by no later deployment.
Everything else is told as what happened before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from staygreen.core.deployments.deployment import Aspect, Deployment, Direction, FactChange, Outcome
from staygreen.core.finding import Finding
from staygreen.core.wording import duration, plural, utc_time

LOOKED_BACK = timedelta(days=3)
"""How far before a change for the worse deployments are looked for."""
CLOSE = timedelta(hours=24)
"""Deployments within this are counted even where none is about the subject."""
MOST_NAMED = 3
"""Changed facts that one sentence names."""
_ASPECTS: Mapping[str, Aspect] = {
    "spf": Aspect.SPF,
    "dkim": Aspect.DKIM,
    "dmarc": Aspect.DMARC,
    "mail_from_mx": Aspect.MX,
    "mail_from_spf": Aspect.SPF,
    "mta_sts": Aspect.MTA_STS,
    "tls_rpt": Aspect.TLS_RPT,
    "null_mx": Aspect.MX,
}
"""What a cause of `auth_records` is about, by the cause or the beginning of it."""
_ADDRESS_OF_THE_RECEIVER = frozenset({"dmarc_reports_undeliverable", "dmarc_reports_unauthorised"})
"""Causes whose fault may lie with somebody else's name."""


_MISSING_OR_WRONG = frozenset({"mail_from_mx", "mail_from_spf", "mta_sts", "tls_rpt", "null_mx"})
"""Causes that do not say whether the record is missing or wrong: an added record is never called their cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worse:
    """A change for the worse: what a check found, and since when."""

    finding: Finding
    since: datetime
    """When it was first seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The deployments that are on record, and since when they are."""

    deployments: tuple[Deployment, ...]
    since: datetime | None
    """None: none was ever recorded, so nothing is known."""
    read_from: datetime | None = None
    """What ended earlier was not read; None: nothing was left out."""

    def covers(self, since: datetime) -> bool:
        """Whether it can be said what was deployed before a time."""
        if self.since is None or since < self.since:
            return False
        return self.read_from is None or self.read_from <= max(since - LOOKED_BACK, self.since)


NOT_RECORDED = Recorded(deployments=(), since=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The deployment that changed the fact that fails."""

    deployment: Deployment
    change: FactChange

    @property
    def sentence(self) -> str:
        """The first line about it."""
        at = utc_time(self.deployment.at)
        return f"The deployment of {at} ({self.deployment.source}) is the cause: {self.change.sentence}."

    @property
    def next_step(self) -> str:
        """The way back."""
        commit = self.deployment.commit
        what = f"Revert commit {commit[:7]}" if commit else f"Revert what was deployed to {self.deployment.stack}"
        return f"{what} and deploy, which brings back the {self.change.thing}."


def aspect_of(cause: str) -> Aspect:
    """What of mail a check's cause is about; `OTHER` where no fact of a template is known to decide it."""
    if cause in _ADDRESS_OF_THE_RECEIVER:
        return Aspect.OTHER
    return _ASPECTS.get(cause) or _ASPECTS.get(cause.partition("_")[0], Aspect.OTHER)


def is_failing_fact(change: FactChange, finding: Finding) -> bool:
    """Whether a changed fact is the one that a check found failing, changed so that it fails."""
    aspect = aspect_of(finding.cause)
    if aspect is Aspect.OTHER or change.aspect is not aspect or change.name not in finding.records:
        return False
    if finding.cause.endswith("_missing"):
        return change.direction is Direction.REMOVED
    if finding.cause in _MISSING_OR_WRONG:
        return change.direction in (Direction.CHANGED, Direction.REMOVED)
    return change.direction in (Direction.ADDED, Direction.CHANGED)


def cause_of(worse: Worse, recorded: Recorded) -> Cause | None:
    """The deployment that is the cause: the last one before that changed a failing fact, if its change is why."""
    for each in _newest_first(_before(worse.since, recorded.deployments)):
        if not each.took_effect:
            continue
        if each.unknown or each.unread:
            return None  # it may have changed the fact again
        mine = [change for change in each.changes if _is_same_fact(change, worse.finding)]
        if mine and each.outcome is Outcome.FAILED:
            return None  # whether it came to this fact is not known
        if mine:
            failing = [change for change in mine if is_failing_fact(change, worse.finding)]
            return Cause(deployment=each, change=failing[0]) if failing else None
        if each.changes_left_out:
            return None
    return None


def _is_same_fact(change: FactChange, finding: Finding) -> bool:
    return change.name in finding.records and change.aspect is aspect_of(finding.cause)


def told_before(worse: Sequence[Worse], recorded: Recorded) -> str:
    """What was deployed before, as one sentence; empty where that is not recorded.

    Args:
        worse: What turned worse together; not empty.
        recorded: The deployments of at least `LOOKED_BACK` before.
    """
    since = min(each.since for each in worse)
    if recorded.since is None or not recorded.covers(since):
        return ""
    found = _newest_first(_before(since, recorded.deployments))
    for each in found:
        about = [change for change in each.changes if any(change.concerns(one.finding.subject) for one in worse)]
        if about:
            return _about(each, about, since)
    return _none_about(found, since, recorded.since, plural_subject=len(worse) > 1)


def _about(deployment: Deployment, changes: Sequence[FactChange], since: datetime) -> str:
    named = "; ".join(change.sentence for change in changes[:MOST_NAMED])
    more = f"; and {len(changes) - MOST_NAMED} more" if len(changes) > MOST_NAMED else ""
    undone = "" if deployment.took_effect else " The deployment was rolled back."
    return f"{_when(deployment, since)} ({deployment.source}): {named}{more}.{undone}"


def _when(deployment: Deployment, since: datetime) -> str:
    if deployment.at > since:
        return "A deployment was under way"
    if since - deployment.at < timedelta(minutes=1):
        return "Deployed less than a minute before"
    return f"Deployed {duration(since - deployment.at)} before"


def _none_about(found: Sequence[Deployment], since: datetime, recorded: datetime, *, plural_subject: bool) -> str:
    what = "these subjects" if plural_subject else "this subject"
    close = [each for each in found if since - each.at <= CLOSE]
    if not found:
        if since - recorded < LOOKED_BACK:
            return f"Nothing was deployed before it since deployments are recorded ({utc_time(recorded)})."
        return f"Nothing was deployed in the {duration(LOOKED_BACK)} before."
    if not close:
        last = found[0]
        rest = f"what it changed is not known: {last.unknown}" if last.unknown else f"it was not about {what}"
        return f"Nothing was deployed in the 24 hours before; the last deployment was {_ago(last, since)}, and {rest}."
    counted = plural(len(close), "deployment")
    unknown = sum(bool(each.unknown or each.unread or each.changes_left_out) for each in close)
    if unknown:
        return f"{counted} in the 24 hours before; none is known to be about {what}, and of {unknown} not all is known."
    return f"{counted} in the 24 hours before, none about {what}."


def _ago(deployment: Deployment, since: datetime) -> str:
    return f"{duration(since - deployment.at)} before"


def _before(since: datetime, deployments: Iterable[Deployment]) -> list[Deployment]:
    """Those that had begun, and ended less than `LOOKED_BACK` before."""
    return [each for each in deployments if (each.began or each.at) <= since < each.at + LOOKED_BACK]


def _newest_first(deployments: Iterable[Deployment]) -> list[Deployment]:
    return sorted(deployments, key=lambda each: each.id, reverse=True)
