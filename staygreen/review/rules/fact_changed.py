"""`fact-changed`: what else changed about mail, told without judging more than is known."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from staygreen.core.mail_facts.differences import differences
from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.meanings import TypeMeaning, table
from staygreen.core.mail_facts.pairing import Change, Comparison
from staygreen.core.mail_facts.reading.mail_path import UNKNOWN_USE, UNKNOWN_ZONE
from staygreen.core.mail_facts.resolve import text
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said

_SPOKEN_OF_ELSEWHERE = frozenset({Kind.RIGHT, Kind.PORTS, Kind.RECORD_DELETION, Kind.PROPERTY})
"""Kinds that rules of their own speak of, one side against the other as a whole."""
_LOOK_UNLESS_MORE = frozenset({Kind.IDENTITY, Kind.PTR, Kind.ASSOCIATION, Kind.SETTINGS, Kind.SHARE, Kind.MONITOR})
"""Kinds without a table: something more is no worry."""
_LOOK_WHEN_NEW = frozenset({Kind.OPEN, Kind.CUSTOM, Kind.SHARE})
_LOOK_WHEN_CHANGED = frozenset({Kind.CALL, Kind.CUSTOM, Kind.ACTIVE_RULES, Kind.ZONE})
_REMOVED_BY_TABLE = frozenset({Kind.RESOURCE, Kind.HOST, Kind.NAT})
_LEADS = frozenset({"A", "AAAA", "CNAME", "MX", "NS", "DS", "SRV", "TLSA", "PTR"})
"""Record types whose change sends mail, or those who verify it, elsewhere."""
_TABLES: Mapping[Kind, tuple[str, str]] = {
    Kind.CONFIGURATION_SET: ("AWS::SES::ConfigurationSet", ""),
    Kind.POOL: ("AWS::SES::DedicatedIpPool", ""),
    Kind.TENANT: ("AWS::SES::Tenant", ""),
    Kind.RECEIPT_RULE: ("AWS::SES::ReceiptRule", "Rule/"),
    Kind.EVENTS: ("AWS::SES::ConfigurationSetEventDestination", "EventDestination/"),
}
"""The table of a kind, and where in it the fact's value begins."""
_MOST_SHOWN = 4


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.changes:
        if change.fact.kind in _SPOKEN_OF_ELSEWHERE or change.only_moves:
            continue
        if change.fact.kind is Kind.KEEPING and (change.before is None or change.after is None):
            continue  # how a thing is kept is no news where the thing itself is
        if change.before is None and change.why in (UNKNOWN_USE, UNKNOWN_ZONE):
            continue
        severity = _severity(change)
        if severity is not None:
            yield Said(
                severity=severity,
                fact=change.fact,
                before=_shown(change, old=True),
                after=_shown(change, old=False),
                consequence=_consequence(change, comparison),
            )


def _severity(change: Change) -> Severity | None:
    if change.fact.kind is Kind.PERMISSION and not change.fact.is_ours:
        return Severity.FINE
    if change.before is None:
        return Severity.LOOK if change.fact.kind in _LOOK_WHEN_NEW else Severity.FINE
    if change.after is None:
        described = table().get(change.fact.resource.type) if change.fact.kind in _REMOVED_BY_TABLE else None
        return described.removal if described else Severity.LOOK
    return _changed_severity(change)


def _changed_severity(change: Change) -> Severity | None:
    assert change.before is not None and change.after is not None  # noqa: S101 - asked for changes alone
    kind = change.fact.kind
    if change.before.condition != change.after.condition:
        return None if kind is Kind.KEEPING else Severity.LOOK
    if kind is Kind.RECORD:
        return _record_severity(change)
    if kind is Kind.ADDRESS and change.differs("InstanceId"):
        return Severity.LOOK
    described, _ = _table(change.fact)
    if described is not None:
        return _by_table(change, described)
    more = kind in _LOOK_UNLESS_MORE and not _only_grows(change.before.value, change.after.value)
    return Severity.LOOK if more or kind in _LOOK_WHEN_CHANGED else Severity.FINE


def _record_severity(change: Change) -> Severity:
    leads = change.fact.rtype in _LEADS and (change.differs("values") or change.differs("alias"))
    return Severity.LOOK if leads or change.differs("zone") or change.differs("routing") else Severity.FINE


