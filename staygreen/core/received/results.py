"""Authentication-Results, as receivers write it (RFC 8601), and as Microsoft and Yahoo write it.

Microsoft names no authserv-id, and the recipient's domain among the results. Yahoo has written properties in front of
the results, ``dkim_pass`` and ``success``. What does not read as a result is left out.

Source: RFC 8601 sections 2.2 to 2.7, and header sets in public; verified 2026-12-01.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MOST_RESULTS = 50
_LONGEST = 8000
_PAIR = re.compile(
    r"([A-Za-z][A-Za-z0-9_.-]{0,40})(?:/\d{1,2})?[ \t]{0,4}=[ \t]{0,4}"
    r"(\"(?:[^\"\\]|\\.){0,500}\"(?:@[^\s;,()\"]{1,255})?|[^\s;,()\"]{0,500})"
)
"""A quoted value may hold what ends a result, and be the local part of an address (RFC 5322 sections 3.2.4, 3.4.1)."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}")
_WORDS: Mapping[str, str] = {
    "dkim_pass": "pass",
    "success": "pass",
    "passed": "pass",
    "hardfail": "fail",
    "failed": "fail",
    "temp_error": "temperror",
    "perm_error": "permerror",
    "perm_fail": "permerror",
    "temp_fail": "temperror",
    "bestguesspass": "bestguesspass",
}
_PASSES = frozenset({"pass", "bestguesspass", "softpass"})
METHODS = frozenset(
    [
        "spf",
        "dkim",
        "dmarc",
        "arc",
        "compauth",
        "iprev",
        "auth",
        "sender-id",
        "domainkeys",
        "dkim-adsp",
        "dkim-atps",
        "dnswl",
        "smime",
        "vbr",
        "bimi",
        "rrvs",
    ]
)
"""The registry of RFC 8601, with what Microsoft and brand indicators add."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one check found."""

    method: str
    value: str
    """Lower case; ``pass``, ``fail`` …"""
    properties: Mapping[str, str] = field(default_factory=dict)
    """Such as ``header.d`` and ``smtp.mailfrom``, names in lower case; and ``reason``, ``action``."""
    comment: str = ""

    @property
    def domain(self) -> str:
        """The domain that it is about, without a local part; empty when none is named."""
        names = {
            "spf": ("smtp.mailfrom", "smtp.mail", "smtp.from", "smtp.helo"),
            "dkim": ("header.d", "header.i"),
            "dmarc": ("header.from",),
        }
        found = next((self.properties[name] for name in names.get(self.method, ()) if name in self.properties), "")
        return domain_of(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One Authentication-Results field."""

    authserv: str
    """Who wrote it, lower case; empty: the writer does not say."""
    results: tuple[Result, ...]
    recipient: str = ""
    """The recipient's domain, which Microsoft writes among the results; may be empty."""

    def first(self, method: str) -> Result | None:
        """The result of a method that has one.

        Where there are several, the first that is no pass: a sender's address among the results may look like one.
        """
        found = [each for each in self.results if each.method == method]
        return next((each for each in found if each.value not in _PASSES), next(iter(found), None))


def domain_of(text: str) -> str:
    """The domain of an address or of ``@domain``, lower case; empty for ``none`` and what is no name."""
    name = text.strip().strip("<>\"'").rpartition("@")[2].strip("<>\"'.").lower()
    return name if "." in name and _NAME.fullmatch(name) else ""


def parse(value: str) -> Results:
    """The results of a field's value."""
    segments = list(_segments(value[:_LONGEST]))
    authserv, recipient = "", ""
    found: list[Result] = []
    for number, (text, comment) in enumerate(segments):
        pairs = _PAIR.findall(text)
        if number == 0 and not _is_result(text):
            authserv = text.split()[0].strip('"').lower().rstrip(".") if text.split() else ""
        if not pairs:
            name = text.strip().lower()
            recipient = recipient or (name if number and "." in name and _NAME.fullmatch(name) else "")
            continue
        if len(found) < MOST_RESULTS:
            found.extend(_results(pairs, comment))
    return Results(authserv=authserv, results=tuple(found[:MOST_RESULTS]), recipient=recipient)


def _is_result(text: str) -> bool:
    first = _PAIR.match(text.strip())
    return first is not None and "." not in first[1]


def _segments(value: str) -> Iterator[tuple[str, str]]:
    """The parts between semicolons, each without its comments and with the first of them."""
    text: list[str] = []
    comments: list[str] = []
    depth = start = 0
    is_quoted = is_escaped = False
    for at, letter in enumerate(value):
        if is_escaped or (letter == "\\" and (depth or is_quoted)):
            # a backslash takes its meaning from what follows, in quotes and comments alone
            is_escaped = not is_escaped
            text.append("" if depth else letter)
        elif depth:
            depth += (letter == "(") - (letter == ")")
            if not depth:
                comments.append(value[start:at])
                text.append(" ")
        elif letter == '"':
            is_quoted = not is_quoted
            text.append(letter)
        elif is_quoted:
            text.append(letter)
        elif letter == "(":
            depth, start = 1, at + 1
        elif letter == ";":
            yield "".join(text).strip(), comments[0] if comments else ""
            text, comments = [], []
        else:
            text.append(letter)
    if "".join(text).strip():
        yield "".join(text).strip(), comments[0] if comments else ""


def _results(pairs: list[tuple[str, str]], comment: str) -> Iterator[Result]:
    """The results of one part; properties may stand in front of their result."""
    in_front: dict[str, str] = {}
    method = value = ""
    behind: dict[str, str] = {}
    leads = _method(pairs[0][0]) == ""
    for name, raw in pairs:
        text, key = raw.strip('"'), name.lower()
        found = _method(key)
        if found:
            if method:
                yield _result(method, value, behind, comment)
                behind = {}
            method, value = found, text
            if leads:
                behind, in_front = in_front, {}
        elif method and not leads:
            behind.setdefault(key, text)
        else:
            in_front.setdefault({"spfdomain": "smtp.mailfrom"}.get(key, key), text)
    if method:
        yield _result(method, value, {**behind, **in_front} if not leads else behind, comment)


def _method(name: str) -> str:
    key = name.lower()
    if key == "spfresult":
        return "spf"
    if key in METHODS or (key.startswith("x-") and "." not in key):
        return key
    return ""


def _result(method: str, value: str, properties: Mapping[str, str], comment: str) -> Result:
    word = value.lower().strip(".")
    return Result(method=method, value=_WORDS.get(word, word)[:40], properties=dict(properties), comment=comment[:500])


def received_spf(value: str) -> Result:
    """A Received-SPF field as a result (RFC 7208 section 9.1)."""
    word = value.split(None, 1)[0].strip("(;").lower() if value.split() else ""
    pairs = {name.lower(): text.strip('"') for name, text in _PAIR.findall(value[:_LONGEST])}
    named = re.search(r"domain of (?:transitioning )?(\S{1,300}?)(?=designates|[\s)])", value[:_LONGEST])
    return Result(
        method="spf",
        value=_WORDS.get(word, word)[:40],
        properties={"smtp.mailfrom": pairs.get("envelope-from", "") or (named[1] if named else ""), **pairs},
        comment="",
    )
