"""JSON that others wrote: where its texts enter, halves of surrogate pairs are replaced.

JSON can spell half a pair (RFC 8259, section 8.2), which no UTF-8 holds: such a text cannot be measured, hashed,
stored or sent.
"""

from __future__ import annotations

import json

from staygreen.core.foreign_text import whole

_DECODER, _LENIENT = json.JSONDecoder(), json.JSONDecoder(strict=False)


def loads(text: str) -> object:
    """What a JSON text holds; every text and key in it can be encoded.

    Raises:
        ValueError: When it is not JSON.
        RecursionError: When it is nested too deeply.
    """
    return _whole(json.loads(text), text)


def first(text: str, at: int = 0, *, lenient: bool = False) -> tuple[object, int]:
    """The value that begins at a place of a text, and where it ends. Otherwise as `loads`.

    Args:
        text: JSON, and anything behind it.
        at: Where the value begins.
        lenient: Whether line feeds and other controls may stand in a string as they are.
    """
    value, end = (_LENIENT if lenient else _DECODER).raw_decode(text, at)
    return _whole(value, text[at:end]), end


def _whole(value: object, text: str) -> object:
    may_hold_halves = "\\ud" in text.lower() or whole(text) is not text
    return _mended(value) if may_hold_halves else value


def _mended(value: object) -> object:
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, list):
        return [_mended(part) for part in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(part) for key, part in value.items()}
    return value
