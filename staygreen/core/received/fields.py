"""The header fields of a message, however it comes: as a file, or as a person pasted it.

A paste may have words in front, lose the indent of folded lines, have a blank line behind each field, be quoted, be
indented, be encoded (quoted-printable, HTML), or stand on one line. All of it is bounded.

Sources: RFC 5322 sections 2.2 and 3.6, RFC 2045 section 6.7, RFC 4155; verified 2026-12-01.
"""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from staygreen.core.replies import mime

LONGEST_INPUT = 1024 * 1024
"""Bytes that are looked at: headers of real messages end far before."""
MOST_FIELDS = 2000
LONGEST_VALUE = 16 * 1024
_LONGEST_LINE = 64 * 1024
_MOST_LINES = 20_000
_MOST_BLOCKS = 50
_MOST_QUOTATIONS = 5

_NAME = re.compile(r"([A-Za-z][A-Za-z0-9_.-]{0,99})[ \t]{0,8}:(.{0,65536})", re.DOTALL)
_TABLE = re.compile(
    r"(X-[A-Za-z0-9-]{2,90}|[A-Z][A-Za-z]{1,30}(?:-[A-Za-z]{1,30}){0,5})(?:\t| \| ?)(\S.{0,65536})", re.DOTALL
)
_QUOTED_PRINTABLE = re.compile(r"\b(?:spf|dkim|dmarc|compauth|smtp\.mailfrom|header\.[a-z]{1,8})=3D", re.IGNORECASE)
_NOT_ENCODED = re.compile(
    r"\b(?:spf|dkim|dmarc|arc|compauth|smtp\.mailfrom|header\.[a-z]{1,8}|version|cipher|bits)="
    r"(?![0-9A-F]{2}|[ \t]{0,8}\n)",
    re.IGNORECASE,
)
"""What quoted-printable never holds, and every receiver writes: its own fields are not encoded then. A sender's bounce
address among them may look as if they were, line feeds included."""
_SOFT_BREAK = re.compile(r"^(?=[^\n]{0,60}[ ;:,()])[^\n]{60,75}[^=\n]=\n(?![ \t\n]|[A-Za-z][\w-]{1,60}:)", re.MULTILINE)
_RESULTS = re.compile(r"\b(?:spf|dkim|dmarc|compauth)=[a-z]{4,13}\b")
_REPORT = re.compile(r"\b(?:CIP|SCL|SFV|CAT):[^;\s]{1,50};")
_ENCODED_WORD = re.compile(r"=\?([A-Za-z0-9_*.:-]{1,60})\?([QqBb])\?([!->@-~]{0,1000})\?=")
_FOR_PEOPLE = frozenset({"from", "to", "cc", "bcc", "subject", "sender", "reply-to", "comments", "keywords"})
_RULE = re.compile(r"[-=_*|` ]{2,500}")

