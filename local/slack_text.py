"""A Slack message as a person reads it, in a terminal."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

_LINK = re.compile(r"<(https?://[^|>]+)\|([^>]*)>")
_MENTION = re.compile(r"<@([A-Z0-9]+)>")
_DATE = re.compile(r"<!date\^\d+\^[^|>]*\|([^>]*)>")
_BOLD = re.compile(r"(?m)^\*([^*\n]+)\*$")
_LABEL = re.compile(r"(?m)^\*([^*\n]+:)\* ")
MARKS = {
    ":red_circle:": "🔴",
    ":large_yellow_circle:": "🟡",
    ":large_blue_circle:": "🔵",
    ":large_green_circle:": "🟢",
    ":white_circle:": "⚪",
    ":newspaper:": "📰",
}


class Readable(Protocol):
    """A message as far as a person sees it."""

    @property
    def blocks(self) -> Sequence[Mapping[str, Any]]: ...

    @property
    def edits(self) -> int: ...


def shown(message: Readable) -> Iterable[str]:
    """The lines of a message, block by block."""
    edited = " (edited)" if message.edits else ""
    yield f"staygreen{edited}"
    for block in message.blocks:
        yield from _block(block)


def _block(block: Mapping[str, Any]) -> Iterable[str]:
    match block["type"]:
        case "header":
            yield _plain(block["text"]["text"])
        case "section":
            yield from _plain(block["text"]["text"]).splitlines()
        case "actions":
            yield "  ".join(f"[ {button['text']['text']} ]" for button in block["elements"])
        case "context":
            yield from _plain("\n".join(element["text"] for element in block["elements"])).splitlines()
        case other:
            raise ValueError(f"a block that is not shown yet: {other}")


def _plain(text: str) -> str:
    text = _LINK.sub(r"\2: \1", text)
    text = _DATE.sub(r"\1", text)
    text = _MENTION.sub(r"@\1", text)
    text = _BOLD.sub(r"\1:", text)
    text = _LABEL.sub(r"\1 ", text)
    for name, mark in MARKS.items():
        text = text.replace(name, mark)
    return html.unescape(text)
