"""Standard output and standard error of the program: what happens when they cannot be written any more."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

READER_LEFT = 128 + 13
"""What a shell shows of a program that SIGPIPE ended."""
CANNOT_BE_WRITTEN = 3


class _Output(io.FileIO):
    """An open file descriptor. When it cannot be written, the program ends.

    Without a reader it ends as SIGPIPE would end it. The signal itself is no way: it would also end the program when
    a server closes a connection. ``BrokenPipeError`` is no way either: Typer and Rich catch it and leave with 1, which
    is bad news about mail.
    """

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            # what is still buffered goes somewhere when the interpreter ends
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if isinstance(error, BrokenPipeError):
                raise SystemExit(READER_LEFT) from None
            sys.stderr.write(f"the output cannot be written: {error.strerror}\n")
            raise SystemExit(CANNOT_BE_WRITTEN) from None


def end_with_reader() -> None:
    """Let ``staygreen … | head`` end without a word; write characters that the encoding lacks as escapes."""
    sys.stdout = _replacement(sys.stdout)
    sys.stderr = _replacement(sys.stderr)


def are_terminals() -> bool:
    """Whether a person sees both streams, in colour and as wide as the window."""
    return sys.stdout.isatty() and sys.stderr.isatty()


def flush() -> None:
    """Write what is buffered, while a reader who left can still decide the exit status."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


def _replacement(stream: TextIO | None) -> TextIO:
    if stream is None:
        # closed by whoever started the program
        return Path(os.devnull).open("w", encoding="utf-8")
    if type(stream) is not io.TextIOWrapper:
        # replaced by a test
        return stream
    raw = _Output(stream.fileno(), "wb", closefd=False)
    return io.TextIOWrapper(
        # without buffers where Python was asked for none
        raw if stream.write_through else io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace" if stream.errors == "strict" else stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
