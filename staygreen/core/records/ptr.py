"""Reverse DNS: the name that an address answers to (RFC 1035 §3.5, RFC 3596 §2.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from staygreen.core.finding import IPAddress
from staygreen.core.records.fault import Fault

_PROVIDER = re.compile(
    r"(^|\.)(amazonaws\.com|compute\.internal)$"
    r"|^(ec2|ip|host|static|dynamic|dhcp|dsl|cable|pool|ppp|unknown)[-.0-9]*[0-9]",
)
_QUAD = re.compile(r"(?<!\d)(\d{1,3})[-._](\d{1,3})[-._](\d{1,3})[-._](\d{1,3})(?!\d)")


@dataclass(frozen=True, slots=True)
class ReverseName:
    """The owner name of an address's PTR record."""

    address: IPAddress

    def __str__(self) -> str:
        return self.address.reverse_pointer


def parse(text: str) -> ReverseName | Fault:
    """Return the address that a name in in-addr.arpa or ip6.arpa stands for, or what is wrong."""
    labels = text.lower().removesuffix(".").split(".")
    address: IPAddress
    try:
        if labels[-2:] == ["in-addr", "arpa"] and len(labels) == 6:
            address = IPv4Address(".".join(reversed(labels[:4])))
        elif labels[-2:] == ["ip6", "arpa"] and len(labels) == 34 and all(len(nibble) == 1 for nibble in labels[:32]):
            address = IPv6Address(int("".join(reversed(labels[:32])), 16))
        else:
            return Fault(0, "not a whole address under in-addr.arpa or ip6.arpa")
    except ValueError:
        return Fault(0, "the labels are not the parts of an address")
    return ReverseName(address)


def is_generic(name: str) -> bool:
    """Whether a host name looks handed out by a provider rather than chosen for a mail server.

    Names made from the address, and Amazon's own, are refused or distrusted by
    large receivers: a sender's reverse name has to say who sends.
    """
    return bool(_PROVIDER.search(name) or _QUAD.search(name))
