"""`staygreen case`: a delisting request, from its draft to the proof that it worked.

A case is one JSON file, so that it can be kept where the team keeps such things.
Nothing is ever submitted from here: the packet is ready to paste.

Exit status: 1 when the packet may not be made yet; 3 when the file cannot be
read; 2 for a step that the case cannot take; else 0.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from lambdas.adapters import clock
from lambdas.core import case, case_document
from lambdas.core.case import Case, MoveError, Outcome, Stage
from lambdas.core.replies.notice import Notice

app = typer.Typer(name="case", help="A delisting request: packet, gate and life.", no_args_is_help=True)

NOT_YET = 1
UNREADABLE = 3

Ip = Annotated[str, typer.Argument(help="The address that is refused.")]
File = Annotated[Path | None, typer.Option(help="Where the case is kept; case-IP.json unless given.")]


@app.command("open")
def open_case(
    ip: Ip,
    reply: Annotated[list[str], typer.Option(help="A refused message's reply, notification or log.")],
    *,
    file: File = None,
    domain: Annotated[list[str] | None, typer.Option(help="A domain that sends from the address.")] = None,
    resolver: Annotated[str, typer.Option(help="ADDR[:PORT] of the DNS server to ask.")] = "",
    lists: Annotated[bool, typer.Option("--lists/--no-lists", help="Ask the blocklists.")] = True,
    dedicated: Annotated[bool | None, typer.Option("--dedicated/--shared", help="Whose address it is.")] = None,
    owned_by_aws: Annotated[bool, typer.Option("--aws", help="An address that SES shares, or a listed range.")] = False,
    contact: Annotated[str, typer.Option(help="Mail address that receives Microsoft's answer.")] = "",
) -> None:
    """Open a case from the replies, and from what DNS says of the address."""
    from dataclasses import replace

    from cli import diagnose as look
    from cli.decode import items
    from lambdas.adapters.resolver import to
    from lambdas.core import diagnose
    from lambdas.core.live.answers import Answers

    path = _path(ip, file)
    if path.exists():
        raise typer.BadParameter(f"{path} exists already", param_hint="--file")
    try:
        subject = diagnose.subject_of(ip)
        lookup = to(resolver)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    now = clock.now()
    notices = [item for each in reply for item in items(each) if isinstance(item, Notice)]
    exhibits = list(look.looked(subject, notices, lookup, now, selectors=(), lists=lists).exhibits)
    for name in domain or ():
        exhibits.extend(diagnose.authentication(name, Answers(lookup), now))
    facts = look.facts_of(subject, notices, exhibits, now)
    if facts is None:
        sys.stderr.write("no reply among these is a block: there is nothing to file\n")
        raise typer.Exit(NOT_YET)
    facts = replace(
        facts, domains=tuple(domain or ()), dedicated=dedicated, owned_by_aws=owned_by_aws, contact_mail=contact
    )
    _save(path, case.opened(facts, now))
    typer.echo(f"{path}: drafted")
    _show_packet(case.opened(facts, now))


@app.command()
def show(ip: Ip, file: File = None) -> None:
    """Where the case stands, what is owed, and the next letter."""
    found = _load(ip, file)
    for each in found.history:
        outcome = f" ({each.outcome.value})" if each.outcome else ""
        typer.echo(f"{each.at:%Y-%m-%d %H:%M} UTC  {each.stage.value}{outcome}  {each.note}".rstrip())
    owed = case.reminder_at(found)
    if owed is not None:
        typer.echo(f"Look again at {owed:%Y-%m-%d %H:%M} UTC.")
    if found.stage is Stage.ANSWERED:
        typer.echo(f"\n{case.next_letter(found)}")


@app.command()
def export(ip: Ip, file: File = None) -> None:
    """Print the packet, or what to repair first."""
    _show_packet(_load(ip, file))


@app.command()
def submitted(ip: Ip, file: File = None, note: Annotated[str, typer.Option(help="Ticket number.")] = "") -> None:
    """Record that you filed the request."""
    _step(ip, file, Stage.SUBMITTED, note)


@app.command()
def replied(
    ip: Ip,
    outcome: Annotated[Outcome, typer.Argument(help="What Microsoft answered.")],
    file: File = None,
    note: Annotated[str, typer.Option(help="Anything worth keeping.")] = "",
) -> None:
    """Record the answer and print the next letter."""
    typer.echo(case.next_letter(_step(ip, file, Stage.ANSWERED, note, outcome)))


@app.command()
def close(ip: Ip, file: File = None, note: Annotated[str, typer.Option(help="Why.")] = "") -> None:
    """Close the case."""
    _step(ip, file, Stage.CLOSED, note)


def _step(ip: str, file: Path | None, to: Stage, note: str, outcome: Outcome | None = None) -> Case:
    try:
        after = case.moved(_load(ip, file), to, clock.now(), note=note, outcome=outcome)
    except MoveError as error:
        raise typer.BadParameter(str(error)) from None
    _save(_path(ip, file), after)
    typer.echo(f"{_path(ip, file)}: {after.stage.value}")
    return after


def _show_packet(found: Case) -> None:
    made = case.packet(found.facts)
    if isinstance(made, tuple):
        typer.echo("Not yet. First:\n" + "\n".join(f"  - {each}" for each in made))
        raise typer.Exit(NOT_YET)
    typer.echo(made.text())


def _path(ip: str, file: Path | None) -> Path:
    return file or Path(f"case-{ip.replace(':', '-').replace('/', '-')}.json")


def _load(ip: str, file: Path | None) -> Case:
    path = _path(ip, file)
    if not path.exists():
        raise typer.BadParameter(f"there is no case at {path}", param_hint="IP")
    try:
        return case_document.load(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{path}: {error}\n")
        raise typer.Exit(UNREADABLE) from None


def _save(path: Path, found: Case) -> None:
    path.write_text(json.dumps(case_document.dump(found), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
