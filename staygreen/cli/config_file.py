"""Reads the configuration file for every command, with the same words and exit status."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from staygreen.cli.output import print_text
from staygreen.core.blocklist import catalogue
from staygreen.core.blocklist.selection import known_lists
from staygreen.core.config.parser import Reading, read_file
from staygreen.core.errors import ConfigError

WRONG_USAGE, UNREADABLE = 2, 3
File = Annotated[Path, typer.Argument(help="The configuration file.", show_default=True)]
DEFAULT_FILE = Path("config/examples/one-domain.toml")


def load(path: Path, *, status_if_wrong: int = WRONG_USAGE) -> Reading:
    """Return what the file holds; tell its warnings on standard error.

    Leaves with 2 and every problem when it cannot be used, with 2 when there is no such file, and with 3 when it cannot
    be read.

    Args:
        path: The file.
        status_if_wrong: Another status than 2 for a file that is wrong, where that is what was asked.
    """
    if path == DEFAULT_FILE and not path.exists():
        raise typer.BadParameter(f"name your configuration file: only a checkout has {path}", param_hint="FILE")
    text = read_text(path)
    with problems_told(status_if_wrong):
        reading = read_file(text, str(path), known_lists(catalogue.load()))
    for warning in reading.warnings:
        print_text(f"{warning} (warning)", err=True)
    return reading


def read_text(path: Path) -> str:
    """The text of a file that says what is ours; leaves with 2 without one, with 3 when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        print_text(f"{path}: cannot be read: {reason}", err=True)
        is_missing = isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError)
        raise typer.Exit(WRONG_USAGE if is_missing else UNREADABLE) from error


@contextmanager
def problems_told(status: int = WRONG_USAGE) -> Iterator[None]:
    """Tell every problem of a file that cannot be used, and leave."""
    try:
        yield
    except ConfigError as error:
        for problem in error.problems:
            print_text(problem, err=True)
        raise typer.Exit(status) from error