def _table(fact: Fact) -> tuple[TypeMeaning | None, str]:
    """The table that describes a fact's value, and where in it the value begins."""
    if fact.kind in _TABLES:
        name, prefix = _TABLES[fact.kind]
        return table()[name], prefix
    described = fact.kind in (Kind.RESOURCE, Kind.HOST, Kind.NAT, Kind.ACCESS_KEY)
    return (table().get(fact.resource.type) if described else None), ""


def _path(fact: Fact, path: str, prefix: str) -> str:
    """The property's path in the type's table."""
    if fact.kind is Kind.EVENTS and path == "types":
        return "EventDestination/MatchingEventTypes"
    return path if path == "After" else f"{prefix}{path}"


def _by_table(change: Change, described: TypeMeaning) -> Severity | None:
    """The worst of what the changed properties decide; a set that only gains is no worry."""
    assert change.before is not None and change.after is not None  # noqa: S101 - asked for changes alone
    _, prefix = _table(change.fact)
    found: list[Severity] = []
    for one in differences(change.before.value, change.after.value):
        path = _path(change.fact, one.path, prefix)
        meaning = described.meaning(path)
        severity = meaning.severity if meaning else None  # what nobody knows has a rule of its own
        if severity is not None:
            gains = path in described.sets and bool(one.was) and _only_grows(one.was, one.now)
            found.append(Severity.FINE if gains else severity)
    return min(found, key=lambda severity: severity.rank, default=None)


