"""How the demo ends: what was seen and what to try next, on one screen."""

from __future__ import annotations

import re

import pytest
from rich.text import Text

from local import demo
from local.stories import STORIES


@pytest.mark.parametrize("story", STORIES)
def test_a_story_ends_in_one_screen_that_says_what_to_try_next(story: str) -> None:
    lines = Text.from_markup(demo.result(story, 75)).plain.splitlines()
    assert len(lines) <= 25
    assert max(map(len, lines)) <= 100
    assert "Try next" in lines


def test_what_to_try_next_exists() -> None:
    named = re.findall(r"STORY=(\w+)", " ".join(what for what, _ in demo.TRY_NEXT))
    assert named and set(named) <= set(STORIES)
