"""Who is blocked right now finds what to do from README in two links and few words, for an own and a shared address."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

MOST_WORDS = 200
LINK = re.compile(r"\[([^\]]*)\]\(([^)#]+)(#[^)]*)?\)")


def words(text: str) -> int:
    return len(re.findall(r"[\w'.@/-]+", re.sub(r"[|`*]", " ", text)))


def before(text: str, target: str) -> int:
    """Words that are read from the beginning up to the link to a page."""
    found = next(each for each in LINK.finditer(text) if each[2] + (each[3] or "") == target)
    # who looks for one row of a table reads that row
    start = text.rfind("\n", 0, found.start()) if text[text.rfind("\n", 0, found.start()) + 1] == "|" else 0
    prose = "\n".join(line for line in text[: start or found.start()].splitlines() if not line.startswith("|"))
    return words(prose) + words(text[start : found.end()] if start else "")


@pytest.mark.parametrize(
    ("target", "step"),
    [
        ("runbooks/refusals.md#support-form", "sender support form"),
        ("runbooks/shared-address.md", "AWS Support"),
    ],
)
def test_two_links_and_few_words_lead_to_what_to_do_about_s3150(target, step):
    readme, page = Path("README.md").read_text(), Path("docs/outlook-blocks-me.md").read_text()
    read = before(readme, "docs/outlook-blocks-me.md") + before(page, target)
    assert read <= MOST_WORDS
    file, _, anchor = target.partition("#")
    section = Path("docs", file).read_text()
    section = section[section.lower().index(f"## {anchor.replace('-', ' ')}") :] if anchor else section
    assert step in section[:2500]
