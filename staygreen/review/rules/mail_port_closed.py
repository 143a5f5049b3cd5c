"""`mail-port-closed`: a mail server can no longer be reached at a port of mail, or reach others."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Facts, Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.reading.hosts import MAIL_PORTS
from staygreen.core.mail_facts.reading.properties import items, part
from staygreen.core.mail_facts.resolve import is_open, text
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said

_SMTP = "25"
_SENDING = (_SMTP, "465", "587", "2525")
"""Ports that programs send through."""


def _judge(comparison: Comparison) -> Iterator[Said]:
    for subject, before, after in _machines(comparison):
        for way in ("in", "out"):
            yield from _closed(subject, way, _ports(before, way), _ports(after, way))


def _machines(comparison: Comparison) -> Iterator[tuple[Fact, list[Fact], list[Fact]]]:
    """Each mail server with the rules of its groups on both sides; then each group of mail that is of none of them.

    What the group is of may send all the same: no record has to lead to a machine that only sends.
    """
    attached: set[str] = set()
    before = {fact.key: fact for fact in comparison.base.of(Kind.HOST) if fact.why}
    for host in comparison.head.of(Kind.HOST):
        groups = _groups(host)
        if host.key in before and groups:
            old = _groups(before[host.key])
            attached |= groups | old
            yield host, _rules(comparison.base, old), _rules(comparison.head, groups)
    for fact in comparison.base.of(Kind.PORTS):
        group = text(fact.value["group"])
        standing = comparison.head.of(Kind.PORTS)
        if fact.why and group not in attached and _stands(group, standing):
            attached.add(group)
            yield _subject(group, standing), _rules(comparison.base, {group}), _rules(comparison.head, {group})


def _stands(group: str, side: tuple[Fact, ...]) -> bool:
    """Whether a group is left, or is none of the templates' own."""
    own = f"security group {group}"
    return any(fact.value["group"] == group for fact in side) and (
        group.startswith("sg-") or any(fact.key == own for fact in side)
    )


def _subject(group: str, side: tuple[Fact, ...]) -> Fact:
    return next(fact for fact in side if fact.value["group"] == group)


def _groups(host: Fact) -> set[str]:
    found = [text(one) for one in items(host.value.get("SecurityGroupIds")) + items(host.value.get("SecurityGroups"))]
    for interface in items(host.value.get("NetworkInterfaces")):
        found += [text(one) for one in items(part({"it": interface}, "it").get("GroupSet"))]
    return {one.replace(".GroupId⟩", "⟩") for one in found}


def _rules(side: Facts, groups: set[str]) -> list[Fact]:
    return [fact for fact in side.of(Kind.PORTS) if fact.value["group"] in groups]


def _ports(rules: list[Fact], way: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for fact in rules:
        for port, peers in part(fact.value, way).items():
            found.setdefault(port, set()).update(peers)
    return found


def _closed(subject: Fact, way: str, before: dict[str, set[str]], after: dict[str, set[str]]) -> Iterator[Said]:
    for number, what in MAIL_PORTS.items():
        port = str(number)
        old, new = (side.get(port, set()) | side.get("any", set()) for side in (before, after))
        lost = sorted(old - new)
        if not lost or (way == "out" and port not in _SENDING) or is_open(sorted(new)) or _covers_all(new):
            continue
        shut = port == _SMTP and not new
        yield Said(
            severity=Severity.STOP if shut else Severity.LOOK,
            fact=subject,
            before=f"port {port} open to {', '.join(sorted(old))}",
            after=f"open to {', '.join(sorted(new))}" if new else "closed",
            consequence=_sentence(subject, way, port, what, lost, shut=not new),
        )


def _covers_all(peers: set[str]) -> bool:
    return {"0.0.0.0/0", "::/0"} <= peers


def _sentence(subject: Fact, way: str, port: str, what: str, lost: list[str], *, shut: bool) -> str:
    whom, closed = ("anybody", "closed") if shut else (", ".join(lost), "open to others only")
    if way == "out":
        return f"The {subject.subject} can no longer send mail to {whom}: port {port} is {closed} outwards."
    return f"The {subject.subject} no longer takes {what} from {whom}: port {port} is {closed}."


RULE = Rule(
    id="mail-port-closed",
    reason="Mail servers deliver to port 25 alone; programs and people send through 587 and 465.",
    reference="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html",
    remedy="Keep the port open, or point MX and programs elsewhere first.",
    change=_judge,
)
