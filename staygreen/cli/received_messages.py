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
from staygreen.core.verdict import received, verdict
from staygreen.core.verdict.verdict import Verdict

ReceivedOption = Annotated[
    list[str] | None,
    typer.Option("--received", help="A message as a recipient has it, or its headers: how it was filed."),
]


def joined(found: Verdict, files: Iterable[str], now: datetime) -> Verdict:
    """The verdict with how each message was filed that is about its subject."""
    messages = tuple(_about(found.subject, files, now))
    if not messages:
        return found
    return verdict.judge(found.subject, [*found.exhibits, *received.exhibits(messages)], now)


def _about(subject: Subject, files: Iterable[str], now: datetime) -> Iterator[FiledMessage]:
    """The messages about a subject; what is about another, or cannot be read, is named on standard error."""
    for file in files:
        found = reading.read(read.chosen(read.message(file), is_attached=False))
        if found.receiver is reading.Receiver.UNKNOWN:
            print_text(f"not counted: {file}: no headers of a known receiver stand on top of it", err=True)
            continue
        message = filed_message.of(found, filing.conclude(found, {subject.id}), now)
        if message.concerns(subject):
            yield message
        else:
            about = " and ".join(each for each in (message.ip, message.domain) if each)
            print_text(f"not counted: {file}: a message of {about}, not of {subject.id}", err=True)
