"""Text that others wrote: whatever they declare, it holds no half of a surrogate pair, and costs what its length costs.

No UTF-8 holds such a half, so a text with one cannot be measured, hashed, stored or sent. UTF-7 can spell one
(RFC 2152), and so can what Python alone calls a charset, which no mail is written in (Python library reference,
"Python Specific Encodings", verified 2026-12-01); Punycode among them takes time by the square of its length.
"""

from __future__ import annotations

import codecs

OF_PYTHON = frozenset({"idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})


def whole(text: str) -> str:
    """The text with `�` for each half of a pair that stands alone; halves that make a pair become its character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def decoded(raw: bytes, charset: str) -> str:
    """Bytes in the charset that their sender named, or else in UTF-8, or else as Latin 1, which reads everything."""
    for name in (charset, "utf-8"):
        try:
            if codecs.lookup(name).name.replace("_", "-") not in OF_PYTHON:
                return whole(raw.decode(name))
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return raw.decode("latin-1")
