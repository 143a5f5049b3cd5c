"""Reports from bytes of any kind, decided by what the bytes are and never by a name or an announced type.

XML and JSON, gzip and zip in any order, a mail with any of them as any part, an mbox file of such mails: what comes in
is read in one pass, chunk by chunk. Only a mail is held whole.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from staygreen.core.replies import mime
from staygreen.core.reports import failure, tls
from staygreen.core.reports.aggregate_xml.reader import AggregateReader
from staygreen.core.reports.containers import deflate, mail, mailbox_file, transfer_encoding, zip_entries
from staygreen.core.reports.containers.byte_source import ByteSource
from staygreen.core.reports.faults import Faults
from staygreen.core.reports.limits import (
    DEEPEST_CONTAINER,
    LARGEST_JSON,
    LARGEST_MAIL,
    MOST_REPORTS,
    SLICE,
    Inflation,
    RefusedError,
)
from staygreen.core.reports.report import FailureReport, Item, PublishedPolicy, Refusal, Row, Rows

_PEEK = 4096
_BLANK = b" \t\r\n\0"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_FIELD = re.compile(rb"[A-Za-z][A-Za-z0-9\-]{0,60}:[ \t\r\n]")
_FIELD_LINE = re.compile(rb"\n[a-z][a-z0-9\-]{0,60}:[ \t]")
_LEAST_FIELDS = 3
"""Header fields that are none of the known ones and make a mail all the same: long ones may stand before those."""
_MAIL_FIELDS = (
    b"\nreceived:",
    b"\nmime-version:",
    b"\ncontent-type:",
    b"\ncontenttype:",
    b"\nreturn-path:",
    b"\nmessage-id:",
    b"\nsubject:",
    b"\nfrom:",
    b"\ndate:",
)
_ESCAPED = re.compile(rb"&lt;(?:\?xml|feedback)\b")
_MARKUP = re.compile(rb"<(?:\?xml|(?:[\w.\-]{1,30}:)?feedback)\b")
_LONGEST_ESCAPED = 16 << 20
REPORT_SUFFIXES = (".xml", ".json", ".gz", ".gzip", ".zip", ".z", ".xml.txt")
"""How names of reports end: what has such a name and cannot be read is a report that is lost."""
_REPORT_TYPES = frozenset(
    {
        *("application/gzip", "application/x-gzip", "application/zip", "application/x-zip-compressed", "text/xml"),
        *("application/xml", "application/tlsrpt+gzip", "application/tlsrpt+json", "message/feedback-report"),
    }
)
_OTHER_MARKUP = re.compile(rb"<(?:!doctype html|html|head|body|div|p|br|table|meta)\b", re.IGNORECASE)


def reports(chunks: Iterable[bytes]) -> Iterator[Item]:
    """What stands in the bytes: rows in batches, each followed by its report; and what could not be read, with why.

    Nothing is raised for what the bytes are. Rows are to be dropped when their report is refused.
    """
    yield from _Reading().items(ByteSource(chunks), "", 0)


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def _no_tar(_source: ByteSource, _name: str, _depth: int) -> Iterator[Item]:
    """Refused, for the reports behind the first one would be lost without a word."""
    raise RefusedError("a tar archive is not taken apart: unpack it, and read the directory")


class _Reading:
    """One input, with what its containers say and how far they expanded."""

    def __init__(self) -> None:
        self._inflation = Inflation()
        self._faults = Faults()
        self._submitter = ""
        self._kinds: tuple[tuple[Callable[[bytes], bool], Callable[[ByteSource, str, int], Iterator[Item]]], ...] = (
            (lambda head: head.startswith(deflate.GZIP), self._gzip),
            (lambda head: head.startswith((zip_entries.LOCAL, *zip_entries.DIRECTORY)), self._zip),
            (_is_tar, _no_tar),
            (_is_zlib, self._zlib),
            (_is_json, self._tls),
            (_is_xml, self._aggregate),
            (lambda head: head.startswith(b"From "), self._mbox),
            (_is_mail, self._mail),
            (lambda head: _ESCAPED.search(head) is not None, self._escaped),
            (lambda head: _MARKUP.search(head) is not None, self._after_other_text),
            (_is_base64, self._base64),
        )

    def items(self, source: ByteSource, name: str, depth: int) -> Iterator[Item]:
        """What stands in a source of any kind."""
        try:
            if depth > DEEPEST_CONTAINER:
                raise RefusedError(f"more than {DEEPEST_CONTAINER} containers within each other")
            head = source.peek(_PEEK)
            read = next((read for is_kind, read in self._kinds if is_kind(head)), None)
            if read is None:
                self._faults = Faults()
                yield Refusal(reason=_unknown(head), name=name, is_other=not _is_named_like_report(name))
                return
            yield from read(source, name, depth)
        except RefusedError as error:
            self._faults = Faults()
            yield Refusal(reason=str(error), name=name)

    def _take_faults(self) -> Faults:
        faults, self._faults = self._faults, Faults()
        return faults

    def _gzip(self, source: ByteSource, name: str, depth: int) -> Iterator[Item]:
        content = deflate.gzip(source, self._inflation, self._faults.note)
        yield from self.items(ByteSource(content), name, depth + 1)

    def _zlib(self, source: ByteSource, name: str, depth: int) -> Iterator[Item]:
        content = deflate.zlib_stream(source, self._inflation, self._faults.note)
        yield from self.items(ByteSource(content), name, depth + 1)

    def _zip(self, source: ByteSource, name: str, depth: int) -> Iterator[Item]:
        seen = False
        for entry in zip_entries.entries(source, self._inflation, lambda *fault: self._faults.note(*fault)):
            if entry.is_report:
                seen = True
                yield from self.items(ByteSource(entry.content), entry.name, depth + 1)
        left = self._take_faults()
        if left.reasons and (not seen or left.is_missing):
            raise RefusedError("; ".join(left.reasons))
        if not seen:
            raise RefusedError("a zip without a file")

    def _aggregate(self, source: ByteSource, _: str, __: int) -> Iterator[Item]:
        reader = AggregateReader(self._submitter)
        number = 1
        while data := self._next(source, reader):
            rows = reader.feed(data)
            while reader.following:
                yield from _batch(reader.policy, rows)
                yield from _closed(reader)
                reader, rows = reader.follow()
                number = _counted(number)
            yield from _batch(reader.policy, rows)
        reader.faults.include(self._take_faults())
        yield from _closed(reader)
        while reader.following:
            reader, rows = reader.follow()
            number = _counted(number)
            yield from _batch(reader.policy, rows)
            yield from _closed(reader)

    @staticmethod
    def _next(source: ByteSource, reader: AggregateReader) -> bytes:
        """The next bytes of a report; none when it is refused, which a container may do in the middle of it."""
        try:
            return b"" if reader.is_refused else source.some(SLICE)
        except RefusedError as error:
            reader.refuse(str(error))
            return b""

    def _tls(self, source: ByteSource, _: str, __: int) -> Iterator[Item]:
        pieces, length = [], 0
        while data := source.some(SLICE):
            pieces.append(data)
            length += len(data)
            if length > LARGEST_JSON:
                raise RefusedError(f"JSON of more than {LARGEST_JSON >> 20} MB")
        content = b"".join(pieces)
        yield from tls.read(content, self._submitter, self._take_faults())

    def _mbox(self, source: ByteSource, name: str, depth: int) -> Iterator[Item]:
        for message in mailbox_file.mails(source):
            self._inflation = Inflation()
            try:
                yield from self._message(message, 0, len(message), name, depth)
            except RefusedError as error:
                # the mails behind it are read all the same
                self._faults = Faults()
                yield Refusal(reason=str(error), name=name)

    def _mail(self, source: ByteSource, name: str, depth: int) -> Iterator[Item]:
        held = bytearray()
        for data in source:
            held += data
            if len(held) > LARGEST_MAIL:
                raise RefusedError(f"a mail of more than {LARGEST_MAIL >> 20} MB")
        # base64 is handed on in slices, so the bytes themselves are not made again
        yield from self._message(held, 0, len(held), name, depth)

    def _message(self, data: bytes | bytearray, start: int, end: int, name: str, depth: int) -> Iterator[Item]:
        """What stands in a mail; that there is no report in it, and what else is, when there is none."""
        fields, _ = mail.headers(data, start, end)
        self._submitter = mail.sender_domain(fields)
        found = False
        others: list[str] = []
        refusals: list[Refusal] = []
        parts = list(mail.leaves(data, start, end))
        feedback = min((part for part in parts if _is_feedback(data, part)), key=_is_only_text, default=None)
        if feedback is not None:
            yield self._feedback(data, feedback)
            return
        in_words = next((part for part in parts if _is_in_words(data, part)), None)
        if in_words is not None:
            text = self._text(data, in_words).decode("utf-8", "replace")
            self._faults.note("a failure report in words")
            yield failure.read(failure.fields_in_words(text), self._submitter, self._take_faults())
            return
        for part in parts:
            for item in self._part(data, part, depth, others):
                if isinstance(item, Refusal):
                    refusals.append(item)
                    continue
                found = True
                yield item
        self._take_faults()
        if refusals:
            yield from refusals
        elif not found:
            reason = f": {'; '.join(others[:5])}" if others else ""
            is_lost = _announces_report(fields) or any(_is_like_report(part) for part in parts)
            yield Refusal(reason=f"a mail without a report{reason}", name=name, is_other=not is_lost)

    def _part(self, data: bytes | bytearray, part: mail.Leaf, depth: int, others: list[str]) -> Iterator[Item]:
        if part.kind == "message/rfc822":
            if depth >= DEEPEST_CONTAINER:
                raise RefusedError(f"more than {DEEPEST_CONTAINER} containers within each other")
            if part.encoding.strip().lower() not in ("base64", "quoted-printable"):
                yield from self._message(data, part.start, part.end, part.name, depth + 1)
                return
        content = transfer_encoding.decoded(data, part.start, part.end, part.encoding)
        source = ByteSource(content)
        head = source.peek(_PEEK)
        if _may_be_report(head, part):
            yield from self.items(source, part.name, depth + 1)
        elif head.strip(_BLANK) and (part.name or not part.kind.startswith(("text/", "multipart/"))):
            others.append(f"{part.name or part.kind} is {_unknown(head)}")
        elif head.strip(_BLANK) and len(head.strip(_BLANK)) < 40:
            others.append(_unknown(head))

    @staticmethod
    def _text(data: bytes | bytearray, part: mail.Leaf) -> bytes:
        """The beginning of a part, without its transfer encoding."""
        end = min(part.end, part.start + _LONGEST_FEEDBACK)
        return b"".join(transfer_encoding.decoded(data, part.start, end, part.encoding))

    def _feedback(self, data: bytes | bytearray, part: mail.Leaf) -> FailureReport | Refusal:
        text = self._text(data, part)
        text = text[max(0, text.lower().find(b"feedback-type:")) :]
        fields = mime.headers(text.lstrip(b"\r\n").partition(b"\n\n")[0].partition(b"\r\n\r\n")[0])
        if failure.is_authentication_failure(fields):
            return failure.read(fields, self._submitter, self._take_faults())
        kind = fields.get("feedback-type", "")[:40]
        return Refusal(reason=f"a feedback report of type {kind!r}, no report about authentication", is_other=True)

    def _escaped(self, source: ByteSource, name: str, depth: int) -> Iterator[Item]:
        """XML that was written into HTML."""
        text = source.take(_LONGEST_ESCAPED)
        start = _ESCAPED.search(text)
        plain = html.unescape(text[start.start() if start else 0 :].decode("utf-8", "replace"))
        end = plain.find("</feedback>")
        self._faults.note("XML written into HTML")
        xml = plain[: end + len("</feedback>")] if end >= 0 else plain
        yield from self.items(ByteSource([xml.encode("utf-8", "replace")]), name, depth + 1)

    def _after_other_text(self, source: ByteSource, name: str, depth: int) -> Iterator[Item]:
        start = _MARKUP.search(source.peek(_PEEK))
        source.take(start.start() if start else 0)
        self._faults.note("other text before the report is ignored")
        yield from self._aggregate(source, name, depth)

    def _base64(self, source: ByteSource, name: str, depth: int) -> Iterator[Item]:
        data = source.take(LARGEST_MAIL)
        content = transfer_encoding.decoded(data, 0, len(data), "base64")
        yield from self.items(ByteSource(content), name, depth + 1)


_LONGEST_FEEDBACK = 64 * 1024
_OUTLOOK = b"\xd0\xcf\x11\xe0"


def _closed(reader: AggregateReader) -> Iterator[Item]:
    rows, report = reader.close()
    yield from _batch(report.policy, rows)
    yield report


def _batch(policy: PublishedPolicy, rows: list[Row]) -> Iterator[Item]:
    if rows:
        yield Rows(policy, rows)


def _counted(number: int) -> int:
    """One more report of the same text."""
    if number >= MOST_REPORTS:
        raise RefusedError(f"more than {MOST_REPORTS} reports in one text: the others are not read")
    return number + 1


def _is_zlib(head: bytes) -> bool:
    return (
        len(head) > 6 and head[0] == 0x78 and head[1] in (0x01, 0x5E, 0x9C, 0xDA) and not (head[0] << 8 | head[1]) % 31
    )


def _bare(head: bytes) -> bytes:
    return head.removeprefix(_BYTE_ORDER_MARK).lstrip(_BLANK)


def _is_json(head: bytes) -> bool:
    bare = _bare(head)
    return bare[:1] == b"{" or (bare[:1] == b"[" and bare[1:].lstrip(_BLANK)[:1] == b"{")


def _is_xml(head: bytes) -> bool:
    return head.startswith(_WIDE) or (_bare(head)[:1] == b"<" and not _OTHER_MARKUP.match(_bare(head)))


def _is_mail(head: bytes) -> bool:
    bare = head.lstrip(_BLANK)
    fields = b"\n" + bare.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0].lower()
    is_named = any(name in fields for name in _MAIL_FIELDS) or len(_FIELD_LINE.findall(fields)) >= _LEAST_FIELDS
    return _FIELD.match(bare) is not None and is_named


def _is_base64(head: bytes) -> bool:
    return transfer_encoding.looks_base64(head[:200])


def _is_feedback(data: bytes | bytearray, part: mail.Leaf) -> bool:
    if part.kind == "message/feedback-report":
        return True
    head = data[part.start : min(part.end, part.start + _PEEK)]
    return _is_only_text(part) and mime.holds_feedback(head)


def _is_in_words(data: bytes | bytearray, part: mail.Leaf) -> bool:
    return _is_only_text(part) and failure.IN_WORDS in data[part.start : min(part.end, part.start + _PEEK)]


def _is_only_text(part: mail.Leaf) -> bool:
    """A report whose media type a relay has taken away."""
    return part.kind == "text/plain"


def _may_be_report(head: bytes, part: mail.Leaf) -> bool:
    """Whether a part of a mail is worth reading: text for people is not."""
    if head.startswith((deflate.GZIP, zip_entries.LOCAL)) or _is_zlib(head):
        return True
    if _ESCAPED.search(head) or _MARKUP.search(head):
        return True
    if _is_json(head):
        return not part.kind.startswith("text/html") and (
            b"organization-name" in head or b"polic" in head or bool(part.name)
        )
    if head.startswith(_WIDE) or (_is_xml(head) and (part.name.lower().endswith(".xml") or part.kind.endswith("/xml"))):
        return True
    if part.kind == "message/rfc822" or (part.name and _is_mail(head)):
        return True
    return transfer_encoding.looks_base64(head[:200])


def _announces_report(fields: Mapping[str, str]) -> bool:
    """Whether a mail's subject is that of a report (RFC 9990 section 5.6, RFC 8460 section 5.3)."""
    return "report domain:" in fields.get("subject", "").lower()


def _is_like_report(part: mail.Leaf) -> bool:
    """Whether a part is named or typed as reports are."""
    return _is_named_like_report(part.name) or part.kind in _REPORT_TYPES


def _is_named_like_report(name: str) -> bool:
    return name.lower().endswith(REPORT_SUFFIXES)


def _unknown(head: bytes) -> str:
    """What something is that is no report."""
    bare = head.strip(_BLANK)
    if not bare:
        return "empty"
    if bare.startswith(_OUTLOOK):
        return "a message as Outlook saves it (.msg): save it as .eml"
    if len(bare) <= 40 and bare.isascii():
        return f"no report but the text {bare.decode()!r}"
    return "no report in a known form"
