"""Incident timeline: what was open when, by subject, with what was done as numbered marks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from staygreen.core.finding import Severity, Subject
from staygreen.core.pictures.facts import Doing, Facts
from staygreen.core.pictures.figure import figure
from staygreen.core.pictures.lived import Episode, Lived
from staygreen.core.pictures.markup import Markup
from staygreen.core.pictures.period import Period
from staygreen.core.pictures.shapes.grid import key
from staygreen.core.pictures.shapes.lanes import Lane, Span, Tick, lanes
from staygreen.core.pictures.shapes.level import Level
from staygreen.core.pictures.shapes.table import table
from staygreen.core.wording import duration, named, plural

MOST_LANES = 40
_LEVELS = {Severity.CRITICAL: Level.BAD, Severity.WARNING: Level.MIDDLE, Severity.INFO: Level.QUIET}
_KEY = (
    (Level.BAD, "critical: mail is refused"),
    (Level.MIDDLE, "warning: it will be soon"),
    (Level.QUIET, "context"),
)


def timeline(facts: Facts, most: int = MOST_LANES) -> Markup:
    """Lanes by subject, the worst first, `most` of them; deployments and repairs go through all of them."""
    within = [each for each in facts.incidents if each.within(facts.period) and not each.is_coverage]
    by_subject: dict[Subject, list[Lived]] = {}
    for each in sorted(within, key=lambda one: (one.incident.severity.rank, one.episodes[0].begun)):
        by_subject.setdefault(each.incident.subject, []).append(each)
    done = [each for each in facts.doings if facts.period.begin <= each.at < facts.period.end]
    ticks = [Tick(each.at, number, each.text) for number, each in enumerate(done, 1)]
    drawn = [_lane(subject, group, facts.period) for subject, group in by_subject.items()]
    left_out = len(drawn) - most
    said = f"{plural(len(within), 'incident')} about {plural(len(drawn), 'subject')} in these days."
    if left_out > 0:
        said += f" The worst {most} subjects are drawn, of {left_out} more the table tells."
    if ticks:
        said += " The numbered lines are what was done; that one comes before another proves no cause."
    shown = drawn[:most] or ([Lane("nothing open", "", ())] if ticks else [])
    return figure(
        "timeline",
        "Incidents and what was done",
        said,
        key(_KEY),
        lanes(shown, ticks, facts.period),
        tables=(
            table("Incidents, the newest first", ("subject", "cause", "severity", "from", "to"), _rows(within, facts)),
            table("What was done", ("number", "when (UTC)", "kind", "what"), _done(done)),
        ),
    )


def moment(at: datetime) -> str:
    """A moment such as ``2026-11-03 14:05``."""
    return f"{at:%Y-%m-%d %H:%M}"


def _lane(subject: Subject, group: Iterable[Lived], period: Period) -> Lane:
    spans = tuple(
        Span(
            episode.begun,
            episode.ended,
            _LEVELS[each.incident.severity],
            f"{_cause(each)}, {_from_to(episode)}",
        )
        for each in reversed(list(group))
        for episode in each.within(period)
    )
    return Lane(subject.id, subject.label, spans)


def _rows(found: Iterable[Lived], facts: Facts) -> Iterator[tuple[str, ...]]:
    episodes = [(each, episode) for each in found for episode in each.within(facts.period)]
    for each, episode in sorted(episodes, key=lambda pair: pair[1].begun, reverse=True):
        subject = each.incident.subject
        yield (
            named(subject.id, subject.label),
            _cause(each),
            each.incident.severity.value,
            moment(episode.begun),
            _end(episode, facts.now),
        )


def _end(episode: Episode, now: datetime) -> str:
    if episode.ended is None:
        return f"open, for {duration(now - episode.begun)}"
    how = "" if episode.is_answered else " (nobody asked any more)"
    return f"{moment(episode.ended)}{how}, after {duration(episode.ended - episode.begun)}"


def _from_to(episode: Episode) -> str:
    ended = "open" if episode.ended is None else f"to {moment(episode.ended)}"
    return f"from {moment(episode.begun)} {ended} UTC"


def _cause(each: Lived) -> str:
    finding = each.incident.finding
    return f"{finding.check.replace('_', ' ')}: {finding.cause.replace('_', ' ')}"


def _done(found: Iterable[Doing]) -> Iterator[tuple[str, ...]]:
    for number, each in enumerate(found, 1):
        yield str(number), moment(each.at), each.kind, f"{each.subject}: {each.text}" if each.subject else each.text
