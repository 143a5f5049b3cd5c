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
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

_BEGINNING = 3
LONGEST_REPLY = 4_000
"""Characters of a reply that are read; servers send a few hundred."""

_STRAIGHT = {ord("’"): "'", ord("‘"): "'", ord("“"): '"', ord("”"): '"', ord("\u00ad"): None, 0: None}
_STRAIGHT.update({code: " " for code in [*range(1, 32), 127]})
_WRAPPED = re.compile(r"<(?=[45][0-7]\d[ \-])")
"""Where a report puts the reply of another server into its own."""
_PUNCTUATION = {ord(mark): " " for mark in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"}
_CONTINUED = re.compile(r"(?<![\w.\-])([245][0-5]\d)-(?:([245]\.\d{1,3}\.\d{1,3}) )?")
_ENHANCED = re.compile(r"(?<![\w.])([245]\.\d{1,3}\.\d{1,3})(?!\w|\.\w)")
_PAIR = re.compile(r"(?<![\w.])([245])\d\d[ \-;:]{1,3}'?[245]\.\d{1,3}\.\d{1,3}(?!\w|\.\w)")
_BASIC = re.compile(r"(?<![\w.\-])([245])[0-7]\d(?![\w.])")
_INNER = re.compile(
    r"(?:(?:said|says|returned|respon[ds]ed|response|replied|answered)[: ]{1,3}['\"<]?|<)([45])[0-7]\d(?![\w.])",
    re.IGNORECASE,
)
"""A code that follows the words with which one server repeats what another one told it."""
_MARKER = re.compile(
    r"[(\[]([A-Z]{1,6}\d{1,10})[)\]]|\b(AS)\((\d{1,10})\)|\b((?:RP|SC|DY|OU)-\d{3})(?=\W)"
    r"|(?<![\w.\-/#])(A?S\d{3,8})(?=[\s,;:.!?'\"]|$)",
    re.IGNORECASE,
)
_BRACKETED = re.compile(
    r"(?:(?<![\w.\-])|(?<=sender))\[(?:IPv6:)?([0-9A-Fa-f:.]{3,45}(?:/\d{1,3})?)(?:[ ,;]{1,10}[^\]\[]{0,80})?\]",
    re.IGNORECASE,
)
"""An address in brackets; some servers write more behind it, such as a count or the name of its host."""
_CLIENT = re.compile(
    r"<[\w.\-]{1,253}\[([0-9A-Fa-f:.]{3,45})\](?::\d{1,5})?>: (?:client host|helo command) rejected"
    r"|client(?: host)?:? [\w.\-]{1,253} ?[\[(]([0-9A-Fa-f:.]{3,45})[\])]",
    re.IGNORECASE,
)
"""How a server names the client that it refuses: its name is the sender's, unlike that of a host that answers."""
_THEIRS = re.compile(
    r"(?<!client )(?:host|server:?|relay|[hH]|mta:?|mx|talking to|connect(?:ed)? to|by)[ =][\w.\-]{1,253}"
    r" ?[\[(](?:IPv6:)?([0-9A-Fa-f:.]{3,45})[\])]"
    r"|(?:giving up on|connected to|delivery (?:ip:?|via)|remote host|destination(?: ip)?:?|=>)"
    r" \[?([0-9A-Fa-f:.]{3,45})"
    r"|(?<![\w:.])([0-9A-Fa-f:.]{3,45})(?: does not like (?:recipient|message)| failed after)",
    re.IGNORECASE,
)
"""The address of the server that answered, as Exim, sendmail, Postfix and qmail name it: never the sender's."""
_BARE = re.compile(
    r"(?<=[ =(<])([0-9A-Fa-f]{1,4}[:.][0-9A-Fa-f:.]{2,39}[0-9A-Fa-f](?:/\d{1,3})?)(?=[\s,;)>'\"&]|\.\s|\.$|: )"
)
_OPENING = re.compile(r"^(?:\W{0,3}[45]\d\d[ \-])?([0-9A-Fa-f]{1,4}[:.][0-9A-Fa-f:.]{3,40})(?=[\s>,])")
_IN_URL = re.compile(r"(?<=[/?=])([0-9]{1,3}\.[0-9.]{5,11})(?=[\s,;)>'\"&/]|\.\s)")
_RESOLVER = re.compile(r"/returnc/[\w.:/\-]{0,80}", re.IGNORECASE)
"""A page of Spamhaus about the resolver that asked: the address in it is the receiving side's."""
_YAHOO_CODE = re.compile(r"(?<= - )4\.16\.\d{1,3}\.\d{1,3}(?=[;,. ]|$)")
"""A number of Yahoo's own, which only looks like an address."""
_STAMP = re.compile(r"(?<![\w.])(20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d(?:\.\d{1,7})?)(Z|[+-]\d\d:\d\d)(?!\w)")
"""ISO 8601 with its zone, as Microsoft writes it in brackets behind the name of the server that refused."""
_FOLLOWING_ADDRESS = re.compile(r"\[([0-9A-Fa-f:.]{3,45})\]|([0-9A-Fa-f:.]{3,45})(?=[\s,;)])")
_NAME = re.compile(r" ?[\[<'\"]?([A-Za-z0-9._\-]{1,253})[\]>'\"]?(?=[\s,;)]|(\.?$))")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyText:
    """A reply on one line, and what it names."""

    text: str
    lower: str
    words: str
    """The words of the innermost reply, in lower case, one space around each: no punctuation, mail address or URL."""
    beginnings: frozenset[str]
    """The first letters of each of the words."""
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
    text = raw[: 4 * LONGEST_REPLY].translate(_STRAIGHT)
    return _unnumbered(" ".join(text.split()))[:LONGEST_REPLY]


def _unnumbered(text: str) -> str:
    """A reply of several lines without the code that each continuation repeats (RFC 5321 section 4.2.1).

    What a log or a report wrote in front of the first code stays.
    """
    first = _CONTINUED.search(text)
    if first is None:
        return text
    code, enhanced = first[1], first[2]
    head, rest = text[: first.end()], text[first.end() :]
    if enhanced:
        rest = rest.replace(f"{code}-{enhanced} ", "").replace(f" {code} {enhanced} ", " ")
    rest = rest.replace(f" {code}-", " ")
    return head + rest.replace(f" {code} ", " ", 1)


def is_open(line: str) -> str:
    """The code of a reply that a line begins and does not end; empty when there is none."""
    code = ""
    for found in _CONTINUED.finditer(line):
        code = found[1]
        last = found.end()
    return "" if not code or f" {code} " in line[last:] else code


def words(lower: str) -> str:
    """The words of a text in lower case, one space around each."""
    kept = (word for word in lower.split() if "@" not in word and "://" not in word and not word.startswith("www."))
    return f" {' '.join(' '.join(kept).translate(_PUNCTUATION).split())} "


def beginnings(spoken: str) -> frozenset[str]:
    """The first letters of each word of a text: a phrase whose first word begins otherwise is not in it."""
    return frozenset(word[:_BEGINNING] for word in spoken.split())


def junctions(lower: str) -> frozenset[str]:
    """The last letter of each word with the first of the next: a phrase that has another is not in the text."""
    return frozenset(f"{before[-1]} {after[0]}" for before, after in pairwise(lower.split(" ")) if before and after)


def read(raw: str) -> ReplyText:
    """Normalise a reply and read its codes."""
    text = normalise(raw)
    lower = text.lower()
    spoken = words(_WRAPPED.split(lower)[-1])
    markers = tuple(dict.fromkeys("".join(part or "" for part in found).upper() for found in _MARKER.findall(text)))
    coded = _ENHANCED.findall(text)
    # a transcript goes on after the refusal, often to a good-bye that was taken well
    enhanced = [code for code in coded if not code.startswith("2")] or coded
    ends = bool(enhanced) and text != enhanced[-1] and text.endswith(enhanced[-1])
    return ReplyText(
        text=text,
        lower=lower,
        words=spoken,
        beginnings=beginnings(spoken),
        enhanced=tuple(dict.fromkeys(enhanced)),
        last=enhanced[-1] if ends and enhanced.count(enhanced[-1]) == 1 else "",
        markers=markers,
        permanent=_is_permanent(text),
    )


def _is_permanent(text: str) -> bool | None:
    """What the innermost code says: who wraps another's reply tells only that somebody gave up."""
    coded = [found for pattern in (_PAIR, _INNER) for found in pattern.finditer(text) if found[1] != "2"]
    if coded:
        return max(coded, key=re.Match.start)[1] == "5"
    single = _BASIC.search(text) or _ENHANCED.search(text)
    return None if single is None else single[0][0] == "5"


def address(text: str) -> str | None:
    """The address or range of the sender that the reply names, in canonical form; never that of a host that answers."""
    return next(_addresses(text), None)


def addresses(text: str) -> tuple[str, ...]:
    """All that it names, each once, the one that `address` gives first."""
    return tuple(dict.fromkeys(_addresses(text)))


def _addresses(text: str) -> Iterator[str]:
    theirs = {_canonical(part) for found in _THEIRS.findall(text) for part in found if part}
    text = _YAHOO_CODE.sub(" ", _RESOLVER.sub(" ", text))
    clients = [part for found in _CLIENT.findall(text) for part in found if part]
    opening = _OPENING.findall(text)
    for found in (*clients, *_BRACKETED.findall(text), *opening, *_BARE.findall(text), *_IN_URL.findall(text)):
        canonical = _canonical(found)
        if canonical and (canonical not in theirs or found in clients):
            yield canonical


def _canonical(text: str) -> str | None:
    try:
        if "/" in text:
            return str(ipaddress.ip_network(text, strict=False))
        found = ipaddress.ip_address(text)
        return None if found.is_loopback or found.is_unspecified else str(found)
    except ValueError:
        return None


def stamp_in(text: str) -> datetime | None:
    """The first time that a reply names whole; None when it names none."""
    for found in _STAMP.finditer(text):
        seconds, _, fraction = found[1].partition(".")
        zone = "+00:00" if found[2] == "Z" else found[2]
        try:
            return datetime.fromisoformat(f"{seconds}.{fraction[:6] or '0':0<6}{zone}").astimezone(UTC)
        except ValueError:
            continue
    return None


def name_after(text: str, phrase: str) -> str | None:
    """The domain name that follows `phrase`, if it stands there whole."""
    found = _after(text, phrase)
    if found is None or found[2] is not None:
        return None
    name = found[1].strip(".").lower()
    return name if "." in name else None


def address_after(text: str, phrase: str) -> str | None:
    """The address that follows `phrase`, in brackets or not, if it stands there whole."""
    at = text.lower().find(phrase)
    found = None if at < 0 else _FOLLOWING_ADDRESS.match(text, at + len(phrase))
    return _canonical(found[1] or found[2]) if found else None


def is_followed_by_name(text: str, phrase: str) -> bool:
    """Whether a word follows `phrase`, or at least the beginning of a domain name where the text ends."""
    found = _after(text, phrase)
    return found is not None and (found[2] is None or "." in found[1].strip("."))


def _after(text: str, phrase: str) -> re.Match[str] | None:
    at = text.lower().find(phrase)
    return None if at < 0 else _NAME.match(text, at + len(phrase))
