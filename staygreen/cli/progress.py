"""What a person at a terminal sees while a command asks others."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ASKING = "asking AWS"


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show on the terminal that errors go to that something is under way, and for how long; elsewhere nothing.

    The line is gone when it is over; what takes no time is hardly seen.
    """
    with telling(what):
        yield


@contextmanager
def telling(what: str) -> Iterator[Callable[[str], None]]:
    """The same, and give what changes the words that are shown: how far it is."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    # redirected, what is printed meanwhile would end on the terminal, and not in the pipe that it is meant for
    with Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
    ) as shown:
        task = shown.add_task(what, total=None)
        yield lambda text: shown.update(task, description=f"{what}: {text}")


class Count:
    """A line on the terminal that errors go to, which says how far reading is; elsewhere nothing.

    It comes after half a second, and is taken away before anything else is printed.
    """

    _PAUSE_SECONDS = 0.5

    def __init__(self) -> None:
        self._has_terminal = sys.stderr.isatty()
        self._is_shown = False
        self._at = time.monotonic()

    def show(self, text: str) -> None:
        """Write the line, twice a second at most."""
        if self._has_terminal and time.monotonic() - self._at > self._PAUSE_SECONDS:
            self._at = time.monotonic()
            self._is_shown = True
            sys.stderr.write(f"\r{text}\x1b[K")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away, so that what is printed next stands alone."""
        if self._is_shown:
            self._is_shown = False
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