def _only_grows(old: Any, new: Any) -> bool:
    """Whether everything that was there is there still: a list more is no worry."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return all(name in new and _only_grows(part, new[name]) for name, part in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return all(part in new for part in old)
    return bool(old == new)


def _shown(change: Change, *, old: bool) -> str:
    fact = change.before if old else change.after
    if fact is None:
        return "(absent)"
    if fact.kind is Kind.RECORD:
        data = ", ".join(fact.values) or str(fact.value.get("alias", ""))
        names = ("ttl", "zone", "routing")
        beside = [
            f"{name} {text(fact.value.get(name)) or '(none)'}"
            for name in names
            if change.before and change.differs(name)
        ]
        return "; ".join([data, *beside] if change.after else [data])
    if change.before is None or change.after is None:
        parts = ((name, text(part)) for name, part in sorted(fact.value.items()) if part not in ("", [], {}))
        return ", ".join(f"{name} {part}" for name, part in parts)
    return ", ".join(
        f"{one.path.replace('/', '.')} {text(one.was if old else one.now) or '(none)'}"
        for one in differences(change.before.value, change.after.value)
    )


def _consequence(change: Change, comparison: Comparison) -> str:
    subject = _subject(change)
    if change.before is None:
        return _new(change, subject)
    if change.after is None:
        beside = _answers_instead(change.before, comparison)
        return beside or _gone(change.before, subject, kept=comparison.stays(change.before))
    old, new = change.before.condition, change.after.condition
    if old and new and old != new:
        return f"{subject} depends on another condition ({old} → {new}); which holds is not known before deployment."
    if old != new:
        whether = "now depends on" if new else "no longer depends on"
        return f"{subject} {whether} a condition; whether that holds is not known before deployment."
    return _TOLD.get(change.fact.kind, _plainly)(change)


def _new(change: Change, subject: str) -> str:
    kind = change.fact.kind
    if kind is Kind.OPEN:
        who = "everybody on the internet" if change.now("auth") == "NONE" else "whoever IAM lets"
        return f"{subject} is new: {who} can call it."
    if kind is Kind.CUSTOM:
        return f"{subject} is new: what its function does to mail is not known before deployment."
    if kind is Kind.SHARE:
        return f"{subject} is new: identities and pools that it does not name are not watched by that sender."
    return f"{subject} is new."


def _gone(before: Fact, subject: str, *, kept: bool) -> str:
    if kept:
        return f"{subject} stays in the account, but no stack looks after it any more."
    if before.kind is Kind.SHARE:
        return f"{subject} goes: that sender watches all identities and pools of the account and region again."
    if before.kind is Kind.PERMISSION:
        return f"{subject} allows nothing about mail any more."
    if before.kind is Kind.CUSTOM:
        return f"{subject} goes: what its function undoes then is not known before deployment."
    described, _ = _table(before)
    if described is not None and described.removed:
        return f"{subject} is deleted, {described.removed}."
    return _GONE.get(before.rtype, "{subject} is deleted.").format(subject=subject, name=before.name)


def _answers_instead(before: Fact, comparison: Comparison) -> str:
    """What is said of a record that goes while others of its name and type answer; empty: there are none, or it stays.

    A record that gets a routing policy, or loses it, is another one to Route 53, and to nobody who asks DNS.
    """
    if before.kind is not Kind.RECORD or comparison.stays(before):
        return ""
    others = [fact for fact in comparison.head.records(before.rtype, before.name) if fact.key != before.key]
    if not others:
        return ""
    told = "; ".join(
        f"{', '.join(fact.values) or fact.value.get('alias', '')} ({_routing(fact.value.get('routing'))})"
        for fact in others[:_MOST_SHOWN]
    )
    return f"{before.rtype} {before.name} is answered by another record set: {told}."


def _subject(change: Change) -> str:
    return change.fact.subject if change.fact.kind is Kind.RECORD else f"The {change.fact.subject}"


_GONE = {
    "A": "The name {name} leads nowhere any more: its A record is deleted.",
    "AAAA": "The name {name} has no IPv6 address any more: its AAAA record is deleted.",
    "CNAME": "The name {name} leads nowhere any more: its CNAME record is deleted.",
}


def _record(change: Change) -> str:
    if change.differs("zone"):
        return _zone(change)
    if not change.differs("values") and not change.differs("alias"):
        return _answer(change)
    name, values = change.fact.name, ", ".join(change.fact.values) or str(change.now("alias"))
    if change.fact.rtype == "MX":
        null = change.fact.values == ("0 .",)
        return f"{name} takes no mail any more (null MX)." if null else f"Mail to {name} goes to {values} from now on."
    if change.fact.rtype == "PTR":
        return f"The reverse name at {name} is {values} from now on."
    if change.fact.rtype == "TXT":
        return f"The texts at {name} change."
    why = change.why.rpartition(" → ")[0]
    return f"The name {name} leads to {values} from now on{f' ({why})' if why else ''}."


def _zone(change: Change) -> str:
    if change.changes_zone is None:
        return (
            f"Whether {change.fact.key} stays in its hosted zone is not known before deployment: {change.was('zone')} "
            f"becomes {change.now('zone')}."
        )
    return (
        f"{change.fact.key} moves to the hosted zone {change.now('zone')}: resolvers see it only if the parent zone "
        "delegates to that one."
    )


def _answer(change: Change) -> str:
    """The same data, but how it is written, how long it is kept, or when it is the answer, is another."""
    if change.differs("longest_string") and change.now("longest_string") is None:
        return f"The strings of {change.fact.key} are short enough for Route 53 from now on."
    if not change.differs("routing"):
        return _ttl(change.fact.key, str(change.was("ttl") or ""), str(change.now("ttl") or ""))
    values = ", ".join(change.fact.values) or str(change.now("alias"))
    sides = f"{_routing(change.was('routing'))} → {_routing(change.now('routing'))}"
    return f"How often, or when, {change.fact.name} leads to {values} changes: {sides}."


def _ttl(key: str, was: str, now: str) -> str:
    if not now:
        return (
            f"{key} says no longer how long resolvers keep it (so far {was} s): Route 53 wants that of all but aliases."
        )
    return f"Resolvers keep {key} for {now} s{f' instead of {was} s' if was else ''}."


def _routing(routing: Any) -> str:
    parts = routing.items() if isinstance(routing, Mapping) else ()
    return ", ".join(f"{name} {text(part)}" for name, part in sorted(parts)) or "always"


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
    described, prefix = _table(change.fact)
    told: list[str] = []
    for one in differences(change.before.value, change.after.value):
        path = _path(change.fact, one.path, prefix)
        meaning = described.meaning(path) if described else None
        default = described.defaults.get(path, "") if described else ""
        sides = " → ".join(text(side) or default or "(none)" for side in (one.was, one.now))
        told.append(f"{meaning.decides if meaning and meaning.decides else one.path.replace('/', '.')} ({sides})")
    more = f" and {len(told) - _MOST_SHOWN} more" if len(told) > _MOST_SHOWN else ""
    return f"{_subject(change)} changes {', '.join(told[:_MOST_SHOWN])}{more}."


_TOLD: Mapping[Kind, Callable[[Change], str]] = {
    Kind.RECORD: _record,
    Kind.PTR: _ptr,
    Kind.IDENTITY: _identity,
    Kind.ADDRESS: _machine,
    Kind.ASSOCIATION: _machine,
}

RULE = Rule(
    id="fact-changed",
    reason="It is part of how mail leaves, comes in, is watched or is repaired, and no other rule has anything against "
    "it.",
    reference="https://docs.aws.amazon.com/ses/latest/dg/send-email-concepts-deliverability.html",
    remedy="Make sure that this is what you meant.",
    change=_judge,
)
