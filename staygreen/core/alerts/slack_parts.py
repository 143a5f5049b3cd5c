"""The parts of a Slack message: Block Kit's blocks within Slack's limits.

Limits are kept by splitting and cutting: 50 blocks, 3,000 characters of section text, 150 of a header, 2,000 of a
button's value (Slack developer documentation, "Block Kit"; the header's not verified, the others as third parties
quote them, read 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import accumulate
from typing import Any

from staygreen.core.visible import visible
from staygreen.core.wording import with_times

MOST_BLOCKS = 50
LONGEST_SECTION = 3000
LONGEST_TOGETHER = 12_000
"""Characters of all sections: Slack refuses a message from about 13,200 on (`msg_blocks_too_long`, seen by others:
issue 2509 of slackapi/bolt-js, read 2026-11-24)."""
LONGEST_HEADER = 150
FROM_PEOPLE = 3
"""Blocks after the sections: that something is left out, who is at it, and where it comes from; buttons come on top."""

Block = Mapping[str, Any]


def escaped(text: str) -> str:
    """Visible text in which nothing is a mention, a link or markup (Slack, "Formatting text", escaping)."""
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def link(url: str, label: str) -> str:
    """A link; the bare URL where Slack would not take it for one."""
    # Only web addresses become links; a bar or a bracket in one would end it early.
    if not url.startswith(("https://", "http://")) or any(c in url for c in "|<> \n"):
        return f"{label}: {escaped(url)}"
    return f"<{url.replace('&', '&amp;')}|{label}>"


def header(text: str) -> Block:
    """The title of a message; of at most `LONGEST_HEADER` characters."""
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": True}}


def context(text: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": _at_readers_clock(text[:LONGEST_SECTION])}]}


def button(action: str, label: str, value: str) -> Block:
    """A button; `value` comes back with its press."""
    return {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": label},
        "value": value,
    }


def body(first: Iterable[Block], texts: Iterable[str], *, beside: int) -> list[Block]:
    """The first blocks and as many sections as fit beside the blocks that follow."""
    head = list(first)
    made = [section for text in texts for section in sections(text)]
    together = accumulate(len(section["text"]["text"]) for section in made)
    room = min(MOST_BLOCKS - len(head) - beside, sum(length <= LONGEST_TOGETHER for length in together))
    if len(made) > room:
        return [*head, *made[:room], context("More is left out here; the mail and the command have all of it.")]
    return [*head, *made]


def sections(text: str) -> Iterable[Block]:
    """Marked-up text as sections."""
    for piece in _pieces(text):
        yield {"type": "section", "text": {"type": "mrkdwn", "text": piece}}


def _pieces(text: str) -> Iterable[str]:
    """Lines together as far as they fit; a line that is too long alone is cut."""
    piece = ""
    for line in text.split("\n"):
        short = _at_readers_clock(_cut(line))
        if piece and len(piece) + 1 + len(short) > LONGEST_SECTION:
            yield piece
            piece = ""
        piece = f"{piece}\n{short}" if piece else short
    if piece:
        yield piece


def _at_readers_clock(text: str) -> str:
    """Marked-up text, its times as each reader's clock shows them (Slack, "Formatting text", date tokens)."""
    made = with_times(text, _token)
    return made if len(made) <= LONGEST_SECTION else text


def _token(moment: datetime, shown: str) -> str:
    return f"<!date^{int(moment.timestamp())}^{{time}} on {{date_long}}|{shown}>"


def _cut(line: str) -> str:
    if len(line) <= LONGEST_SECTION:
        return line
    kept = line[: LONGEST_SECTION - 1]
    # An escape such as &amp; is not cut in two.
    start = kept.rfind("&", len(kept) - 5)
    return (kept[:start] if start >= 0 and ";" not in kept[start:] else kept) + "…"
