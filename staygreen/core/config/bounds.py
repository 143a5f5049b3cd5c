"""Bounds of a configuration file's text, looked at before a TOML parser does.

`tomllib` recurses for each bracket, takes time that grows with the square of a dotted key's length, and refuses a
number of thousands of digits without its place. Nothing that a configuration means comes near these bounds.
"""

from __future__ import annotations

import re

MAX_CHARACTERS = 5_000_000
"""A thousand domains with every record written out are a third of it."""
MAX_DEPTH = 20
"""Brackets and braces inside one another."""
MAX_KEY_PARTS = 20
MAX_DIGITS = 1_000

_TOKEN = re.compile(
    r'"""(?:\\.|(?!""").)*(?:"{3,5}|\Z)'
    r"|'''(?:(?!''').)*(?:'{3,5}|\Z)"
    r'|"(?:\\[^\n]|[^"\\\n])*"?'
    r"|'[^'\n]*'?"
    r"|\#[^\n]*"
    rf"|[0-9A-Fa-fox_]{{{MAX_DIGITS + 1},}}"
    r"|[\[\]{}.=,\n]",
    re.DOTALL,
)
"""Strings and comments as a whole, also those that never end, so that what stands in them counts as nothing."""


def first_excess(text: str) -> tuple[int, str] | None:
    """The first bound that a text passes: its line, from 1, and what to do; None when it keeps them all."""
    if len(text) > MAX_CHARACTERS:
        line = text.count("\n", 0, MAX_CHARACTERS) + 1
        return line, f"the file has more than {MAX_CHARACTERS:,} characters; shorten it"
    depth, dots = 0, 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in ("[", "{"):
            depth += 1
        elif mark in ("]", "}"):
            depth = max(depth - 1, 0)
        dots = dots + 1 if mark == "." else dots if mark[0] in "\"'" else 0
        problem = _problem(mark, depth, dots)
        if problem:
            return text.count("\n", 0, token.start()) + 1, problem
    return None


def _problem(mark: str, depth: int, dots: int) -> str:
    if depth > MAX_DEPTH:
        return f"arrays and inline tables are nested more than {MAX_DEPTH} levels deep; close a bracket or nest less"
    if dots >= MAX_KEY_PARTS:
        return f"a key has more than {MAX_KEY_PARTS} parts with dots between them; shorten it"
    if len(mark) > MAX_DIGITS and mark[0] not in "\"'#":
        return f"a number or word has more than {MAX_DIGITS:,} characters; shorten it"
    return ""
