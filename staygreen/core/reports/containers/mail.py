"""The leaves of a mail, as places in its bytes: nothing of it is copied (RFC 2045, RFC 2046)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import getaddresses

from staygreen.core.replies import mime
from staygreen.core.reports.limits import MOST_PARTS

_DEEPEST = 8
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_LONGEST_HEADER = 256 * 1024
_CONTINUED = re.compile(r"\b(?:file)?name\*[0-9]\*?=\"?([^\";]{0,300})\"?", re.IGNORECASE)
_BOUNDARY_LINE = re.compile(rb"\r?\n--([^\s\-][^\s]{2,100})\r?\n(?=[A-Za-z\-]+:)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One part that has no parts."""

    kind: str
    """Media type in lower case."""
    headers: Mapping[str, str]
    start: int
    end: int

    @property
    def encoding(self) -> str:
        """The transfer encoding, as it is named."""
        return self.headers.get("content-transfer-encoding", "")

    @property
    def name(self) -> str:
        """The name of the file; a name that is split over several parameters is put together (RFC 2231)."""
        for header in ("content-disposition", "content-type", "contenttype"):
            value = self.headers.get(header, "")
            found = mime.parameters(value)
            name = found.get("filename") or found.get("name") or "".join(_CONTINUED.findall(value))
            if name:
                return name[:300]
        return ""


def headers(data: bytes | bytearray, start: int, end: int) -> tuple[dict[str, str], int]:
    """The fields at a place, and where the body begins."""
    while data[start : start + 1] in (b"\r", b"\n") and start < end:
        start += 1
    found = _BLANK_LINE.search(data, start, min(end, start + _LONGEST_HEADER))
    stop, body = (found.start(), found.end()) if found else (min(end, start + _LONGEST_HEADER), end)
    return mime.headers(bytes(data[start:stop])), body


def leaves(data: bytes | bytearray, start: int = 0, end: int | None = None) -> Iterator[Leaf]:
    """The leaves of a message in their order; at most eight levels and a thousand parts."""
    waiting = [(start, len(data) if end is None else end, 0, False)]
    seen = 0
    while waiting and seen < MOST_PARTS:
        seen += 1
        first, last, depth, is_bare = waiting.pop()
        fields, body = ({}, first) if is_bare else headers(data, first, last)
        content_type = fields.get("content-type") or fields.get("contenttype") or ""
        kind = content_type.partition(";")[0].strip().lower()
        if kind.startswith("multipart/") and depth < _DEEPEST:
            pieces = _pieces(data, body, last, content_type)
            if pieces:
                waiting.extend((at, to, depth + 1, bare) for at, to, bare in reversed(pieces))
                continue
        yield Leaf(kind=kind or "text/plain", headers=fields, start=body, end=last)


def sender_domain(fields: Mapping[str, str]) -> str:
    """The domain behind the From header; empty when it names nobody or several."""
    found = getaddresses([fields.get("from", "")[:2000]])
    return found[0][1].rpartition("@")[2].rstrip(".").lower() if len(found) == 1 else ""


def _pieces(data: bytes | bytearray, start: int, end: int, content_type: str) -> list[tuple[int, int, bool]]:
    """What stands between the delimiter lines, the last of which may be missing; and whether it lacks headers."""
    boundary = mime.parameters(content_type).get("boundary", "").encode("utf-8", "replace")
    found = _between(data, start, end, boundary) if boundary else []
    if found:
        return found
    used = _BOUNDARY_LINE.search(data, max(0, start - 2), min(end, start + 64 * 1024))
    return _between(data, start, end, used[1]) if used else []


def _between(data: bytes | bytearray, start: int, end: int, boundary: bytes) -> list[tuple[int, int, bool]]:
    mark = b"--" + boundary
    pieces: list[tuple[int, int, bool]] = []
    at = start if data.startswith(mark, start) else data.find(b"\n" + mark, max(0, start - 1), end) + 1
    while at > 0 and len(pieces) < MOST_PARTS:
        after = at + len(mark)
        if data[after : after + 2] == b"--":
            break
        line_end = data.find(b"\n", after, end)
        if line_end < 0:
            break
        following = data.find(b"\n" + mark, line_end, end)
        begin, stop = line_end + 1, following if following >= 0 else end
        pieces.append((begin, stop, data[begin : begin + 1] == b"\n" or data[begin : begin + 2] == b"\r\n"))
        at = following + 1
    return pieces
