"""The text of an SMTP reply, made comparable, and the facts it names.

Replies reach us folded, wrapped in another server's words, cut off and with
typographic quotes. What is read here is only what stands there whole: a code
or an address that the end of the text cuts off is not read.

Every expression has bounded repeats only and the text is bounded first, so
that the work grows with the length of the text and nothing else.

Sources: RFC 5321 section 4.2 (replies), RFC 3463 (enhanced codes); verified 2026-11-23.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

LONGEST_REPLY = 4_000
"""Characters of a reply that are read; servers send a few hundred."""

_STRAIGHT = {ord("’"): "'", ord("‘"): "'", ord("“"): '"', ord("”"): '"', ord("\u00ad"): None, 0: None}
_STRAIGHT.update({code: " " for code in [*range(1, 32), 127]})
_CONTINUED = re.compile(r"([245]\d\d)-(?:([245]\.\d{1,3}\.\d{1,3}) )?")
_ENHANCED = re.compile(r"(?<![\w.])([245]\.\d{1,3}\.\d{1,3})(?!\w|\.\w)")
_PAIR = re.compile(r"(?<![\w.])([245])\d\d[ \-;:]{1,3}'?[245]\.\d{1,3}\.\d{1,3}(?!\w|\.\w)")
_BASIC = re.compile(r"(?<![\w.\-])([245])[0-7]\d(?![\w.])")
_MARKER = re.compile(
    r"[(\[]([A-Z]{1,6}\d{1,10})[)\]]|\b(AS)\((\d{1,10})\)|\b((?:RP|SC|DY|OU)-\d{3})(?=\W)", re.IGNORECASE
)
_BRACKETED = re.compile(
    r"(?:(?<![\w.\-])|(?<=sender))\[([0-9A-Fa-f:.]{3,45}(?:/\d{1,3})?)(?: {1,10}\d{1,3})?\]", re.IGNORECASE
)
_CLIENT = re.compile(
    r"<[\w.\-]{1,253}\[([0-9A-Fa-f:.]{3,45})\](?::\d{1,5})?>: (?:client host|helo command) rejected", re.IGNORECASE
)
"""How Postfix names the client that it refuses: its name is the sender's, unlike that of a host that answers."""
_BARE = re.compile(r"(?<=[ =(<])([0-9A-Fa-f]{1,4}[:.][0-9A-Fa-f:.]{3,40}(?:/\d{1,3})?)(?=[\s,;)>'\"]|\.\s|\.$)")
_NAME = re.compile(r" ?[\[<'\"]?([A-Za-z0-9._\-]{1,253})[\]>'\"]?(?=[\s,;)])")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyText:
    """A reply on one line, and what it names."""

    text: str
    lower: str
    enhanced: tuple[str, ...]
    """Enhanced status codes in the order of the text."""
    last: str
    """The enhanced code that the text ends with, where more stands before it: no words say what it means."""
    markers: tuple[str, ...]
    """The provider's own codes, such as ``S3150``, in upper case."""
    permanent: bool | None
    """What the innermost reply code says; None when there is none."""


def normalise(raw: str) -> str:
    """One line without controls, continuation codes or typographic quotes."""
    lines = raw[: 4 * LONGEST_REPLY].splitlines()
    text = " ".join(_unnumbered(lines)).translate(_STRAIGHT)
    text = " ".join(text.split())[:LONGEST_REPLY]
    first = _CONTINUED.search(text[:200])
    if first is None or not first[2]:
        return text
    # Logs and reports put a reply of several lines on one, with the codes of each line left in.
    head, rest = text[: first.end()], text[first.end() :]
    for repeated in (f"{first[1]}-{first[2]} ", f" {first[1]} {first[2]} "):
        rest = rest.replace(repeated, " " if repeated[0] == " " else "")
    return head + rest


def _unnumbered(lines: list[str]) -> list[str]:
    """Lines of one reply without the code that each continuation repeats (RFC 5321 section 4.2.1)."""
    out: list[str] = []
    open_code = enhanced = ""
    for line in lines:
        stripped = line.strip()
        if open_code and stripped[:3] == open_code and stripped[3:4] in ("-", " "):
            out.append(stripped[4:].removeprefix(enhanced))
        else:
            out.append(stripped)
            first = _CONTINUED.match(stripped)
            enhanced = f"{first[2]} " if first and first[2] else ""
        open_code = stripped[:3] if stripped[3:4] == "-" and stripped[:3].isdigit() else ""
    return out


def read(raw: str) -> ReplyText:
    """Normalise a reply and read its codes."""
    text = normalise(raw)
    markers = tuple(dict.fromkeys("".join(part or "" for part in found).upper() for found in _MARKER.findall(text)))
    coded = _ENHANCED.findall(text)
    # a transcript goes on after the refusal, often to a good-bye that was taken well
    enhanced = [code for code in coded if not code.startswith("2")] or coded
    ends = bool(enhanced) and text != enhanced[-1] and text.endswith(enhanced[-1])
    return ReplyText(
        text=text,
        lower=text.lower(),
        enhanced=tuple(dict.fromkeys(enhanced)),
        last=enhanced[-1] if ends and enhanced.count(enhanced[-1]) == 1 else "",
        markers=markers,
        permanent=_is_permanent(text),
    )


def _is_permanent(text: str) -> bool | None:
    pairs = _PAIR.findall(text)
    if pairs:
        return bool(pairs[-1] == "5")
    single = _BASIC.search(text) or _ENHANCED.search(text)
    return None if single is None else single[0][0] == "5"


def address(text: str) -> str | None:
    """The address or range that the reply names, in canonical form; a host's own address is not it."""
    for found in (*_CLIENT.findall(text), *_BRACKETED.findall(text), *_BARE.findall(text)):
        canonical = _canonical(found)
        if canonical:
            return canonical
    return None


def _canonical(text: str) -> str | None:
    try:
        if "/" in text:
            return str(ipaddress.ip_network(text, strict=False))
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def name_after(text: str, words: str) -> str | None:
    """The domain name that follows `words`, if it stands there whole."""
    at = text.lower().find(words)
    if at < 0:
        return None
    found = _NAME.match(text, at + len(words))
    if found is None:
        return None
    name = found[1].strip(".").lower()
    return name if "." in name else None
