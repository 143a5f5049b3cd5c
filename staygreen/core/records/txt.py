"""TXT record data: texts of any length as character-strings of at most 255 octets (RFC 1035 §3.3.14).

Receivers join the strings without a space (RFC 7208 §3.3, RFC 6376 §3.6.2.2).
Zone files escape odd octets in decimal (RFC 1035 §5.1), Route 53 in octal: its developer
guide says so of names ("DNS domain name format", verified 2026-11-24); that it holds in TXT
data too nobody has seen (docs/assumptions.md, 30).
"""

from __future__ import annotations

import re

MAX_OCTETS = 255


def chunks(text: str) -> tuple[bytes, ...]:
    """Return the text in UTF-8, cut every 255 octets; empty text is one empty string."""
    octets = text.encode()
    return tuple(octets[at : at + MAX_OCTETS] for at in range(0, len(octets), MAX_OCTETS)) or (b"",)


def zone_file_value(text: str) -> str:
    """Return the record data as a zone file has it: quoted strings, separated by spaces."""
    return _quoted(text, "{:03d}")


def route53_value(text: str) -> str:
    """Return one value of a Route 53 TXT record set."""
    return _quoted(text, "{:03o}")


_ROUTE53_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ROUTE53_ESCAPE = re.compile(r"\\([0-7]{3}|.)", re.DOTALL)


def text_of_route53(value: str) -> str | None:
    """Return the text of one value of a Route 53 TXT record set, its strings joined.

    None where it is no such value, or its octets are not UTF-8.
    """
    parts, at = [], 0
    for match in _ROUTE53_STRING.finditer(value):
        if value[at : match.start()].strip():
            return None
        parts.append(match[1])
        at = match.end()
    if value[at:].strip() or not parts:
        return None
    try:
        octets = b"".join(_unescaped(part) for part in parts)
        return octets.decode()
    except (UnicodeError, ValueError):
        return None


def _unescaped(text: str) -> bytes:
    found, at = b"", 0
    for match in _ROUTE53_ESCAPE.finditer(text):
        octet = bytes([int(match[1], 8)]) if len(match[1]) == 3 else match[1].encode()
        found += text[at : match.start()].encode() + octet
        at = match.end()
    return found + text[at:].encode()


def _quoted(text: str, number: str) -> str:
    return " ".join(f'"{"".join(_octet(octet, number) for octet in chunk)}"' for chunk in chunks(text))


def _octet(octet: int, number: str) -> str:
    if chr(octet) in '"\\':
        return f"\\{chr(octet)}"
    return chr(octet) if 0x20 <= octet <= 0x7E else "\\" + number.format(octet)
