"""One thing that is wrong with a configuration, and how a person is told where.

``mine.toml:31: domain[1] "example.org": dmarc.policy: ...``: file and line, the
entry with its index (from 0) and its name, the key inside it, what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from staygreen.core.config.line_numbers import Path, nearest

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the value at `path`."""

    path: Path
    text: str
    is_warning: bool = False
    """True when the configuration can be used all the same."""
    rests_on: Path = ()
    """Another value that it was judged by: where that could not be read, nothing is said. Empty: none."""


def rendered(problem: Problem, filename: str, places: Mapping[Path, int], document: Mapping[str, Any]) -> str:
    """Return the one line that tells a person place and problem.

    Args:
        problem: What is wrong.
        filename: As the person named the file.
        places: Lines, from `position.lines`.
        document: The file's values, to quote the name of an entry.
    """
    where = [*_subject(problem.path, document), problem.text]
    return f"{filename}:{nearest(places, problem.path)}: {': '.join(where)}"


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean x?`` for the nearest known word, or for one that begins alike; or nothing."""
    near = closest(word, known)
    return f"; did you mean {near}?" if near else ""


def closest(word: str, known: Iterable[str]) -> str:
    """Return the nearest known word, or one that begins alike; empty: there is none."""
    lower, words = word.lower(), sorted(known)
    near = get_close_matches(lower, words, n=1, cutoff=0.65) or [each for each in words if _begin_alike(lower, each)]
    return near[0] if near else ""


def _begin_alike(one: str, other: str) -> bool:
    """Whether one is the beginning of the other, and not by chance."""
    return min(len(one), len(other)) > 2 and (one.startswith(other) or other.startswith(one))


def _subject(path: Path, document: Mapping[str, Any]) -> list[str]:
    """The entry, when the path goes through an array, and the key."""
    first_index = next((i for i, step in enumerate(path) if isinstance(step, int)), None)
    if first_index is None:
        return [_dotted(path)] if path else []
    head, tail = path[: first_index + 1], path[first_index + 1 :]
    return [_dotted(head) + _quoted_name(head, document), *([_dotted(tail)] if tail else [])]


def _dotted(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{_key(step)}" for step in path)
    return text.removeprefix(".")


def _key(step: str) -> str:
    return step if _BARE_KEY.fullmatch(step) else f'"{step}"'


def _quoted_name(path: Path, document: Mapping[str, Any]) -> str:
    value: Any = document
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return ""
    name = value.get("name", value.get("id")) if isinstance(value, dict) else None
    return f' "{name}"' if isinstance(name, str) else ""
