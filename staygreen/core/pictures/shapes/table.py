"""Tables beside pictures: a caption, headers of columns, and a header of each row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from staygreen.core.pictures.markup import Markup, breakable, element

MOST_ROWS = 60
"""Of one table; what is left out is counted in its caption."""


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[str | Markup]], most: int = MOST_ROWS
) -> Markup:
    """A table; the first cell of a row is its header. Without rows, the caption alone says so."""
    found = list(rows)
    if not found:
        return element("p", f"{caption}: none.", class_="gap")
    if len(found) > most:
        caption = f"{caption}; the first {most} of {len(found):,}"
    head = element("thead", element("tr", [element("th", name, scope="col") for name in columns]))
    body = element("tbody", [_row(row) for row in found[:most]])
    return element("table", element("caption", caption), head, body)


def _row(row: Sequence[str | Markup]) -> Markup:
    first, *others = (_cell(each) for each in row)
    return element("tr", element("th", first, scope="row"), [element("td", cell) for cell in others])


def _cell(said: str | Markup) -> Markup:
    return said if isinstance(said, Markup) else breakable(said)
