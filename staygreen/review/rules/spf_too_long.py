"""`spf-too-long`: the SPF answer may not fit into one UDP packet."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Facts
from staygreen.core.mail_facts.severity import Severity
from staygreen.core.records import spf
from staygreen.review.rule import Rule, Said

MAX_OCTETS = 450
"""Of name and all texts at that name together (RFC 7208 §3.4)."""


def _judge(facts: Facts) -> Iterator[Said]:
    for fact in facts.records("TXT"):
        size = len(fact.name) + sum(len(value.encode()) for value in fact.values)
        if size > MAX_OCTETS and any(spf.is_spf(value) for value in fact.values):
            yield Said(
                severity=Severity.LOOK,
                fact=fact,
                after=f"{size} octets",
                consequence=f"Some receivers may not see the SPF record of {fact.name}: the answer is too long for one "
                f"UDP packet.",
            )


RULE = Rule(
    id="spf-too-long",
    reason="An answer above 512 octets may be truncated; name and texts should stay below 450.",
    reference="https://www.rfc-editor.org/rfc/rfc7208#section-3.4",
    remedy="Drop verification strings that are no longer needed, or merge networks.",
    state=_judge,
)
