"""`staygreen read`: how the receiver filed a message, and why.

Reads a message (.eml), headers as a person pasted them, or an Outlook message (.msg: its headers alone, with the extra
`outlook`), from a file or standard input. Asks DNS what the From domain publishes today, unless told not to.

Exit status: 1 when the message went to Junk or quarantine, or the receiver could not prove the From domain; 3 when no
headers of a known receiver stand on top of it, or nothing could be read; else 0.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from staygreen.adapters import clock
from staygreen.cli import address_owner, other_command, outlook_message, resolver_control
from staygreen.cli.output import AsJson, print_json, print_text
from staygreen.core.dns import resolver_control as controls
from staygreen.core.owner import Owner
from staygreen.core.published.dns_cache import Answers
from staygreen.core.received import filing, reading, report
from staygreen.core.received.filing import Filing, Placement
from staygreen.core.received.reading import Reading, Receiver
from staygreen.core.records.name import is_dns_name, is_host_name
from staygreen.core.replies import dsn
from staygreen.core.replies.delivery_event import redacted
from staygreen.core.verdict import first_look

BAD_NEWS = 1
UNREADABLE = 3
_WAITING = (
    "Paste the headers of a message, then press Ctrl-D on a line of its own. A file is read with: staygreen read FILE"
)


def _host(text: str) -> str:
    name = text.strip().rstrip(".").lower()
    if name and not (is_host_name(name) and "." in name):
        raise typer.BadParameter(f"{text!r} is not a host name such as mx.example.org: write the name behind `by`")
    return name


ReceiverOption = Annotated[
    str,
    typer.Option(
        help="The recipient's own mail server, by the name that it writes behind `by`: its headers count by your word.",
        callback=_host,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("read")(run)


def run(
    file: Annotated[str, typer.Argument(help="A message (.eml, .msg) or pasted headers; - is standard input.")] = "-",
    *,
    show_addresses: Annotated[
        bool, typer.Option("--show-addresses", help="Show the local parts of mail addresses, which are masked else.")
    ] = False,
    attached: Annotated[
        bool, typer.Option("--attached", help="Read the message that is attached to the mail, not the mail.")
    ] = False,
    dns: Annotated[bool, typer.Option("--dns/--no-dns", help="Ask DNS what the From domain publishes today.")] = True,
    resolver: Annotated[str, typer.Option(help="ADDR[:PORT] of the DNS server to ask.")] = "",
    receiver: ReceiverOption = "",
    as_json: AsJson = False,
) -> None:
    """Say how a receiver filed a message, why, and who can act.

    Exit status: 1 junked, quarantined or not authenticated; 3 no headers of a known receiver; 0 otherwise.
    """
    data = message(file)
    read = reading.read(chosen(data, is_attached=attached, host=receiver), receiver)
    if read.receiver is Receiver.UNKNOWN:
        tell_other_command(data)
    if not read.header.fields:
        print_text("unreadable: nothing in it looks like a header field", err=True)
        raise typer.Exit(UNREADABLE)
    if receiver and read.receiver is Receiver.UNKNOWN:
        topmost = next((hop.by for hop in read.way if hop.by), "")
        told = f"the topmost Received field was written by {topmost}" if topmost else "no Received field names it"
        print_text(f"--receiver {receiver} counts for nothing here: {told}.", err=True)
    concluded = filing.conclude(read)
    answers = believed(read, resolver) if dns else None
    today, whose = published(read, answers), owner_of(read, answers)
    mask = str if show_addresses else redacted
    if as_json:
        more = {"owner": whose.kind.value if whose else None, "published_today": list(today)}
        print_json(_masked({**report.document(read, concluded), **more}, show=show_addresses))
    else:
        parts = (("Whose address sent it", (whose.text,) if whose else ()), ("Published today", today))
        print_text(mask(report.prose(read, concluded, parts)))
    status = exit_status(read, concluded)
    if status:
        raise typer.Exit(status)


def tell_other_command(data: bytes) -> None:
    """Say which command reads what this one does not."""
    hint = other_command.for_report(data) or other_command.for_reply(data)
    if hint:
        print_text(hint, err=True)


def chosen(data: bytes, *, is_attached: bool, host: str = "") -> bytes:
    """The mail, or the message that is attached to it: on request, or where no known receiver took the mail itself."""
    inner = next(dsn.forwarded(data), None)
    if inner is None:
        if is_attached:
            print_text("unreadable: no message is attached to it", err=True)
            raise typer.Exit(UNREADABLE)
        return data
    own, _, _ = data.replace(b"\r\n", b"\n").partition(b"\n\n")
    if is_attached or reading.read(own, host).receiver is Receiver.UNKNOWN:
        print_text("The message that is attached to this mail is read.", err=True)
        return inner
    print_text("A message is attached to this mail: --attached reads that one.", err=True)
    return data


def message(file: str) -> bytes:
    """The bytes to read: at most what is looked at, or the headers of an Outlook message."""
    if file == "-":
        if sys.stdin.isatty():
            print_text(_WAITING, err=True)
        return _headers(sys.stdin.buffer.read(outlook_message.LARGEST + 1), "standard input")
    path = Path(file)
    if not path.is_file():
        raise typer.BadParameter(f"{file} is not a file", param_hint="FILE")
    try:
        with path.open("rb") as stream:
            return _headers(stream.read(outlook_message.LARGEST + 1), file)
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="FILE") from None


def _headers(data: bytes, name: str) -> bytes:
    if not outlook_message.is_one(data):
        return data
    try:
        return outlook_message.headers(data)
    except outlook_message.Unreadable as error:
        print_text(f"unreadable: {name}: {error}", err=True)
        raise typer.Exit(UNREADABLE) from None


def exit_status(read: Reading, concluded: Filing) -> int:
    """1 for bad news, 3 where nothing can be told, 0 otherwise."""
    if read.receiver is Receiver.UNKNOWN:
        return UNREADABLE
    is_bad = concluded.placement in (Placement.JUNK, Placement.QUARANTINE) or concluded.cause.id == "authentication"
    return BAD_NEWS if is_bad else 0


def _masked(value: Any, *, show: bool) -> Any:
    """JSON values without local parts of mail addresses."""
    if show:
        return value
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, list):
        return [_masked(each, show=False) for each in value]
    if isinstance(value, dict):
        return {key: _masked(each, show=False) for key, each in value.items()}
    return value


def believed(read: Reading, resolver: str) -> Answers | str:
    """DNS that can be believed, for what the message is about; else one sentence."""
    lookup = resolver_control.lookup(resolver)
    domain = read.authentication.from_domain
    own = controls.own_questions(domain) if is_dns_name(domain) else ()
    return resolver_control.distrust(lookup, resolver, own) or Answers(lookup)


def published(read: Reading, answers: Answers | str | None) -> tuple[str, ...]:
    """What DNS says today of the From domain and the address, one line each; one line where it cannot be believed."""
    domain = read.authentication.from_domain
    if answers is None or not is_dns_name(domain):
        return ()
    if isinstance(answers, str):
        return (answers,)
    selectors = dict.fromkeys(
        each.selector for each in read.authentication.signatures if each.domain == domain and each.selector
    )
    exhibits = list(first_look.authentication(domain, answers, clock.now(), selectors))
    if read.ip is not None:
        exhibits.append(first_look.reverse_dns(str(read.ip), answers, clock.now()))
    return tuple(f"{each.state.value:8}{each.text}" for each in exhibits)


def owner_of(read: Reading, answers: Answers | str | None) -> Owner | None:
    """Whose the sending address is, from its ranges and its reverse name; None: the message shows no address."""
    if read.ip is None:
        return None
    asked = answers if isinstance(answers, Answers) else None
    return address_owner.owners([str(read.ip)], (), address_owner.nobody, asked).get(str(read.ip))
