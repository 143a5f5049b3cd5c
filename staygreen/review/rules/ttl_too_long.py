"""`ttl-too-long`: a mistake in a record could not be corrected within a day."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Facts, Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.reading.properties import whole
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said

MAX_SECONDS = 86_400
CHANGING_SECONDS = 3_600
"""A record that is about to change should expire sooner than this."""


def _state(facts: Facts) -> Iterator[Said]:
    for fact in facts.of(Kind.RECORD):
        ttl = whole(fact.value["ttl"])
        if ttl is not None and ttl > MAX_SECONDS:
            yield Said(
                severity=Severity.LOOK,
                fact=fact,
                after=f"TTL {ttl} s",
                consequence=f"A mistake in {fact.key} may last {ttl / 3600:.0f} hours after it is corrected.",
            )


def _change(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.RECORD):
        ttl = whole(change.was("ttl"))
        if change.before and change.after and change.differs("values") and ttl is not None and ttl > CHANGING_SECONDS:
            yield Said(
                severity=Severity.LOOK,
                fact=change.after,
                before=f"TTL {ttl} s",
                after=", ".join(change.after.values),
                consequence=f"Resolvers may answer with the old {change.fact.key} for {ttl / 3600:.0f} more hours.",
            )


RULE = Rule(
    id="ttl-too-long",
    reason="Resolvers keep an answer for its TTL, whatever the zone says by then.",
    reference="https://www.rfc-editor.org/rfc/rfc1035#section-3.2.1",
    remedy="Lower the TTL to an hour at most, one TTL before the change.",
    state=_state,
    change=_change,
)
