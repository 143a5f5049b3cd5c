"""`doubled-name`: the zone's name is written twice, as in ``x.example.com.example.com``."""

import re
from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Facts, Kind
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said


def is_doubled(name: str, zone: str = "") -> bool:
    """Whether a name ends in the same two or more labels twice, or adds a zone to a name that is already whole."""
    if re.search(r"DkimDNSTokenName\d⟩\.", name) or (zone and name.endswith(f".{zone}.{zone}")):
        return True
    labels = name.split(".")
    return any(labels[-size:] == labels[-2 * size : -size] for size in range(2, len(labels) // 2 + 1))


def _judge(facts: Facts) -> Iterator[Said]:
    for fact in facts.of(Kind.RECORD):
        if is_doubled(fact.name, str(fact.value["zone"])):
            yield Said(
                severity=Severity.STOP,
                fact=fact,
                after=fact.name,
                consequence=f"Nobody will ask for {fact.name}: the zone's name is in it twice.",
            )
    for fact in facts.of(Kind.IDENTITY):
        if is_doubled(str(fact.value["mail_from"])):
            yield Said(
                severity=Severity.STOP,
                fact=fact,
                after=str(fact.value["mail_from"]),
                consequence=f"The MAIL FROM domain of {fact.key} has a name in it twice and is never verified.",
            )


RULE = Rule(
    id="doubled-name",
    reason="A whole name without a trailing dot is completed with the zone's name.",
    reference="https://github.com/aws/aws-cdk/issues/21306",
    remedy="Give the name relative to the zone, or whole with a trailing dot.",
    state=_judge,
)
