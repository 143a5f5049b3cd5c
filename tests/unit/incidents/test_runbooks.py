"""Every check has a runbook, and every place in one that an alert links to exists."""

import ast
import re
from pathlib import Path

import pytest

from staygreen.core.checks import CHECKS
from staygreen.core.ses import reputation_causes, volume_causes

ROOT = Path(__file__).parents[3]
RUNBOOKS = ROOT / "docs" / "runbooks"


def anchors(page):
    """As GitHub makes them from headings: lower case, hyphens for blanks, no punctuation; and those written out."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    made = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return made | set(re.findall(r'<a (?:id|name)="([^"]+)">', text))


def links():
    """Runbook references whose text is known without running anything."""
    for source in sorted((ROOT / "staygreen" / "core").rglob("*.py")):
        text = source.read_text(encoding="utf-8")
        if "runbook" not in text:
            continue
        tree = ast.parse(text)
        names = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "runbook":
                reference = text_of(node.value, names)
                if reference:
                    yield reference


def text_of(node, names):
    if isinstance(node, ast.Constant):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts = []
    for part in node.values:
        value = part.value if isinstance(part, ast.Constant) else names.get(getattr(part.value, "id", ""))
        if value is None:
            return ""
        parts.append(value)
    return "".join(parts)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_check_has_a_runbook(check):
    assert (RUNBOOKS / f"{check.id}.md").is_file()


@pytest.mark.parametrize("link", sorted(set(links())))
def test_what_an_alert_links_to_exists(link):
    page, _, anchor = link.partition("#")
    assert (RUNBOOKS / f"{page}.md").is_file()
    assert not anchor or anchor in anchors(RUNBOOKS / f"{page}.md")


@pytest.mark.parametrize("cause", sorted(reputation_causes.CAUSES))
def test_what_ses_says_of_a_sender_has_its_place(cause):
    assert cause in anchors(RUNBOOKS / "ses_reputation.md")


@pytest.mark.parametrize("cause", sorted(volume_causes.CAUSES))
def test_a_sudden_volume_has_its_place(cause):
    assert cause in anchors(RUNBOOKS / "volume.md")
