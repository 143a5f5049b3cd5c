"""Reads the configuration file for every command, with the same words and exit status."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from staygreen.cli.output import print_text
from staygreen.core.blocklist import catalogue
from staygreen.core.blocklist.selection import known_lists
from staygreen.core.config.parser import Reading, read_file
from staygreen.core.errors import ConfigError

File = Annotated[Path, typer.Argument(help="The configuration file.", show_default=True)]
DEFAULT_FILE = Path("config/examples/one-domain.toml")


def load(path: Path) -> Reading:
    """Return what the file holds; tell its warnings on standard error.

    Leaves with 1 and every problem when it cannot be used, with 3 when it cannot be read, and with 2 when it is the
    example, which stands for the file in a checkout and is not installed.
    """
    if path == DEFAULT_FILE and not path.exists():
        raise typer.BadParameter(f"name your configuration file: only a checkout has {path}", param_hint="FILE")
    try:
        reading = read_file(path.read_text(encoding="utf-8"), str(path), known_lists(catalogue.load()))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        print_text(f"{path}: cannot be read: {reason}", err=True)
        raise typer.Exit(3) from error
    except ConfigError as error:
        for problem in error.problems:
            print_text(problem, err=True)
        raise typer.Exit(1) from error
    for warning in reading.warnings:
        print_text(f"{warning} (warning)", err=True)
    return reading
