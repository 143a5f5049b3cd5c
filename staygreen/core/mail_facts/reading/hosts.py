"""What a mail server can be reached at: the mail ports that security groups open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.reading.properties import items, whole
from staygreen.core.mail_facts.resolve import Resolver, text
from staygreen.core.mail_facts.template import Resource

MAIL_PORTS: Mapping[int, str] = {
    25: "mail from other servers",
    465: "mail that users send (TLS)",
    587: "mail that users send",
    2525: "mail that users send",
    110: "mailboxes (POP3)",
    143: "mailboxes (IMAP)",
    993: "mailboxes (IMAP, TLS)",
    995: "mailboxes (POP3, TLS)",
}
"""Ports of mail, and what passes through each (IANA, Service Name and Transport Protocol Port Number Registry)."""
_IN = ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourceSecurityGroupName", "SourcePrefixListId")
_OUT = ("CidrIp", "CidrIpv6", "DestinationSecurityGroupId", "DestinationPrefixListId")


def security_group(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """The mail ports of a security group; without rules of its own it lets everything out."""
    properties = resolver.properties(resource)
    egress = properties.get("SecurityGroupEgress")
    value = {
        "in": _open(items(properties.get("SecurityGroupIngress")), _IN),
        "out": _open(items(egress), _OUT) if egress else {"any": ["everywhere"]},
    }
    group = resolver.string({"Ref": resource.logical_id})
    yield Fact(kind=Kind.PORTS, key=f"security group {group}", value={"group": group, **value}, resource=resource)


def ingress(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """One more rule of a security group, for what comes in."""
    yield from _rule(resource, resolver, "in", _IN)


def egress(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """One more rule of a security group, for what goes out."""
    yield from _rule(resource, resolver, "out", _OUT)


def _rule(resource: Resource, resolver: Resolver, way: str, ends: tuple[str, ...]) -> Iterator[Fact]:
    properties = resolver.properties(resource)
    group = text(properties.get("GroupId") or properties.get("GroupName"))
    group = group.replace(".GroupId⟩", "⟩")
    value = {"group": group, "in": {}, "out": {}, way: _open([properties], ends)}
    yield Fact(kind=Kind.PORTS, key=f"{resource.logical_id} of security group {group}", value=value, resource=resource)


def _open(rules: list[Any], ends: tuple[str, ...]) -> dict[str, list[str]]:
    """The mail ports that rules open, with whom they open them to; ``any`` stands for all ports."""
    found: dict[str, set[str]] = {}
    for rule in rules:
        if isinstance(rule, Mapping):
            peers = {text(rule[end]) for end in ends if end in rule}
            for port in _ports(rule):
                found.setdefault(port, set()).update(peers)
        else:
            found.setdefault("any", set()).add(text(rule))
    return {port: sorted(peers) for port, peers in sorted(found.items())}


def _ports(rule: Mapping[str, Any]) -> list[str]:
    protocol = text(rule.get("IpProtocol")).lower()
    first, last = whole(rule.get("FromPort", "")), whole(rule.get("ToPort", rule.get("FromPort", "")))
    if protocol in ("-1", "all") or (protocol in ("tcp", "6") and (first, last) == (0, 65535)):
        return ["any"]
    if protocol not in ("tcp", "6"):
        return []
    if first is None or last is None:
        return ["any"] if "FromPort" in rule else []
    return [str(port) for port in MAIL_PORTS if first <= port <= last]
