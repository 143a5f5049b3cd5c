"""XML bytes in any charset, as UTF-8.

expat is told that everything is UTF-8, so a byte that is not of the declared charset cannot stop it: such bytes are
read as UTF-8 where they are, and as U+FFFD where they are not.
"""

from __future__ import annotations

import codecs
import re

from staygreen.core.foreign_text import OF_PYTHON

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s{0,20}=\s{0,20}["']([A-Za-z0-9._:\-]{1,40})["']""")
_UTF_8 = ("utf-8", "ascii")
_WIDE_NAMES = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-7")


class Transcoder:
    """Bytes in, UTF-8 out; remembers whether something was no character."""

    def __init__(self) -> None:
        self._decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder("utf-8")()
        self._is_utf_8 = True
        self._is_pending = False
        self.replaced = 0
        """Times that something was replaced."""
        self.fault = ""
        """What was wrong with the declaration; empty: nothing."""

    def begin(self, head: bytes) -> bytes:
        """Decide by the first bytes; the first bytes without a byte-order mark."""
        name, mark = _charset(head)
        try:
            found = codecs.lookup(name)
            if not found._is_text_encoding or found.name in OF_PYTHON:
                raise LookupError
        except LookupError:
            self.fault = f"unknown charset {name}"
            found = codecs.lookup("utf-8")
        self._is_utf_8 = found.name in _UTF_8
        self._decoder = codecs.getincrementaldecoder("utf-8" if self._is_utf_8 else found.name)("strict")
        return head[len(mark) :]

    def utf_8(self, data: bytes, *, final: bool = False) -> bytes:
        """The next bytes as UTF-8."""
        if self._is_utf_8 and not self._is_pending and data.isascii():
            return data
        try:
            text = self._decoder.decode(data, final)
        except UnicodeDecodeError:
            text = self._replacing(data, final=final)
        self._is_pending = bool(self._decoder.getstate()[0])
        # a lone surrogate of UTF-16 is no character of UTF-8
        return text.encode("utf-8", "replace")

    def _replacing(self, data: bytes, *, final: bool) -> str:
        self.replaced += 1
        self._decoder.errors = "replace"
        text = self._decoder.decode(data, final)
        self._decoder.errors = "strict"
        return text


def _charset(head: bytes) -> tuple[str, bytes]:
    """The charset that the first bytes show, and their byte-order mark."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, mark
    for start, name in _WIDE:
        if head.startswith(start):
            return name, b""
    declared = _DECLARED.search(head[:1024])
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    # a wide charset cannot be declared in bytes of the narrow kind
    return ("utf-8" if name.replace("_", "-") in _WIDE_NAMES else name), b""
