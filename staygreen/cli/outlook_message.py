"""The header fields in an Outlook message (.msg): the property PidTagTransportMessageHeaders, and nothing else of it.

Outlook leaves most of ``X-MS-Exchange-Organization-*`` out of that property (MS-OXCMAIL section 2.2.3.2.28, verified
2026-12-01). The container is read by olefile, which the extra `outlook` brings.
"""

from __future__ import annotations

import io
import struct

LARGEST = 48 * 1024 * 1024
_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_AS_UNICODE = "__substg1.0_007D001F"
_AS_BYTES = "__substg1.0_007D001E"
_LONGEST = 4 * 1024 * 1024


class Unreadable(Exception):
    """The file holds no headers that can be read; the text says why and what helps."""


def is_one(data: bytes) -> bool:
    """Whether a file is an Outlook message, or another compound file (MS-CFB section 2.2)."""
    return data.startswith(_MAGIC)


def headers(data: bytes) -> bytes:
    """The transport headers as UTF-8.

    Raises:
        Unreadable: The reader of .msg files is not installed, or the file has no such headers.
    """
    try:
        import olefile
    except ImportError:
        raise Unreadable(
            "an Outlook message (.msg) needs the extra `outlook`: in the clone, pip install '.[outlook]' (or pipx "
            "install --force '.[outlook]'); or paste the Internet headers"
        ) from None
    if len(data) > LARGEST:
        raise Unreadable(f"the file has more than {LARGEST} bytes")
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            found = next((name for name in (_AS_UNICODE, _AS_BYTES) if container.exists(name)), "")
            raw = container.openstream(found).read(_LONGEST) if found else b""
    except (OSError, ValueError, LookupError, TypeError, AttributeError, struct.error, RecursionError) as error:
        raise Unreadable(f"the Outlook message is damaged: {type(error).__name__}") from None
    if not raw.strip(b"\0"):
        raise Unreadable(
            "the Outlook message has no Internet headers: it was not received over the Internet, or is a draft"
        )
    text = raw.decode("utf-16-le" if found == _AS_UNICODE else "latin-1", "replace")
    return text.rstrip("\0").encode("utf-8", "replace")
