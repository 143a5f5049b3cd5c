"""How commands print: text for people wherever it goes, JSON Lines where they are asked for."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

import typer

from staygreen.core.visible import visible, visible_line

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

    At a terminal it is as wide as the terminal, long words are folded, and there are colours unless ``NO_COLOR`` is set
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


def _print_to_terminal(columns: Sequence[str], rows: Iterable[Sequence[Styled]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell.text, style=cell.style) for cell in row))
    Console(highlight=False).print(made)