OF_A_MESSAGE = frozenset(
    [
        "from",
        "to",
        "cc",
        "bcc",
        "subject",
        "date",
        "sender",
        "reply-to",
        "received",
        "return-path",
        "message-id",
        "references",
        "in-reply-to",
        "mime-version",
        "precedence",
        "importance",
        "priority",
        "organization",
        "comments",
        "keywords",
        "sensitivity",
    ]
)
OF_A_RECEIVER = frozenset(
    [
        "received",
        "received-spf",
        "authentication-results",
        "arc-authentication-results",
        "x-received",
        "x-forefront-antispam-report",
        "x-microsoft-antispam",
        "x-microsoft-antispam-mailbox-delivery",
        "x-ms-exchange-organization-scl",
        "x-yahoofilteredbulk",
        "x-apparently-to",
        "x-store-info",
    ]
)
_ON_ONE_LINE = re.compile(
    r"(?<=\s)(?=(?:Received|Received-SPF|Authentication-Results|ARC-[A-Z][A-Za-z-]{3,30}|DKIM-Signature|From|To|Subject|Date"
    r"|Message-ID|Return-Path|X-[A-Z][A-Za-z0-9-]{2,60}): )"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One header field, unfolded."""

    name: str
    """As it was written."""
    value: str

    @property
    def key(self) -> str:
        """The name in lower case."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header section of a message."""

    fields: tuple[Field, ...]
    is_cut: bool = False
    """Whether there was more than is read."""

    def of(self, *keys: str) -> tuple[Field, ...]:
        """The fields of some names, in their order."""
        return tuple(field for field in self.fields if field.key in keys)

    def first(self, key: str) -> str:
        """The value of the first field of a name; empty when there is none."""
        return next((field.value for field in self.fields if field.key == key), "")


def read(data: bytes) -> Header:
    """The header fields of a message or of pasted text; none where nothing looks like one."""
    lines = _prepared(_text(data[:LONGEST_INPUT]))[:_MOST_LINES]
    blocks = list(_blocks(lines))
    fields = _chosen(blocks) or list(_without_name(blocks))
    is_cut = len(data) > LONGEST_INPUT and len(blocks) <= 1
    return Header(fields=tuple(fields[:MOST_FIELDS]), is_cut=is_cut or len(fields) > MOST_FIELDS)


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", "replace")
    else:
        text = data.decode("utf-8-sig", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").replace("\u00a0", " ").replace("\u200b", "")
    if text.lstrip()[:1] == "<" and mime.looks_like_html(text):
        text = mime.plain(text)
    is_encoded = _QUOTED_PRINTABLE.search(text) or _SOFT_BREAK.search(text)
    if is_encoded and not _NOT_ENCODED.search(text):
        text = quopri.decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace")
    return text


def _prepared(text: str) -> list[str]:
    """The lines of a text without what a person or a program put in front of each."""
    lines = [line[:_LONGEST_LINE] for line in text.split("\n")]
    if lines and lines[0].startswith(("From ", ">From ")):
        lines = lines[1:]
    written = [line for line in lines if line.strip()]
    head = written[:40]
    if _is_quoted(written):
        lines = _unquoted_lines(lines, written)
    elif head and not any(_field(line) for line in written[:400] if line[:1] not in " \t"):
        margin = min((len(line) - len(line.lstrip()) for line in written if _field(line.lstrip())), default=0)
        lines = [line[margin:] if not line[:margin].strip() else line for line in lines]
    fields = sum(_field(line) is not None for line in lines[:400])
    if fields < 3 and max(map(len, written[:400]), default=0) > 300:
        lines = [part for line in lines for part in _ON_ONE_LINE.split(line)]
    return lines


def _unquoted_lines(lines: list[str], written: list[str]) -> list[str]:
    """The lines without quotation marks, those of a quotation inside a quotation included."""
    for _ in range(_MOST_QUOTATIONS):
        lines, written = [_unquoted(line) for line in lines], [_unquoted(line) for line in written]
        if not _is_quoted(written):
            break
    return lines


def _is_quoted(lines: list[str]) -> bool:
    """Whether the headers stand in a quotation: the receiver's fields do, or most of the text does."""
    quoted = [line for line in lines[:_MOST_LINES] if line.lstrip().startswith(">")]
    if not quoted:
        return False
    if len(quoted) * 2 > len(lines[:_MOST_LINES]):
        return True
    inside = any(_is_of_receiver(_unquoted(line)) for line in quoted)
    return inside and not any(_is_of_receiver(line) for line in lines[:_MOST_LINES])


def _is_of_receiver(line: str) -> bool:
    found = _field(line)
    return found is not None and found[0].lower() in OF_A_RECEIVER


def _unquoted(line: str) -> str:
    bare = line.lstrip()
    return bare[1:].removeprefix(" ") if bare.startswith(">") else line


def _field(line: str) -> tuple[str, str] | None:
    """Name and value where a line surely begins a field."""
    bare = line.lstrip("*`")
    found = _NAME.match(bare) or _TABLE.match(bare)
    if found is None:
        return None
    name, value = found[1], found[2]
    key = name.lower()
    if key in OF_A_MESSAGE or key in OF_A_RECEIVER or (key.startswith("x-") and len(key) > 3):
        return name, value.strip("*` \t") if bare != line else value.strip()
    if "-" in key and (value[:1] in (" ", "\t", "")):
        return name, value.strip()
    return None


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _chosen(blocks: list[list[str]]) -> list[Field]:
    """The fields of the block that is the header: the first, unless it is none and a later one is."""
    starts = range(min(len(blocks), _MOST_BLOCKS))
    found = next((at for at in starts if _is_received(parsed := _parsed(blocks[at])) or _is_whole(parsed)), None)
    if found is None:
        found = max(starts, key=lambda at: (len(_parsed(blocks[at])), -at), default=0)
    while found and len(blocks[found - 1]) == 1 and _field(blocks[found - 1][0]):
        found -= 1
    rest = blocks[found:]
    if _is_spaced(rest):
        return _parsed([line for block in rest for line in block])
    return _parsed(rest[0]) if rest else []


def _without_name(blocks: list[list[str]]) -> Iterator[Field]:
    """The value of a field whose name was left behind, where its form tells which field it was."""
    for block in blocks[:_MOST_BLOCKS]:
        value = " ".join(line.strip() for line in block)[:LONGEST_VALUE]
        if _RESULTS.search(value):
            yield Field(name="Authentication-Results", value=value)
        elif _REPORT.search(value):
            yield Field(name="X-Forefront-Antispam-Report", value=value)


def _is_received(fields: Iterable[Field]) -> bool:
    return any(field.key in OF_A_RECEIVER for field in fields)


def _is_whole(fields: Iterable[Field]) -> bool:
    return {"date", "message-id"} <= {field.key for field in fields}


def _is_spaced(blocks: list[list[str]]) -> bool:
    """Whether a blank line follows each field, or each line, of folded fields too."""
    start = [_parsed(block) for block in blocks[:5]]
    if len(start) >= 3 and all(len(fields) == 1 for fields in start[:3]):
        return True
    apart = blocks[:_MOST_BLOCKS]
    return len(apart) >= 5 and all(len(block) == 1 for block in apart) and bool(start[0])


def _parsed(lines: list[str]) -> list[Field]:
    """The fields of lines without a blank one; words in front of the first field are left out."""
    is_strict = _is_strict(lines)
    names: list[str] = []
    values: list[list[str]] = []
    for line in lines:
        if names and line[:1] in " \t":
            values[-1].append(line.strip())
            continue
        begins = _strictly(line) if is_strict else _field(line)
        if begins is not None:
            if len(names) > MOST_FIELDS:
                break
            names.append(begins[0])
            values.append([begins[1]])
        elif names and not _RULE.fullmatch(line.strip()):
            values[-1].append(line.strip())
    joined = (" ".join(parts)[:LONGEST_VALUE].strip() for parts in values)
    return [Field(name=name, value=_decoded(name, value)) for name, value in zip(names, joined, strict=True)]


def _decoded(name: str, value: str) -> str:
    """A value that is nothing but encoded words (RFC 2047), decoded: forwarders write a receiver's long fields so.

    One that merely holds some stays as it is: a sender can have put them into an address that the receiver repeats, and
    what they hold is not the receiver's. Fields for people stay too: of them nothing is read.
    """
    if not value.startswith("=?") or name.lower() in _FOR_PEOPLE or _ENCODED_WORD.sub("", value).strip():
        return value
    # a space between two encoded words is none of the text (section 6.2)
    return "".join(_plain(word) for word in _ENCODED_WORD.finditer(value))[:LONGEST_VALUE]


def _plain(word: re.Match[str]) -> str:
    """What an encoded word says, on one line; the word itself where it cannot be read."""
    charset, way, text = word[1].partition("*")[0], word[2].upper(), word[3]
    try:
        raw = base64.b64decode(text, validate=True) if way == "B" else quopri.decodestring(text, header=True)
        return raw.decode(charset).replace("\r", "").replace("\n", " ")
    except (ValueError, LookupError):
        return word[0]


def _is_strict(lines: list[str]) -> bool:
    """Whether every line begins a field or is folded, as in a message that nobody touched."""
    return all(line[:1] in " \t" or _strictly(line) for line in lines) and any(line[:1] in " \t" for line in lines[1:])


def _strictly(line: str) -> tuple[str, str] | None:
    found = _NAME.match(line)
    return (found[1], found[2].strip()) if found else None
