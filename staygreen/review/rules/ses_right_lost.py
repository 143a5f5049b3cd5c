"""`ses-right-lost`: SES, or what hands on for it, may no longer use a bucket, topic, queue, key or function."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from staygreen.core.mail_facts.facts import Fact, Facts, Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.reading.rights import target
from staygreen.core.mail_facts.resolve import is_open, text
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said

_WORDS = {
    "bucket": "store inbound mail in",
    "topic": "publish to",
    "queue": "put messages into",
    "key": "use",
    "function": "call",
}
_SERVICES = {"ses": "SES", "sns": "SNS", "s3": "S3", "events": "EventBridge"}
_NEEDED = {
    "bucket": "s3:putobject",
    "topic": "sns:publish",
    "queue": "sqs:sendmessage",
    "function": "lambda:invokefunction",
}
"""The one action of each that handing on mail needs."""


def _judge(comparison: Comparison) -> Iterator[Said]:
    told: set[tuple[str, str, str]] = set()
    for right in comparison.base.of(Kind.RIGHT):
        service, what, name = (text(right.value[part]) for part in ("service", "what", "target"))
        if not right.why or service == "*" or right.value["effect"] == "Deny" or (service, what, name) in told:
            continue
        if comparison.is_unread(right) or not _is_there(right, comparison) or comparison.stays(right):
            continue
        lost = _lost(right, comparison.head)
        if not lost:
            yield from _under_other_conditions(right, comparison)
        elif not _lost(right, comparison.base):
            told.add((service, what, name))
            used = service == "ses" and what in ("bucket", "function") and _is_used(name, comparison.head)
            yield Said(
                severity=Severity.STOP if used else Severity.LOOK,
                fact=right,
                subject=f"right of {_SERVICES.get(service, service)} to {_WORDS[what]} the {what} {name}",
                before=right.value["action"],
                after=lost,
                consequence=f"{_SERVICES.get(service, service)} may no longer {_WORDS[what]} the {what} {name}"
                f"{', which a receipt rule still names: mail to it is not delivered' if used else ''}.",
            )


def _under_other_conditions(right: Fact, comparison: Comparison) -> Iterator[Said]:
    """The right stands, but for another account, rule or address only."""
    before, after = (_conditions(right, side) for side in (comparison.base, comparison.head))
    if not before or not after or "" in after or before & after:
        return
    service, what, name = (text(right.value[part]) for part in ("service", "what", "target"))
    yield Said(
        severity=Severity.LOOK,
        fact=right,
        subject=f"right of {_SERVICES.get(service, service)} to {_WORDS[what]} the {what} {name}",
        before=" or ".join(sorted(before - {""})) or "always",
        after=" or ".join(sorted(after)),
        consequence=f"{_SERVICES.get(service, service)} may {_WORDS[what]} the {what} {name} under other conditions "
        f"only: {' or '.join(sorted(after))}.",
    )


def _conditions(right: Fact, side: Facts) -> set[str]:
    """The conditions under which a right is given; one empty text where it is given always."""
    return {
        text(fact.value["condition"]) if fact.value["condition"] else ""
        for fact in _same(right, side)
        if fact.value["effect"] != "Deny"
    }


def _lost(right: Fact, side: Facts) -> str:
    """What became of a right on one side; empty where it stands, or where another statement gives it as well."""
    if not fnmatchcase(_needed(right), text(right.value["action"])):
        return ""
    same = _same(right, side)
    allowing = [fact for fact in same if fact.value["effect"] != "Deny"]
    denying = [fact for fact in same if fact.value["effect"] == "Deny" and not fact.value["condition"]]
    if denying:
        return "denied"
    return "" if allowing else "(none)"


def _needed(right: Fact) -> str:
    return _NEEDED.get(text(right.value["what"]), text(right.value["action"]))


def _same(right: Fact, side: Facts) -> list[Fact]:
    """The statements of a side that speak of the same right."""
    return [
        fact
        for fact in side.of(Kind.RIGHT)
        if fact.value["what"] == right.value["what"]
        and fact.value["target"] == right.value["target"]
        and fact.value["service"] in (right.value["service"], "*")
        and fnmatchcase(_needed(right), text(fact.value["action"]))
    ]


def _is_there(right: Fact, comparison: Comparison) -> bool:
    """Whether what the right is for is left: when a bucket goes, that is told instead."""
    name = text(right.value["target"])
    own = name.strip("⟨⟩")
    base, head = (
        {fact.resource.logical_id for fact in side.all}
        | {target(text(fact.key.rpartition(" ")[2])) for fact in side.all}
        for side in (comparison.base, comparison.head)
    )
    return own not in base or own in head


def _is_used(name: str, side: Facts) -> bool:
    """Whether a receipt rule still hands mail to it."""
    for rule in side.of(Kind.RECEIPT_RULE):
        said = text(rule.value)
        if name in said or (name.startswith("⟨") and f"{name[:-1]}." in said):
            return not is_open(name)
    return False


RULE = Rule(
    id="ses-right-lost",
    reason="SES checks its right with every message; nothing tells of it but mail, or events, that do not come.",
    reference="https://docs.aws.amazon.com/ses/latest/dg/receiving-email-permissions.html",
    remedy="Keep the statement for ses.amazonaws.com as long as a rule or an event destination uses the resource.",
    change=_judge,
)
