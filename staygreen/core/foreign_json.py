"""JSON that others wrote: where its texts enter, halves of surrogate pairs are replaced.

JSON can spell half a pair (RFC 8259, section 8.2), which no UTF-8 holds: such a text cannot be measured, hashed,
stored or sent.
"""

from __future__ import annotations

import json


def loads(text: str) -> object:
    """What a JSON text holds; every text and key in it can be encoded.

    Raises:
        ValueError: When it is not JSON.
        RecursionError: When it is nested too deeply.
    """
    document: object = json.loads(text)
    may_hold_halves = "\\ud" in text.lower() or not _is_whole(text)
    return _mended(document) if may_hold_halves else document


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _mended(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_mended(part) for part in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(part) for key, part in value.items()}
    return value
