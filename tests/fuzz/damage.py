"""Bytes that are damaged by chance: changed, removed, doubled, spliced with others, with words put in."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

ODD = (
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"\r",
    b"\n\n",
    b"\r\n",
    b"\t",
    b'"',
    b"'",
    b"9" * 30,
    b"-1",
    b"1e309",
    b"NaN",
    b"[" * 50,
    b"{" * 50,
    b"(" * 50,
    b"0001-01-01T00:00:00+14:00",
    b"9999-12-31T23:59:59-14:00",
    b"Fri, 31 Dec 9999 23:59:59 -1400",
    b"999.999.999.999",
    b"2001:db8::1",
    "\u0663\u202e\u2028\U000e0041".encode(),
    b"a" * 300,
)
"""What readers of every kind stumble over."""


def damaged(chance: random.Random, pool: Sequence[bytes], words: Sequence[bytes] = ODD) -> bytes:
    """One of the pool with a few changes, or with none."""
    data = bytearray(chance.choice(pool))
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((1, 2, 10, 100, 1000)))
        how = chance.randrange(6)
        if how == 0 and at < len(data):
            data[at] = chance.randrange(256)
        elif how == 1:
            del data[at:end]
        elif how == 2:
            data[at:at] = data[at:end] * chance.choice((1, 1, 3, 40))
        elif how == 3:
            data[at:at] = chance.choice(words)
        elif how == 4:
            data[at:end] = chance.choice(words)
        else:
            other = chance.choice(pool)
            start = chance.randrange(len(other) + 1)
            data[at:end] = other[start : start + chance.choice((10, 200, 2000))]
    return bytes(data)


VALUES = (
    None,
    True,
    0,
    -1,
    10**400,
    1e308,
    float("nan"),
    "",
    "\ud800",
    "\x00",
    "a\x1b[2J\u202e",
    "x" * 3000,
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-11-24T11:00:00Z",
    [],
    {},
    [[]],
    ["\udfff"],
    {"\ud83d": 1},
)


def damaged_json(chance: random.Random, pool: Sequence[bytes], words: Sequence[bytes] = ODD) -> bytes:
    """One of the pool, still JSON, with values put in the place of others; or bytes that are damaged in any way."""
    if chance.random() < 0.4:
        return damaged(chance, pool, words)
    document = json.loads(chance.choice(pool))
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        document = _replaced(chance, document)
    return json.dumps(document, ensure_ascii=chance.random() < 0.7).encode("utf-8", "surrogatepass")


def _replaced(chance: random.Random, value: Any) -> Any:
    """A value with something else at a place by chance; a text may be JSON itself."""
    if isinstance(value, str) and value[:1] == "{" and chance.random() < 0.8:
        return json.dumps(_replaced(chance, json.loads(value))) if value[-1:] == "}" else value
    if not isinstance(value, (dict, list)) or not value or chance.random() < 0.1:
        return chance.choice(VALUES)
    key = chance.choice(list(value)) if isinstance(value, dict) else chance.randrange(len(value))
    changed = value.copy()
    changed[key] = _replaced(chance, value[key])
    return changed


def damaged_lines(chance: random.Random, pool: Sequence[bytes], words: Sequence[bytes] = ODD) -> bytes:
    """One of the pool with whole lines removed, doubled, moved or taken from another; or damaged in any way."""
    if chance.random() < 0.4:
        return damaged(chance, pool, words)
    lines = chance.choice(pool).split(b"\n")
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        at = chance.randrange(len(lines) + 1)
        how = chance.randrange(4)
        if how == 0:
            del lines[at : at + 1]
        elif how == 1:
            lines.insert(at, chance.choice(lines or [b""]))
        elif how == 2:
            lines.insert(at, chance.choice(chance.choice(pool).split(b"\n")))
        elif at < len(lines) and b"=" in lines[at]:
            lines[at] = lines[at].partition(b"=")[0] + b"= " + chance.choice(words)
    return b"\n".join(lines)
