"""Twelve mails before and after the texts were rewritten, side by side on one page.

`before/` holds them as commit df33469 wrote them, by its own functions about the same occasions; an Elastic IP had its
`Name` tag for a name then. What stands beside them is made anew with every other text: python -m tests.texts.render
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from staygreen.core.alerts import mail
from staygreen.core.alerts.alert import Alert
from tests.texts.scenes import alerts

FOLDER = Path(__file__).parent
FORMER = FOLDER / "before"
PAGE = FOLDER / "before-and-after.md"


def page() -> str:
    """The page: each mail as it was and as it is, with lines and characters."""
    scenes = alerts()
    parts = [
        "# Twelve mails before and after",
        "Before: as commit df33469 wrote them. After: as they are now, written anew by `python -m tests.texts.render`.",
    ]
    for file in sorted(FORMER.glob("*.txt")):
        parts.append(_compared(file.stem, file.read_text(encoding="utf-8").rstrip(), _now(scenes[file.stem])))
    return "\n\n".join(parts) + "\n"


def _now(alert: Alert) -> str:
    return f"Subject: {mail.subject_line(alert)}\n\n{mail.text(alert).rstrip()}"


def _compared(name: str, before: str, after: str) -> str:
    heads = "".join(
        f"<th>{word}: {len(text.splitlines())} lines, {len(text):,} characters</th>"
        for word, text in (("Before", before), ("After", after))
    )
    cells = "".join(f'<td valign="top"><pre>{escape(text)}</pre></td>' for text in (before, after))
    return f"## {name.replace('-', ' ').capitalize()}\n\n<table>\n<tr>{heads}</tr>\n<tr>{cells}</tr>\n</table>"
