"""Tag lists, ``v=DKIM1; k=rsa; p=...``: the syntax that DKIM and DMARC records share (RFC 6376 §3.2).

Tags are separated by semicolons; white space around names and values does not
count; a name may appear once; the order is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from staygreen.core.records.fault import Fault

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_VALUE = re.compile(r"[\x21-\x3A\x3C-\x7E \t]*")


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag, and where its value starts in the record."""

    name: str
    value: str
    position: int


def parse(text: str) -> tuple[Tag, ...] | Fault:
    """Return the tags in their order, or what is wrong."""
    tags: dict[str, Tag] = {}
    start = 0
    for part in text.split(";"):
        tag = _one(part, start)
        if isinstance(tag, Fault):
            return tag
        if tag is None:
            if start + len(part) < len(text):
                return Fault(start, "an empty tag")
        elif tag.name in tags:
            return Fault(start, f"the tag {tag.name} appears twice")
        else:
            tags[tag.name] = tag
        start += len(part) + 1
    return tuple(tags.values())


def _one(part: str, start: int) -> Tag | Fault | None:
    if not part.strip():
        return None
    indent = len(part) - len(part.lstrip())
    name, equals, value = part.partition("=")
    if not equals or not _NAME.fullmatch(name.strip()):
        return Fault(start + indent, "expected tag=value")
    if not _VALUE.fullmatch(value):
        return Fault(start + len(name) + 1, f"the value of {name.strip()} holds a character that is not allowed")
    position = start + len(name) + 1 + len(value) - len(value.lstrip())
    return Tag(name.strip(), value.strip(), position)


def render(tags: tuple[tuple[str, str], ...]) -> str:
    """Return the record text, tags in the given order."""
    return "; ".join(f"{name}={value}" for name, value in tags)
