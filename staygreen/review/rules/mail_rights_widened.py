"""`mail-rights-widened`: somebody may change SES, or send, who could not before."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Kind
from staygreen.core.mail_facts.pairing import Change, Comparison
from staygreen.core.mail_facts.reading.permissions import allowed_actions
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.PERMISSION):
        if change.after is None or change.fact.is_ours:
            continue
        gained = [one for one in change.now("allow") if one not in (change.was("allow") or ())]
        gained = [one for one in gained if allowed_actions(one).lower().startswith("ses:")]
        freed = [one for one in change.was("deny") or () if one not in change.now("deny") and "ses:" in one.lower()]
        administers = [one for one in gained if not allowed_actions(one).lower().startswith("ses:send")]
        if gained or freed:
            yield Said(
                severity=Severity.LOOK if administers or freed else Severity.FINE,
                fact=change.fact,
                before="; ".join(f"denied: {one}" for one in freed),
                after="; ".join(gained) or "no longer denied",
                consequence=_sentence(change, administers, gained, freed),
            )


def _sentence(change: Change, administers: list[str], gained: list[str], freed: list[str]) -> str:
    who = ", ".join(change.now("holders"))
    if administers:
        return f"{who} may change SES from now on, not only send: {'; '.join(administers)}."
    if gained:
        return f"{who} may send through SES from now on: {'; '.join(gained)}."
    return f"{who} is no longer denied: {'; '.join(freed)}."


RULE = Rule(
    id="mail-rights-widened",
    reason="Whoever may change SES may delete identities, stop sending, or send as everybody in the account.",
    reference="https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html",
    remedy="Allow the sending actions alone, on the identities that are needed, with a condition on ses:FromAddress.",
    change=_judge,
)
