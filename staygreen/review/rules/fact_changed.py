"""`fact-changed`: what else changed about mail, told without judging more than is known."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from staygreen.review.facts import Kind
from staygreen.review.finding import Severity
from staygreen.review.pairing import Change, Comparison
from staygreen.review.resolve import text
from staygreen.review.rule import Rule, Said

_LOOK_AT_CHANGE = frozenset(
    {
        Kind.IDENTITY,
        Kind.PTR,
        Kind.ASSOCIATION,
        Kind.POOL,
        Kind.TENANT,
        Kind.CONFIGURATION_SET,
        Kind.RECEIPT_RULE,
        Kind.SETTINGS,
        Kind.MONITOR,
    }
)
_MOST_SHOWN = 4


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.changes:
        if change.before is not None and change.after is not None and change.before.value == change.after.value:
            continue
        if change.fact.kind is Kind.KEEPING and (change.before is None or change.after is None):
            continue  # how a thing is kept is no news where the thing itself is
        yield Said(
            severity=_severity(change),
            fact=change.fact,
            before=_shown(change, old=True),
            after=_shown(change, old=False),
            consequence=_consequence(change, comparison),
        )


def _severity(change: Change) -> Severity:
    if change.before is None:
        return Severity.LOOK if change.fact.kind is Kind.OPEN else Severity.FINE
    if change.after is None or _moves_zone(change) or (change.fact.rtype == "MX" and change.differs("values")):
        return Severity.LOOK
    if change.fact.kind is Kind.ADDRESS and change.differs("InstanceId"):
        return Severity.LOOK
    if change.fact.kind in _LOOK_AT_CHANGE and not _only_grows(change.before.value, change.after.value):
        return Severity.LOOK
    return Severity.FINE


def _only_grows(old: Any, new: Any) -> bool:
    """Whether everything that was there is there still: a list more is no worry."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return all(name in new and _only_grows(part, new[name]) for name, part in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return all(part in new for part in old)
    return bool(old == new)


def _moves_zone(change: Change) -> bool:
    return change.fact.kind is Kind.RECORD and change.before is not None and change.differs("zone")


def _shown(change: Change, *, old: bool) -> str:
    fact = change.before if old else change.after
    if fact is None:
        return "(absent)"
    if fact.kind is Kind.RECORD:
        data = ", ".join(fact.values) or str(fact.value.get("alias", ""))
        beside = [f"{name} {fact.value[name]}" for name in ("ttl", "zone") if change.before and change.differs(name)]
        return "; ".join([data, *beside] if change.after else [data])
    if change.before is None or change.after is None:
        parts = ((name, text(part)) for name, part in sorted(fact.value.items()) if part not in ("", [], {}))
        return ", ".join(f"{name} {part}" for name, part in parts)
    differing = _differences(change.before.value, change.after.value)
    return ", ".join(f"{name} {text(pair[0 if old else 1]) or '(none)'}" for name, pair in differing.items())


def _consequence(change: Change, comparison: Comparison) -> str:
    subject = _subject(change)
    if change.before is None and change.fact.kind is Kind.OPEN:
        who = "everybody on the internet" if change.now("auth") == "NONE" else "whoever IAM lets"
        return f"{subject} is new: {who} can call it."
    if change.before is None:
        return f"{subject} is new."
    if change.after is None:
        if comparison.stays(change.before):
            return f"{subject} stays in the account, but no stack looks after it any more."
        return _GONE.get(change.fact.rtype, "{subject} is deleted.").format(subject=subject, name=change.fact.name)
    told = _TOLD.get(change.fact.kind, _plainly)
    return told(change)


def _subject(change: Change) -> str:
    return change.fact.subject if change.fact.kind is Kind.RECORD else f"The {change.fact.subject}"


_GONE = {
    "MX": "Mail to {name} has nowhere to go: its MX record is deleted.",
    "A": "The name {name} leads nowhere any more: its A record is deleted.",
    "AAAA": "The name {name} has no IPv6 address any more: its AAAA record is deleted.",
    "CNAME": "The name {name} leads nowhere any more: its CNAME record is deleted.",
}


