"""Which steps bring our receipt rules into the rule set that SES runs, and take them out again.

SES runs one receipt rule set for each account and region, and CloudFormation
cannot say which. Ours join the set that is active; where none is, a set of our
own becomes it. On removal only our rules go; our own set goes with its last rule.

Source: Amazon SES API Reference, SetActiveReceiptRuleSet, CreateReceiptRule and
siblings (recalled, not verified).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from staygreen.core.naming import DMARC_PREFIX, FAILURE_PREFIX, PEOPLE_PREFIX, REPORTS_PREFIX

SETUP_OBJECTS = tuple(
    f"{prefix}AMAZON_SES_SETUP_NOTIFICATION" for prefix in (REPORTS_PREFIX, PEOPLE_PREFIX, DMARC_PREFIX, FAILURE_PREFIX)
)
"""What SES writes into the bucket when a rule with an S3 action is made (SES Developer Guide, "Deliver to S3 bucket
action", recalled, not verified)."""
Rule = Mapping[str, Any]
"""As the SES API takes it: Name, Enabled, Recipients, Actions..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """One receipt rule set as it is."""

    name: str
    rules: tuple[str, ...]
    """Names of its rules, in order."""


@dataclass(frozen=True, slots=True)
class CreateSet:
    """Make an empty rule set."""

    name: str


@dataclass(frozen=True, slots=True)
class Activate:
    """Make a rule set the one that runs; empty: none runs."""

    name: str


@dataclass(frozen=True, slots=True)
class PutRule:
    """Have a rule as it is wanted. A new one goes first: a rule that stops the set cannot hide it."""

    rule_set: str
    rule: Rule
    exists: bool


@dataclass(frozen=True, slots=True)
class DeleteRule:
    """Take a rule out."""

    rule_set: str
    name: str


@dataclass(frozen=True, slots=True)
class DeleteSet:
    """Delete a rule set that is empty and not active."""

    name: str


Step = CreateSet | Activate | PutRule | DeleteRule | DeleteSet


def towards(wanted: Sequence[Rule], sets: Sequence[RuleSet], active: str, own: str) -> Iterator[Step]:
    """The steps after which exactly the wanted rules of ours are in the active set, and none elsewhere.

    Args:
        wanted: Our rules; their names begin with `own`.
        sets: Every rule set.
        active: The set that runs; empty: none.
        own: Our prefix, which is also the name of our own set.
    """
    target = active or own
    present = next((each.rules for each in sets if each.name == target), None)
    if present is None:
        yield CreateSet(target)
        present = ()
    for rule in reversed(wanted):
        yield PutRule(target, rule, exists=rule["Name"] in present)
    if not active:
        yield Activate(target)
    names = {rule["Name"] for rule in wanted}
    for each in sets:
        for name in each.rules:
            if _is_ours(name, own) and (each.name != target or name not in names):
                yield DeleteRule(each.name, name)
    if target != own and any(each.name == own and _is_ours_alone(each, own) for each in sets):
        yield DeleteSet(own)


def away(sets: Sequence[RuleSet], active: str, own: str) -> Iterator[Step]:
    """The steps after which no rule of ours is left; rules of others stay, and go on working."""
    for each in sets:
        for name in each.rules:
            if _is_ours(name, own):
                yield DeleteRule(each.name, name)
    if any(each.name == own and _is_ours_alone(each, own) for each in sets):
        if active == own:
            yield Activate("")
        yield DeleteSet(own)


def _is_ours(name: str, own: str) -> bool:
    return name.startswith(f"{own}-")


def _is_ours_alone(rule_set: RuleSet, own: str) -> bool:
    return all(_is_ours(name, own) for name in rule_set.rules)
