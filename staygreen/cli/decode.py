"""`staygreen decode`: what a receiving server meant.

Reads a reply, a delivery status notification, a complaint, a file of several
mails (mbox), SES events (one, an array, JSON Lines, or as the AWS CLI prints them)
or the log of a mail server, from a file or standard input, and explains each
reply; with `--json` as one JSON object a line.

Exit status: 1 when a reply is about our standing or set-up (a block, a
throttle, authentication, a ban, a blocklist) or is a complaint; else 3 when
something could not be read; else 0. Replies about recipients, messages or busy
servers are no bad news here, and neither is a reply that no rule knows: it is
shown as unknown.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from staygreen.cli.output import AsJson, print_file, print_json, print_text
from staygreen.cli.progress import Count
from staygreen.core.replies import explain, input_format, slow_down_settings
from staygreen.core.replies.delivery_event import Item, Kind, Notice, Unreadable
from staygreen.core.replies.input_format import Form
from staygreen.core.verdict import sending_owner

BAD_NEWS = 1
_EVERY = 5_000
"""Lines between two looks at the clock."""
_WAITING = (
    "Paste a reply, a bounce, events or log lines, then press Ctrl-D on a line of its own. "
    "A file is read with: staygreen decode FILE"
)
_NOTHING = "Nothing that was refused, put off or complained about was found."
UNREADABLE = 3
_MOST_UNREADABLE = 20
"""Unreadable things that are shown; the others are counted."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("decode")(decode)
    app.command("slow-down")(slow_down)


def decode(
    file: Annotated[
        str, typer.Argument(help="A reply, notification, SES events or mail log; - is standard input.")
    ] = "-",
    as_json: AsJson = False,
) -> None:
    """Explain what a receiving server answered.

    Exit status: 1 a block, throttle, authentication failure or complaint; 3 something unreadable; 0 otherwise.
    """
    progress = Count()
    found = _told(items(file, progress), progress, as_json=as_json)
    if found:
        raise typer.Exit(found)


def slow_down(
    system: Annotated[str, typer.Argument(help="postfix, exim or ses.")],
    family: Annotated[
        slow_down_settings.Family, typer.Option(help="Which of Microsoft's mail exchangers.")
    ] = slow_down_settings.Family.CONSUMER,
) -> None:
    """Print settings that slow a sender down towards Microsoft."""
    render = slow_down_settings.RENDERERS.get(system)
    if render is None:
        raise typer.BadParameter(
            f"{system!r} is none of {', '.join(slow_down_settings.RENDERERS)}", param_hint="SYSTEM"
        )
    print_file(render(family))


def items(file: str, progress: Count | None = None) -> Iterator[Item]:
    """The items of a file or of standard input.

    Args:
        file: A path, or - for standard input.
        progress: Shows how many lines of a log were read.
    """
    if file == "-":
        if sys.stdin.isatty():
            print_text(_WAITING, err=True)
        yield from read(sys.stdin.buffer, progress)
        return
    path = Path(file)
    if not path.is_file():
        raise typer.BadParameter(f"{file} is not a file", param_hint="FILE")
    try:
        stream = path.open("rb")
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="FILE") from None
    with stream:
        yield from read(stream, progress)


def read(stream: BinaryIO, progress: Count | None = None) -> Iterator[Item]:
    """The items of a stream; a log is read line by line, whatever its length."""
    start = stream.read(input_format.PEEK)
    form = input_format.form(start)
    if form is not Form.LOG and (hint := _of_report(start)):
        yield Unreadable(reason="no_reply", excerpt=hint)
        return
    if form is Form.LOG:
        yield from input_format.log(_counted(_lines(start, stream), progress))
        return
    if form is Form.JSON and input_format.is_json_lines(start):
        for line in _counted(_lines(start, stream), progress):
            yield from input_format.event_line(line)
        return
    data = start + stream.read(input_format.LARGEST_MESSAGE + 1 - len(start))
    if len(data) > input_format.LARGEST_MESSAGE and form is not Form.MAIL:
        yield Unreadable(reason="too_large", excerpt=f"only the first {input_format.LARGEST_MESSAGE} bytes are read")
    if form is Form.EMPTY:
        yield Unreadable(reason="empty", excerpt="")
    elif form is Form.JSON:
        yield from input_format.events(data)
    elif form is Form.MAIL:
        yield from _of_mail(data)
    else:
        yield from input_format.replies(data.decode("utf-8", "replace"))


_REPORTS_BEGIN = (b"\x1f\x8b", b"PK\3\4", b"<")
_OF_TLS_REPORT = b'"organization-name"'


