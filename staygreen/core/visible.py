"""Text of strangers as people may see it: nothing in it hides a part, turns its order or steers a terminal.

A mail subject, a reply, a host name or a list's text can hold escape sequences, characters that turn the direction of
writing, and characters without width (Unicode Technical Report 36 §2; Trojan Source, CVE-2021-42574). Every text for
people passes here where it leaves: mail, Slack, Amazon Q, command output and the comment of a review. What is stored,
and JSON for programs, keeps the original, since it is evidence; `escaped_json` writes the same characters as escapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_STEERING = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls but tab and line feed
    "\u2028\u2029"  # separators of lines and paragraphs
    "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides and isolates of direction
    "\ud800-\udfff"  # halves of a character, which no encoding can write
)
_WITHOUT_WIDTH = (
    "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f"  # tags, which can carry a whole hidden text
)
_JOINERS = "\u200c\u200d"
_JOINED = rf"[^\x00-\u02ff\u2000-\u200f{_WITHOUT_WIDTH}{_STEERING}]"
"""What a joiner may stand between: letters of Persian or Hindi and emoji have them, Latin letters have none."""

_SHOWN = re.compile(f"[{_STEERING}]")
_DROPPED = re.compile(rf"[{_WITHOUT_WIDTH}]|(?<!{_JOINED})[{_JOINERS}]|[{_JOINERS}](?!{_JOINED})")
_ESCAPED = re.compile(f"[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff{_WITHOUT_WIDTH}{_JOINERS}]")


def visible(text: str) -> str:
    """The text with ``�`` for each character that steers, and without those that cannot be seen.

    Line feeds and tabs stay. Letters of every language stay, in the order that their own direction gives, and so do
    joiners between letters that join and within emoji.
    """
    if text.isascii() and text.isprintable():
        return text
    return _DROPPED.sub("", _SHOWN.sub("�", text.replace("\r\n", "\n")))


def visible_line(text: str) -> str:
    """The same on one line: each run of white space is a space."""
    return " ".join(visible(text).split())


def visible_document(document: Any) -> Any:
    """A document of mappings, lists and values in which every text is visible, and on one line; keys are ours.

    A line feed in a stranger's text could begin a paragraph that looks like one of ours, with what to do.
    """
    if isinstance(document, str):
        return visible_line(document)
    if isinstance(document, Mapping):
        return {key: visible_document(value) for key, value in document.items()}
    return [visible_document(value) for value in document] if isinstance(document, (list, tuple)) else document


def escaped_json(encoded: str) -> str:
    """JSON that means the same, with an escape for each such character: whoever shows it raw is not misled."""
    return _ESCAPED.sub(lambda found: json.dumps(found[0])[1:-1], encoded)
