"""Ranked bars: a table whose rows have a bar each, the longest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from staygreen.core.pictures.markup import Markup, element, percent


@dataclass(frozen=True, slots=True)
class Rank:
    """One row."""

    name: str
    value: int
    note: str = ""


def ranking(rows: Iterable[Rank], *, caption: str, columns: tuple[str, str, str], most: int = 15) -> Markup:
    """The rows by value; what is left out is counted.

    Args:
        rows: In any order.
        caption: Of the table.
        columns: What the name, the number and the note are.
        most: Rows that are shown.
    """
    found = sorted(rows, key=lambda each: (-each.value, each.name))
    top = max((each.value for each in found), default=0) or 1
    shown, rest = found[:most], found[most:]
    if rest:
        shown.append(Rank(f"{len(rest)} others", sum(each.value for each in rest)))
    named = ((columns[0], None), (columns[1], "n"), ("beside the longest", None), (columns[2], None))
    head = [element("th", name, scope="col", class_=kind) for name, kind in named]
    body = [element("tr", *_cells(each, min(each.value / top, 1.0))) for each in shown]
    return element(
        "table",
        element("caption", caption),
        element("thead", element("tr", head)),
        element("tbody", body),
        class_="rank",
    )


def _cells(rank: Rank, share: float) -> Iterable[Markup]:
    bar = element("rect", width=percent(share), height=12)
    yield element("th", rank.name, scope="row")
    yield element("td", f"{rank.value:,}", class_="n")
    picture = element("svg", bar, width="100%", height=12, role="img", aria_label=f"{share:.0%}")
    yield element("td", picture, class_="bar")
    yield element("td", rank.note)
