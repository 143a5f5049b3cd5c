"""A backtracking matcher that counts its steps, for what expressions hold here: `re` does not tell how hard it worked.

It reads the tree that `re` itself compiles from, and tries alternatives in the same order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import _constants as op
from re import _parser
from typing import Any

_CATEGORIES = {
    op.CATEGORY_DIGIT: str.isdigit,
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
    op.CATEGORY_NOT_DIGIT: lambda char: not char.isdigit(),
    op.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    op.CATEGORY_NOT_WORD: lambda char: not (char.isalnum() or char == "_"),
}
_SINGLE = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)


class Matcher:
    """One expression; `steps` grows with each thing tried.

    Args:
        pattern: the expression, of text.
        flags: as it was compiled with.
    """

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self._tree = _parser.parse(pattern, flags)
        self._fold = bool(flags & re.IGNORECASE)
        self._all = bool(flags & re.DOTALL)
        self.steps = 0

    def found(self, text: str) -> bool:
        """Whether it matches anywhere."""
        return any(self._at(text, start) for start in range(len(text) + 1))

    def exhaust(self, text: str) -> None:
        """Try it from every character, whether it matched before or not."""
        for start in range(len(text) + 1):
            self._at(text, start)

    def _at(self, text: str, start: int) -> bool:
        return next(self._sequence(self._tree, 0, text, start), None) is not None

    def _sequence(self, tree: Any, number: int, text: str, at: int) -> Iterator[int]:
        self.steps += 1
        if number == len(tree):
            yield at
            return
        for end in self._one(*tree[number], text, at):
            yield from self._sequence(tree, number + 1, text, end)

    def _one(self, kind: Any, value: Any, text: str, at: int) -> Iterator[int]:
        if kind in _SINGLE:
            if at < len(text) and self._is(kind, value, text[at]):
                yield at + 1
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            yield from self._repeat(value, text, at)
        elif kind is op.SUBPATTERN:
            yield from self._sequence(value[3], 0, text, at)
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from self._sequence(branch, 0, text, at)
        elif self._holds(kind, value, text, at):
            yield at

    def _repeat(self, value: Any, text: str, at: int, done: int = 0) -> Iterator[int]:
        least, most, inner = value
        ends, here = [at], at
        if len(inner) == 1 and inner[0][0] in _SINGLE:
            while len(ends) <= most and here < len(text) and self._is(*inner[0], text[here]):
                self.steps += 1
                here += 1
                ends.append(here)
            yield from reversed(ends[least:])
            return
        if done < most:
            for end in self._sequence(inner, 0, text, at):
                if end > at:
                    yield from self._repeat(value, text, end, done + 1)
        if done >= least:
            yield at

    def _holds(self, kind: Any, value: Any, text: str, at: int) -> bool:
        if kind is op.AT:
            return _position(value, text, at)
        direction, inner = value
        start = at if direction > 0 else at - inner.getwidth()[0]
        is_there = start >= 0 and next(self._sequence(inner, 0, text, start), None) is not None
        return is_there if kind is op.ASSERT else not is_there

    def _is(self, kind: Any, value: Any, char: str) -> bool:
        self.steps += 1
        if kind is op.ANY:
            return self._all or char != "\n"
        if kind is op.IN:
            return self._in(value, char)
        same = ord(char) == value or (self._fold and char.lower() == chr(value).lower())
        return same if kind is op.LITERAL else not same

    def _in(self, members: Any, char: str) -> bool:
        negated = bool(members) and members[0][0] is op.NEGATE
        forms = {char, char.lower(), char.upper()} if self._fold else {char}
        hit = any(_member(kind, value, form) for kind, value in members if kind is not op.NEGATE for form in forms)
        return hit is not negated


def _member(kind: Any, value: Any, char: str) -> bool:
    if kind is op.LITERAL:
        return ord(char) == value
    if kind is op.RANGE:
        return value[0] <= ord(char) <= value[1]
    return bool(_CATEGORIES[value](char))


def _position(value: Any, text: str, at: int) -> bool:
    if value in (op.AT_BEGINNING, op.AT_BEGINNING_STRING):
        return at == 0
    if value in (op.AT_END, op.AT_END_STRING):
        return at == len(text) or (value is op.AT_END and text[at:] == "\n")
    before = at > 0 and _CATEGORIES[op.CATEGORY_WORD](text[at - 1])
    after = at < len(text) and _CATEGORIES[op.CATEGORY_WORD](text[at])
    return (before != after) is (value is op.AT_BOUNDARY)
