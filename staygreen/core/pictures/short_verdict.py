"""The verdict of a page in three sentences: how it stands, what happened, what to do first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from staygreen.core.finding import Severity
from staygreen.core.incidents.incident import Status
from staygreen.core.pictures.facts import Facts
from staygreen.core.pictures.lived import Lived
from staygreen.core.pictures.period import Stretch
from staygreen.core.snds.rows import Colour
from staygreen.core.verdict.verdict import Standing, Verdict
from staygreen.core.wording import plural

_SUFFERS = {
    Standing.BLOCKED: "mail is refused",
    Standing.THROTTLED: "mail is slowed down",
    Standing.AT_RISK: "mail is at risk",
}
_KNOWN = {
    Standing.GOOD: "good by Microsoft's own word",
    Standing.NOTHING_FOUND: "nothing found, and Microsoft has said nothing",
    Standing.UNKNOWN: "not known",
}
_NAMED = 3


def not_asked(facts: Facts) -> str:
    """What was not asked or could not be read, which stands above everything else; empty: all was."""
    return f"Not in here: {'; '.join(facts.unread)}." if facts.unread else ""


def is_bad(facts: Facts) -> bool:
    """Whether anything is held against the sender today."""
    return any(each.standing in _SUFFERS for each in facts.verdicts) or bool(is_open(facts))


def is_open(facts: Facts) -> tuple[Lived, ...]:
    """The incidents that are open and more than context; coverage is none of them."""
    return tuple(
        each
        for each in facts.incidents
        if each.incident.status is Status.OPEN and not each.is_coverage and each.incident.severity is not Severity.INFO
    )


def sentences(facts: Facts) -> tuple[str, str, str]:
    """The three sentences."""
    return _standing(facts), _past(facts), _next(facts)


def _standing(facts: Facts) -> str:
    bad = [each for each in facts.verdicts if each.standing in _SUFFERS]
    if not bad and (still := is_open(facts)):
        # the verdict of a run is written after its incidents
        named = sorted({each.incident.subject.id for each in still})
        return f"Open today: {plural(len(still), 'incident')}, about {_listed(named)}."
    if not bad:
        counted = Counter(each.standing for each in facts.verdicts)
        judged = "; ".join(f"{_KNOWN[each]}: {counted[each]}" for each in _KNOWN if counted[each])
        known = f" ({judged})" if judged else ""
        return f"Today nothing is held against {facts.sender}, as far as was asked{known}."
    parts = [
        f"{_SUFFERS[standing]} for {_names([each for each in bad if each.standing is standing])}"
        for standing in _SUFFERS
        if any(each.standing is standing for each in bad)
    ]
    return f"Today {'; '.join(parts)}."


def _names(found: Sequence[Verdict]) -> str:
    return _listed([each.subject.id for each in found])


def _listed(names: Sequence[str]) -> str:
    named = ", ".join(names[:_NAMED])
    return f"{named} and {len(names) - _NAMED} more" if len(names) > _NAMED else named


def _past(facts: Facts) -> str:
    days = Stretch(facts.period.first, facts.period.last)
    return f"From {days}: {'; '.join(_happened(facts))}."


def _happened(facts: Facts) -> Iterator[str]:
    within = [each for each in facts.incidents if each.within(facts.period) and not each.is_coverage]
    weighty = [each for each in within if each.incident.severity is not Severity.INFO]
    critical = sum(each.incident.severity is Severity.CRITICAL for each in weighty)
    yield (
        f"{plural(len(weighty), 'incident')}, {critical} of them critical, {len(is_open(facts))} still open"
        if weighty
        else ("no incident")
    )
    if facts.days is not None:
        counted = Counter(row.filter_result for rows in facts.days.values() for row in rows if row.on in facts.period)
        graded = [
            f"{counted[colour]:,} {colour.value.lower()}"
            for colour in (Colour.RED, Colour.YELLOW, Colour.GREEN)
            if counted[colour]
        ]
        yield f"SNDS graded {', '.join(graded)} (days of addresses)" if graded else "SNDS had no grade"
    if facts.tallies is not None:
        ours = [each for each in facts.tallies if each.combination.cause.is_ours and each.hour.date() in facts.period]
        refused = sum(each.new_messages for each in ours if not each.combination.cause.is_throttle)
        slowed = sum(each.new_messages for each in ours if each.combination.cause.is_throttle)
        yield f"{plural(refused, 'message')} refused and {slowed:,} slowed down, of those that were counted"


def _next(facts: Facts) -> str:
    worst = next((each for each in facts.verdicts if each.standing in _SUFFERS and each.next_step), None)
    if worst is not None:
        return f"First, for {worst.subject.id}: {worst.next_step}"
    told = next((each.incident for each in is_open(facts) if each.incident.finding.advice), None)
    if told is not None and told.finding.advice:
        return f"First, for {told.subject.id}: {told.finding.advice.next_step}"
    return "Nothing was found to repair."
