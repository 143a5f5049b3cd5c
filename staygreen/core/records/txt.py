"""TXT record data: texts of any length as character-strings of at most 255 octets (RFC 1035 §3.3.14).

Receivers join the strings without a space (RFC 7208 §3.3, RFC 6376 §3.6.2.2).
Zone files escape odd octets in decimal (RFC 1035 §5.1), Route 53 in octal: its developer
guide says so of names ("DNS domain name format", verified 2026-11-24); that it holds in TXT
data too nobody has seen (docs/first-deploy.md, 30).
"""

from __future__ import annotations

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


def _quoted(text: str, number: str) -> str:
    return " ".join(f'"{"".join(_octet(octet, number) for octet in chunk)}"' for chunk in chunks(text))


def _octet(octet: int, number: str) -> str:
    if chr(octet) in '"\\':
        return f"\\{chr(octet)}"
    return chr(octet) if 0x20 <= octet <= 0x7E else "\\" + number.format(octet)
