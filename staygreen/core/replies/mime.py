"""The parts of a mail, read within bounds.

Messages come from anywhere: 40 MB attachments, parts nested a thousand deep,
boundaries that never end, charsets that do not exist. This reader goes down
eight levels and through two hundred parts, decodes one part at a time up to a
limit, and never descends into the message that a report returns.

Sources: RFC 2045 and 2046, verified 2026-11-23.
"""

from __future__ import annotations

import binascii
import html
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from staygreen.core import foreign_text

DEEPEST = 8
MOST_PARTS = 200
LONGEST_HEADER = 64 * 1024
LONGEST_PART = 16 * 1024 * 1024

_PARAMETER = re.compile(r'([\w\-]{1,20}) ?= ?("[^"]{0,300}"|[^;"\s]{1,300})')
_DELIMITER = re.compile(rb"(?:^|\n)--([^\s\-][^\s]{4,100})\r?\n[Cc]ontent-")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BREAK = re.compile(r"<(?:br|/?p|/div|/tr|/li|/h\d)\b[^<>]{0,500}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One leaf of a message."""

    kind: str
    """Media type in lower case."""
    headers: Mapping[str, str]
    body: bytes
    """As it came; `content` decodes it."""

    def content(self) -> str:
        """The decoded text, whatever its transfer encoding and charset."""
        charset = parameters(self.headers.get("content-type", "")).get("charset", "")
        text = foreign_text.decoded(self.decoded(), charset).replace("\0", "")
        return plain(text) if self.kind == "text/html" else text

    def decoded(self) -> bytes:
        """The body without its transfer encoding."""
        return _transfer_decoded(self.body[:LONGEST_PART], self.headers.get("content-transfer-encoding", ""))

    def name(self) -> str:
        """The name of the file that it is sent as; empty when it has none."""
        disposition = parameters(self.headers.get("content-disposition", ""))
        return disposition.get("filename") or parameters(self.headers.get("content-type", "")).get("name", "")


def parameters(value: str) -> dict[str, str]:
    """Parameters of a structured header, names in lower case."""
    return {name.lower(): text.strip('"') for name, text in _PARAMETER.findall(value[:LONGEST_HEADER])}


def headers(block: bytes) -> dict[str, str]:
    """The first value of each header field, unfolded, names in lower case."""
    fields: dict[str, str] = {}
    name = ""
    for line in block[:LONGEST_HEADER].decode("utf-8", "replace").replace("\0", "").splitlines():
        if line[:1] in (" ", "\t"):
            if name:
                fields[name] += " " + line.strip()
            continue
        key, colon, value = line.partition(":")
        name = key.strip().lower() if colon and " " not in key.strip() else ""
        if name in fields:
            name = ""
        if name:
            fields[name] = value.strip()
    return fields


def split(data: bytes) -> tuple[dict[str, str], bytes]:
    """Header fields and body of a message or a part."""
    lead = data[:1024]
    start = len(lead) - len(lead.lstrip(b"\r\n"))
    ends = [(at, width) for mark, width in ((b"\r\n\r\n", 4), (b"\n\n", 2)) if (at := data.find(mark, start)) >= 0]
    if not ends:
        return headers(data[start:]), b""
    at, width = min(ends)
    return headers(data[start:at]), data[at + width :]


def parts(data: bytes) -> Iterator[Part]:
    """The leaves of a message in their order, within the bounds."""
    waiting: list[tuple[bytes, int, str]] = [(data, 0, "text/plain")]
    seen = 0
    while waiting and seen < MOST_PARTS:
        seen += 1
        chunk, depth, default = waiting.pop()
        fields, body = split(chunk)
        kind = fields.get("content-type", default).partition(";")[0].strip().lower()
        boundary = parameters(fields.get("content-type", "")).get("boundary", "")
        if kind.startswith("multipart/") and boundary and depth < DEEPEST:
            inner = "message/rfc822" if kind == "multipart/digest" else "text/plain"
            pieces = _pieces(body, boundary.encode("utf-8", "replace")) or _pieces(body, _boundary_of(body))
            waiting.extend((piece, depth + 1, inner) for piece in reversed(pieces))
        else:
            yield Part(kind=kind, headers=fields, body=body)


def holds_feedback(text: bytes | bytearray) -> bool:
    """Whether a text holds the fields of a feedback report, and not merely the name of one in a sentence.

    RFC 5965 section 3.1 asks for three fields; one beside ``Feedback-Type`` in the same lines tells enough.
    """
    lower = b"\n" + bytes(text).replace(b"\r\n", b"\n").lower()
    at = lower.find(b"\nfeedback-type:")
    if at < 0:
        return False
    block = lower[lower.rfind(b"\n\n", 0, at + 1) + 1 :].lstrip(b"\n").partition(b"\n\n")[0]
    return any(field in b"\n" + block for field in (b"\nuser-agent:", b"\nversion:"))


def _pieces(body: bytes, boundary: bytes) -> list[bytes]:
    """What stands between the delimiter lines; a missing last delimiter ends at the end."""
    mark = b"--" + boundary
    pieces: list[bytes] = []
    at = 0 if body.startswith(mark) else body.find(b"\n" + mark) + 1
    if at == 0 and not body.startswith(mark):
        return pieces
    while len(pieces) < MOST_PARTS:
        start = at + len(mark)
        if body[start : start + 2] == b"--":
            break
        line_end = body.find(b"\n", start)
        if line_end < 0:
            break
        following = body.find(b"\n" + mark, line_end)
        # Part headers may be absent: the blank line then stands right after the delimiter.
        pieces.append(_headed(body[line_end + 1 : following if following >= 0 else None]))
        if following < 0:
            break
        at = following + 1
    return pieces


def _boundary_of(body: bytes) -> bytes:
    """The boundary that a body uses, where its header names another: archives and relays rewrite one of them."""
    found = _DELIMITER.search(body[:LONGEST_HEADER])
    return found[1] if found else b"\0"


def _headed(piece: bytes) -> bytes:
    return b"X-None: 1\n" + piece if piece[:1] in (b"\n", b"\r") else piece


def _transfer_decoded(body: bytes, encoding: str) -> bytes:
    word = encoding.strip().lower()
    if word == "quoted-printable":
        return quopri.decodestring(body)
    if word == "base64":
        compact = bytes(byte for byte in body if byte not in b"\r\n \t")
        try:
            return binascii.a2b_base64(compact[: len(compact) - len(compact) % 4])
        except binascii.Error:
            return body
    return body


def plain(text: str) -> str:
    """HTML as text: line breaks kept, tags dropped, entities resolved."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))


def looks_like_html(text: str) -> bool:
    """Whether a text is marked up, rather than merely holding addresses in angle brackets."""
    lower = text[:4096].lower()
    return any(mark in lower for mark in ("<html", "<body", "<br", "<p>", "<div", "<td"))
