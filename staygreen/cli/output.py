"""How commands print: text for people wherever it goes, JSON Lines where they are asked for."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from staygreen.core.visible import visible, visible_line

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON Lines, for programs.")]
WIDEST_PADDING = 60
"""Characters: a longer cell moves the rest of its own row to the right, and of no other row."""


class Styled(NamedTuple):
    """A cell of a table that has a colour at a terminal; the style is Rich's."""

    text: str
    style: str


Cell = str | Styled


def print_json(row: Mapping[str, Any]) -> None:
    """Print one object on a line of its own, in ASCII: it is JSON in every encoding."""
    sys.stdout.write(json.dumps(row) + "\n")


def print_text(text: str, *, err: bool = False, end: str = "\n") -> None:
    """Print text for a person, and end the line."""
    (sys.stderr if err else sys.stdout).write(f"{visible(text)}{end}")


def print_file(text: str) -> None:
    """Print the content of a file, for programs: as it is."""
    sys.stdout.write(text)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Print a table.

    At a terminal it is as wide as the terminal at most and breaks no word: where the words of a row do not fit beside
    each other, its cells stand below each other. There are colours unless ``NO_COLOR`` is set
    (https://no-color.org). Elsewhere each row is a line, whatever its length, and there are never colours.
    """
    shown = [[_one_line(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_to_terminal(columns, shown)
        return
    for line in plain_lines(columns, [[cell.text for cell in row] for row in shown]):
        sys.stdout.write(f"{line}\n")


def plain_lines(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """The lines of a table without colours, its columns below each other."""
    lines = [columns, *rows]
    widths = [
        max(len(head), *(len(cell) for cell in cells if len(cell) <= WIDEST_PADDING), 0)
        for head, *cells in zip(*lines, strict=True)
    ]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _one_line(cell: Cell) -> Styled:
    text, style = cell if isinstance(cell, Styled) else (cell, "")
    return Styled(visible_line(text), style)


def _print_to_terminal(columns: Sequence[str], rows: Sequence[Sequence[Styled]]) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    widths = column_widths(columns, [[cell.text for cell in row] for row in rows], console.width)
    if widths:
        console.print(_table(columns, rows, widths))
    else:
        console.print(_records(columns, rows, console.width), soft_wrap=True, end="")


def column_widths(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Sequence[int]:
    """How wide each column is where a table has so many characters, so that no word is broken; empty: it cannot be.

    What there is beyond the longest words goes to the columns whose text is longer, by what they lack.
    """
    room = width - _GAP * (len(columns) - 1)
    cells = list(zip(columns, *rows, strict=True))
    whole = [max(map(len, column)) for column in cells]
    if sum(whole) <= room:
        return whole
    least = [max((len(word) for cell in column for word in cell.split()), default=0) for column in cells]
    spare, lacking = room - sum(least), sum(whole) - sum(least)
    if spare < 0:
        return ()
    return [low + (high - low) * spare // lacking for low, high in zip(least, whole, strict=True)]


_GAP = 2
"""Blanks between two columns."""


def _table(columns: Sequence[str], rows: Iterable[Sequence[Styled]], widths: Sequence[int]) -> Table:
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for column, width in zip(columns, widths, strict=True):
        made.add_column(column, overflow="fold", width=width)
    for row in rows:
        made.add_row(*(Text(cell.text, style=cell.style) for cell in row))
    return made


def _records(columns: Sequence[str], rows: Iterable[Sequence[Styled]], width: int) -> Text:
    """Each row as a few lines: its first cell, and below it each other cell that is not empty, with its column."""
    from rich.text import Text

    made, label = Text(), max(map(len, columns[1:]), default=0)
    for first, *others in rows:
        for line in _wrapped(first.text, width):
            made.append(f"{line}\n", style=first.style or "bold")
        for column, cell in zip(columns[1:], others, strict=True):
            beside = f"  {column.ljust(label)}  "
            for number, line in enumerate(_wrapped(cell.text, width - len(beside))):
                made.append(beside if not number else " " * len(beside))
                made.append(f"{line}\n", style=cell.style)
    return made


def _wrapped(text: str, width: int) -> Sequence[str]:
    return textwrap.wrap(text, max(width, _NARROWEST), break_long_words=False, break_on_hyphens=False)


_NARROWEST = 20
"""Characters of a line of text, however narrow the terminal is."""
