"""The parts of DynamoDB's expressions that staygreen writes: conditions and updates over top-level attributes.

Amazon DynamoDB developer guide, "Condition and filter expressions, operators, and functions" and "Update
expressions" (recalled, not verified). What is not read here is refused, so that no expression is half obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

Value = Mapping[str, Any]
Item = dict[str, Value]
Holds = Callable[[Item, Mapping[str, str], Mapping[str, Value]], bool]
Change = Callable[[Item, Mapping[str, str], Mapping[str, Value]], None]

_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),+-]|[#:]?[A-Za-z_][\w.]*)")
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_CLAUSES = ("SET", "REMOVE", "ADD", "DELETE")


class NotUnderstood(Exception):
    """The expression is not one that this double reads."""


def comparable(value: Value) -> Any:
    """What a value compares by: its type, and what it holds."""
    ((kind, held),) = value.items()
    if kind == "N":
        return kind, Decimal(held)
    if kind in ("SS", "NS", "BS"):
        return kind, frozenset(held)
    return kind, held


@cache
def condition(text: str) -> Holds:
    """The condition that a text states."""
    words = _words(text)
    found = _either(words)
    if words:
        raise NotUnderstood(f"{text!r} goes on with {words}")
    return found


def _words(text: str) -> list[str]:
    words, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise NotUnderstood(f"{text!r} at {at}")
        words.append(match[1])
        at = match.end()
    return words


def _either(words: list[str]) -> Holds:
    parts = [_both(words)]
    while words and words[0].upper() == "OR":
        words.pop(0)
        parts.append(_both(words))
    return lambda *a: any(part(*a) for part in parts)


def _both(words: list[str]) -> Holds:
    parts = [_single(words)]
    while words and words[0].upper() == "AND":
        words.pop(0)
        parts.append(_single(words))
    return lambda *a: all(part(*a) for part in parts)


def _single(words: list[str]) -> Holds:
    word = words.pop(0)
    if word.upper() == "NOT":
        inner = _single(words)
        return lambda *a: not inner(*a)
    if word == "(":
        inner = _either(words)
        _take(words, ")")
        return inner
    if words and words[0] == "(" and word != "size":
        return _function(word, words)
    left = f"size {_in_brackets(words)}" if word == "size" else word
    sign, right = words.pop(0), words.pop(0)
    if sign not in _COMPARED:
        raise NotUnderstood(f"the operator {sign}")

    def compares(item: Item, names: Mapping[str, str], values: Mapping[str, Value]) -> bool:
        a, b = (_operand(each, item, names, values) for each in (left, right))
        if a is None or b is None:
            return sign == "<>" and a is not b
        (kind, first), (other, second) = comparable(a), comparable(b)
        return _COMPARED[sign](first, second) if kind == other else sign == "<>"

    return compares


def _function(name: str, words: list[str]) -> Holds:
    _take(words, "(")
    given = [words.pop(0)]
    while words[0] == ",":
        words.pop(0)
        given.append(words.pop(0))
    _take(words, ")")

    def holds(item: Item, names: Mapping[str, str], values: Mapping[str, Value]) -> bool:
        first, *rest = (_operand(each, item, names, values) for each in given)
        if name == "attribute_exists":
            return first is not None
        if name == "attribute_not_exists":
            return first is None
        if first is None or rest[0] is None:
            return False
        (_, held), (_, wanted) = comparable(first), comparable(rest[0])
        return bool(held.startswith(wanted)) if name == "begins_with" else wanted in held

    if name not in ("attribute_exists", "attribute_not_exists", "begins_with", "contains"):
        raise NotUnderstood(f"the function {name}")
    return holds


def _in_brackets(words: list[str]) -> str:
    _take(words, "(")
    name = words.pop(0)
    _take(words, ")")
    return name


def _operand(word: str, item: Item, names: Mapping[str, str], values: Mapping[str, Value]) -> Value | None:
    if word.startswith("size "):
        found = item.get(_name(word[5:], names))
        return {"N": str(len(next(iter(found.values()))))} if found else None
    return values[word] if word.startswith(":") else item.get(_name(word, names))


def _name(word: str, names: Mapping[str, str]) -> str:
    return names[word] if word.startswith("#") else word


def _take(words: list[str], expected: str) -> None:
    if not words or words.pop(0) != expected:
        raise NotUnderstood(f"no {expected}")


@cache
def update(text: str) -> Change:
    """The change that an update expression states; every right side is read before anything is written."""
    words, changes = _words(text), []
    while words:
        clause = words.pop(0).upper()
        if clause not in _CLAUSES:
            raise NotUnderstood(f"the clause {clause}")
        changes.append(_clause(clause, words))
        while words and words[0] == ",":
            words.pop(0)
            changes.append(_clause(clause, words))

    def change(item: Item, names: Mapping[str, str], values: Mapping[str, Value]) -> None:
        before = dict(item)
        for each in changes:
            each(item, before, names, values)

    return change


def _clause(clause: str, words: list[str]) -> Callable[..., None]:
    target = words.pop(0)
    if clause == "REMOVE":
        return lambda item, _before, names, _values: item.pop(_name(target, names), None)
    if clause == "SET":
        _take(words, "=")
        terms = [_term(words)]
        signs = []
        while words and words[0] in "+-":
            signs.append(words.pop(0))
            terms.append(_term(words))
        return _setting(target, terms, signs)
    word = words.pop(0)
    return _adding(target, word) if clause == "ADD" else _deleting(target, word)


def _term(words: list[str]) -> Callable[..., Value]:
    word = words.pop(0)
    if word == "if_not_exists":
        _take(words, "(")
        name = words.pop(0)
        _take(words, ",")
        otherwise = _term(words)
        _take(words, ")")
        return lambda before, names, values: before.get(_name(name, names)) or otherwise(before, names, values)

    def value(before: Item, names: Mapping[str, str], values: Mapping[str, Value]) -> Value:
        found = _operand(word, before, names, values)
        if found is None:
            raise NotUnderstood(f"{word} does not exist in the item")
        return found

    return value


def _setting(target: str, terms: list[Callable[..., Value]], signs: list[str]) -> Callable[..., None]:
    def change(item: Item, before: Item, names: Mapping[str, str], values: Mapping[str, Value]) -> None:
        first, *rest = (term(before, names, values) for term in terms)
        if rest:
            total = Decimal(first["N"])
            for sign, each in zip(signs, rest, strict=True):
                total += Decimal(each["N"]) * (1 if sign == "+" else -1)
            first = {"N": str(total)}
        item[_name(target, names)] = first

    return change


def _adding(target: str, word: str) -> Callable[..., None]:
    def change(item: Item, before: Item, names: Mapping[str, str], values: Mapping[str, Value]) -> None:
        name, ((kind, more),) = _name(target, names), values[word].items()
        if kind == "N":
            item[name] = {"N": str(Decimal(before.get(name, {"N": "0"})["N"]) + Decimal(more))}
        else:
            item[name] = {kind: sorted({*before.get(name, {kind: []})[kind], *more})}

    return change


def _deleting(target: str, word: str) -> Callable[..., None]:
    def change(item: Item, before: Item, names: Mapping[str, str], values: Mapping[str, Value]) -> None:
        name, ((kind, less),) = _name(target, names), values[word].items()
        left = sorted({*before.get(name, {kind: []})[kind]} - {*less})
        # a set is never empty: the attribute goes with its last element
        if left:
            item[name] = {kind: left}
        else:
            item.pop(name, None)

    return change
