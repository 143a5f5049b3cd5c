"""What a person at a terminal sees while a command asks others."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show on the terminal that errors go to that something is under way, and for how long; elsewhere nothing.

    The line is gone when it is over; what takes no time is hardly seen.
    """
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    # redirected, what is printed meanwhile would end on the terminal, and not in the pipe that it is meant for
    with Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
    ) as shown:
        shown.add_task(what, total=None)
        yield
