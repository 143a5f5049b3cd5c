"""A figure: heading, one sentence, picture, what has no data, and the table that says the same."""

from __future__ import annotations

from collections.abc import Iterable

from staygreen.core.pictures.markup import Markup, element
from staygreen.core.pictures.period import Gap, gap_text


def figure(
    name: str,
    heading: str,
    said: str,
    *parts: Markup,
    gaps: Iterable[Gap] = (),
    tables: Iterable[Markup] = (),
) -> Markup:
    """One part of a page.

    Args:
        name: Its id.
        heading: What it is called.
        said: What it shows, in a sentence or two.
        parts: Legends and pictures.
        gaps: Which days have no data, from which source.
        tables: The same in words.
    """
    missing = [element("p", gap_text(gap), class_="gap") for gap in gaps if gap.days]
    return element(
        "section",
        element("h2", heading, id=f"{name}-heading"),
        element("p", said),
        parts,
        missing,
        list(tables),
        aria_labelledby=f"{name}-heading",
        class_="long",
    )
