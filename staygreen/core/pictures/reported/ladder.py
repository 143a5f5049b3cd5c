"""The ladder of DMARC policies: at which step each domain is, and what the next one still lacks."""

from __future__ import annotations

from collections.abc import Iterator

from staygreen.core.dmarc.readiness.answer import Readiness, Standing
from staygreen.core.pictures.facts import Facts
from staygreen.core.pictures.figure import figure
from staygreen.core.pictures.markup import NOTHING, Markup
from staygreen.core.pictures.shapes.ranking import Rank, ranking
from staygreen.core.pictures.shapes.table import table

_MET = {True: "met", False: "not met", None: "not known"}


def ladder(facts: Facts) -> Markup:
    """A bar for each domain, as long as many conditions are met, and the conditions that are not."""
    if not facts.readiness:
        return NOTHING
    return figure(
        "ladder",
        "How far the DMARC policies are",
        "From none over quarantine to reject. The conditions look at your own mail alone, as proven reports show it.",
        ranking(map(_rank, facts.readiness), caption="Domains", columns=("domain", "conditions met", "step")),
        tables=(
            table(
                "Conditions of the next step that are not met",
                ("domain", "condition", "value", "limit", "stands", "what to do"),
                (row for each in facts.readiness for row in _missing(each)),
            ),
        ),
    )


def _rank(answer: Readiness) -> Rank:
    met = sum(each.is_met is True for each in answer.conditions)
    return Rank(answer.domain, met, _step(answer, met))


def _step(answer: Readiness, met: int) -> str:
    at = f"at {answer.present.value}"
    if answer.standing is Standing.GO_BACK:
        return f"{at}: go back to {answer.next.value if answer.next else 'the step before'}"
    if answer.standing is Standing.STAY:
        return f"{at}: its end state, since people post from it"
    if answer.next is None or answer.standing is Standing.DONE:
        return f"{at}: the last step"
    if answer.standing is Standing.READY:
        return f"{at}: ready for {answer.next.value}"
    return f"{at}: {met} of {len(answer.conditions)} for {answer.next.value}"


def _missing(answer: Readiness) -> Iterator[tuple[str, ...]]:
    if answer.standing is Standing.STAY:
        return
    for each in answer.missing:
        yield answer.domain, f"{each.id}: {each.title}", each.value, each.limit, _MET[each.is_met], each.act
