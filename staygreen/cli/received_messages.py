"""Messages as recipients have them, joined with what else is known of an address or a domain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated

import typer

from staygreen.cli import read
from staygreen.cli.output import print_text
from staygreen.core.finding import Subject
from staygreen.core.received import filed_message, filing, reading
from staygreen.core.received.filed_message import FiledMessage
from staygreen.core.received.reading import Reading
from staygreen.core.verdict import received, verdict
from staygreen.core.verdict.verdict import Verdict

ReceivedOption = Annotated[
    list[str] | None,
    typer.Option("--received", help="A message as a recipient has it, or its headers: how it was filed."),
]


def read_all(files: Iterable[str]) -> list[tuple[str, Reading]]:
    """What each file says; one without headers of a known receiver is named on standard error and left out."""
    found = []
    for file in files:
        message = reading.read(read.chosen(read.message(file), is_attached=False))
        if message.receiver is reading.Receiver.UNKNOWN:
            print_text(f"not counted: {file}: no headers of a known receiver stand on top of it", err=True)
        else:
            found.append((file, message))
    return found


def joined(found: Verdict, messages: Iterable[tuple[str, Reading]], now: datetime) -> Verdict:
    """The verdict with how each message was filed that is about its subject.

    Args:
        found: What is known beside.
        messages: Each with the file that it stands in.
        now: The present.
    """
    filed = tuple(_about(found.subject, messages, now))
    return verdict.judge(found.subject, [*found.exhibits, *received.exhibits(filed)], now) if filed else found


def _about(subject: Subject, messages: Iterable[tuple[str, Reading]], now: datetime) -> Iterator[FiledMessage]:
    """The messages about a subject; what is about another is named on standard error."""
    for file, found in messages:
        message = filed_message.of(found, filing.conclude(found, {subject.id}), now)
        if message.concerns(subject):
            yield message
        else:
            about = " and ".join(each for each in (message.ip, message.domain) if each)
            print_text(f"not counted: {file}: a message of {about}, not of {subject.id}", err=True)