def _record(change: Change) -> str:
    name, values = change.fact.name, ", ".join(change.fact.values) or str(change.now("alias"))
    if change.differs("zone"):
        return (
            f"{change.fact.key} moves to the hosted zone {change.now('zone')}: resolvers see it only if the parent "
            "zone delegates to that one."
        )
    if not change.differs("values") and not change.differs("alias"):
        return f"Resolvers keep {change.fact.key} for {change.now('ttl')} s instead of {change.was('ttl')} s."
    if change.fact.rtype == "MX":
        null = change.fact.values == ("0 .",)
        return f"{name} takes no mail any more (null MX)." if null else f"Mail to {name} goes to {values} from now on."
    if change.fact.rtype == "TXT":
        return f"The texts at {name} change."
    return f"The name {name} leads to {values} from now on."


def _ptr(change: Change) -> str:
    if change.differs("ptr"):
        return f"The reverse DNS name {change.was('ptr')} becomes {change.now('ptr')}: receivers see a new name."
    if change.differs("release"):
        then = "is reset, and the address let go," if change.now("release") else "is kept, with the address,"
        return f"The reverse DNS name {change.now('ptr')} {then} when it leaves the configuration."
    return _plainly(change)


def _machine(change: Change) -> str:
    """Another machine sends from the address, and the one that did so far sends from another."""
    machines = [
        next((str(side[name]) for name in ("InstanceId", "NetworkInterfaceId") if side.get(name)), "(none)")
        for side in (change.before.value if change.before else {}, change.fact.value)
    ]
    if machines[0] == machines[1]:
        return _plainly(change)
    return (
        f"The {change.fact.subject} goes from {machines[0]} to {machines[1]}: what runs on the former sends from "
        "another address, and what runs on the latter inherits the reputation."
    )


def _identity(change: Change) -> str:
    name = change.fact.key
    if change.differs("mail_from"):
        now = change.now("mail_from") or "amazonses.com"
        return f"The envelope domain of {name} becomes {now}: SPF is judged by that name."
    if change.differs("feedback") and change.now("feedback") == "false":
        return f"SES no longer sends bounces and complaints of {name} to the sender by mail: events alone tell of them."
    if change.differs("configuration_set"):
        return f"Mail of {name} that names no configuration set uses {change.now('configuration_set') or 'none'}."
    return _plainly(change)


def _plainly(change: Change) -> str:
    assert change.before is not None and change.after is not None  # noqa: S101 - asked for changes alone
    pairs = _differences(change.before.value, change.after.value)
    told = [f"{name} {text(old) or '(none)'} → {text(new) or '(none)'}" for name, (old, new) in pairs.items()]
    more = f" and {len(told) - _MOST_SHOWN} more" if len(told) > _MOST_SHOWN else ""
    return f"{_subject(change)} changes: {', '.join(told[:_MOST_SHOWN])}{more}."


def _differences(old: Mapping[str, Any], new: Mapping[str, Any], place: str = "") -> dict[str, tuple[Any, Any]]:
    """The parts that differ, by their path, as deep as both sides go."""
    found: dict[str, tuple[Any, Any]] = {}
    for name in sorted({*old, *new}):
        was, now = old.get(name), new.get(name)
        path = f"{place}.{name}" if place else name
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            found |= _differences(was, now, path)
        elif was != now:
            found[path] = (was, now)
    return found


_TOLD: Mapping[Kind, Callable[[Change], str]] = {
    Kind.RECORD: _record,
    Kind.PTR: _ptr,
    Kind.IDENTITY: _identity,
    Kind.ADDRESS: _machine,
    Kind.ASSOCIATION: _machine,
}

RULE = Rule(
    id="fact-changed",
    reason="It is part of how mail leaves, is watched or is repaired, and no other rule has anything against it.",
    reference="https://docs.aws.amazon.com/ses/latest/dg/send-email-concepts-deliverability.html",
    remedy="Make sure that this is what you meant.",
    change=_judge,
)