def _of_report(start: bytes) -> str:
    """Which command reads a report that was given; empty where it is none."""
    bare = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not bare.startswith(_REPORTS_BEGIN) and not (bare.startswith(b"{") and _OF_TLS_REPORT in bare):
        return ""
    from staygreen.cli import other_command

    return other_command.for_report(start)


def _of_mail(data: bytes) -> Iterator[Item]:
    """The items of a mail; where it tells of no reply, which command reads it."""
    for item in input_format.mailbox(data):
        if isinstance(item, Unreadable) and item.reason == "no_reply_in_message":
            from staygreen.cli import other_command

            hint = other_command.for_report(data) or other_command.for_received(data)
            yield replace(item, excerpt=hint or item.excerpt)
        else:
            yield item


def _lines(start: bytes, stream: BinaryIO) -> Iterator[str]:
    rest = io.TextIOWrapper(stream, encoding="utf-8", errors="replace")
    whole, newline, cut = start.rpartition(b"\n")
    yield from whole.decode("utf-8", "replace").splitlines()
    tail = cut.decode("utf-8", "replace") if newline else start.decode("utf-8", "replace")
    yield tail + rest.readline(input_format.LONGEST_EVENT)
    while line := rest.readline(input_format.LONGEST_EVENT):
        yield line


def _counted(lines: Iterator[str], progress: Count | None) -> Iterator[str]:
    """The lines, counted for a person at a terminal."""
    if progress is None:
        yield from lines
        return
    for number, line in enumerate(lines, start=1):
        if not number % _EVERY:
            progress.show(f"{number:,} lines read")
        yield line


def _told(found: Iterable[Item], progress: Count, *, as_json: bool) -> int:
    """Print each item; the exit status."""
    is_bad = False
    unreadable = 0
    is_empty = True
    for item in found:
        is_empty = False
        progress.clear()
        if isinstance(item, Unreadable):
            unreadable += 1
            if unreadable <= _MOST_UNREADABLE:
                print_text(f"unreadable ({item.reason}){f': {item.excerpt}' if item.excerpt else ''}", err=True)
            continue
        is_bad = is_bad or item.kind is Kind.COMPLAINT or item.decoded().cause.is_ours
        if as_json:
            print_json(document(item))
        else:
            print_text(_prose(item))
    progress.clear()
    if unreadable > _MOST_UNREADABLE:
        print_text(f"and {unreadable - _MOST_UNREADABLE:,} more that could not be read", err=True)
    if is_empty:
        print_text(_NOTHING, err=True)
    if is_bad:
        return BAD_NEWS
    return UNREADABLE if unreadable else 0


def document(item: Notice) -> dict[str, str | bool | list[str] | None]:
    """The object of one reply: what it says, then where it came from."""
    decoded = item.decoded()
    owner = sending_owner.of_notice(item, decoded)
    way = explain.way(decoded, owner)
    return {
        **decoded.as_json(),
        "owner": owner.kind.value if owner else None,
        "ip": decoded.ip or item.ip,
        "other_ips": list(explain.other_addresses(decoded)),
        "domain": decoded.domain or (item.domain if item.kind in (Kind.COMPLAINT, Kind.FEEDBACK) else None),
        "next_step": _complaint_step(item) if item.kind is Kind.COMPLAINT else way.step,
        "address": way.address or None,
        "named_page": way.named or None,
        "kind": item.kind.value,
        "source": item.source,
        "host": item.host or None,
        "recipient": item.recipient or None,
        "at": item.at.isoformat() if item.at else None,
    }


def _complaint_step(item: Notice) -> str:
    """What to do about a complaint: a report by mail can be forged, an event that SES published cannot."""
    if item.source == "ses":
        return "Look for what was sent, and to whom; send no more of it to who complained."
    return "Look for what was sent from there, and to whom. Suppress nobody for it: reports can be forged."


def _prose(item: Notice) -> str:
    if item.kind is Kind.COMPLAINT:
        who = item.ip or "an address that is not named"
        return f"{item.text}\n  Charged:  {who}\n  Next:     {_complaint_step(item)}\n"
    if item.kind is Kind.FEEDBACK:
        about = ", ".join(each for each in (item.ip, item.domain) if each) or "nothing that is named"
        return f"{item.text}\n  About:    {about}\n  Meaning:  {item.decoded().meaning}\n"
    lead = f"{item.recipient}\n" if item.recipient else ""
    decoded = item.decoded()
    return f"{lead}{explain.explained(decoded, sending_owner.of_notice(item, decoded))}\n"
