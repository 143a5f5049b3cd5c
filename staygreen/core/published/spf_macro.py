"""SPF macros (RFC 7208 §7): text with ``%{...}`` made into a domain name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address

from staygreen.core.finding import IPAddress

_MACRO = re.compile(r"%\{([slodiphcrvtSLODIPHCRVT])([0-9]*)(r?)([.\-+,/_=]*)\}|%([%_-])")
_LITERAL = {"%": "%", "_": " ", "-": "%20"}
_LONGEST_NAME = 253


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The message that a record is evaluated for."""

    client: IPAddress
    """The sending address."""
    sender: str
    """The envelope's address, local part and domain."""
    helo: str = ""


def expand(text: str, domain: str, mail: Mail) -> str:
    """Return the text with its macros replaced; a name that is too long loses labels from the left (§7.3).

    Args:
        text: A domain-spec as the record has it.
        domain: The domain whose record it is in.
        mail: The message.
    """

    def value(match: re.Match[str]) -> str:
        if match[5]:
            return _LITERAL[match[5]]
        return _transformed(_value(match[1].lower(), domain, mail), match[2], match[3], match[4])

    made = _MACRO.sub(value, text).rstrip(".").lower()
    while len(made) > _LONGEST_NAME and "." in made:
        made = made.partition(".")[2]
    return made


def _value(letter: str, domain: str, mail: Mail) -> str:
    local, _, sender_domain = mail.sender.rpartition("@")
    client = mail.client
    values = {
        "s": mail.sender,
        "l": local or "postmaster",
        "o": sender_domain,
        "d": domain,
        "i": _dotted(client),
        # The validated name costs lookups that nobody should spend (§5.5); "unknown" is what §7.3 says without one.
        "p": "unknown",
        "v": "in-addr" if client.version == 4 else "ip6",
        "h": mail.helo or sender_domain,
    }
    return values.get(letter, "unknown")


def _dotted(client: IPAddress) -> str:
    """The address as labels: IPv6 as its nibbles (§7.3)."""
    return str(client) if isinstance(client, IPv4Address) else ".".join(client.exploded.replace(":", ""))


def _transformed(value: str, digits: str, reverse: str, delimiters: str) -> str:
    parts = re.split(f"[{re.escape(delimiters or '.')}]", value)
    if reverse:
        parts.reverse()
    # Bounded before the number is made of the digits: nobody has more labels.
    keep = int(digits[:4]) if digits else 0
    return ".".join(parts[-keep:] if keep else parts)
