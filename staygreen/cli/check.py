"""`staygreen check`: the checks' own logic from where you are, against live DNS."""

from __future__ import annotations

import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path as FilePath
from typing import Annotated

import typer

from staygreen.cli import address_owner, aws_errors, check_records, list_keys, listing_report, resolver_control
from staygreen.cli.output import AsJson, print_text
from staygreen.core import owner
from staygreen.core.blocklist import catalogue as blocklists
from staygreen.core.blocklist import dnsbl, routes
from staygreen.core.blocklist.catalogue import Catalogue, Entry, Target
from staygreen.core.blocklist.neighbours import around
from staygreen.core.blocklist.selection import NotCovered, narrowed, select
from staygreen.core.blocklist.subject_input import Unreadable, expanded, read
from staygreen.core.blocklist.subjects import Subjects
from staygreen.core.blocklist.sweep import sweep
from staygreen.core.dns.message import Question
from staygreen.core.dns.route import Path
from staygreen.core.naming import ResourceNames
from staygreen.core.owner import Owner
from staygreen.core.published.dns_cache import Answers

app = typer.Typer(
    name="check", help="Ask now, from here, what the deployed checks ask on schedule.", no_args_is_help=True
)

COVERAGE_LOST = 3


def register(root: typer.Typer) -> None:
    """Add the group to the command."""
    root.add_typer(app)


check_records.register(app)


@app.command()
def blocklist(
    subjects: Annotated[
        list[str] | None,
        typer.Argument(metavar="SUBJECT", help="Addresses, networks, domains; none: found in AWS."),
    ] = None,
    *,
    from_file: Annotated[
        FilePath | None,
        typer.Option(metavar="F", help="Subjects from a file; `-`: the standard input."),
    ] = None,
    resolver: Annotated[
        str, typer.Option(metavar="ADDR[:PORT]", help="Ask this resolver instead of the system's.")
    ] = "",
    catalogue: Annotated[FilePath | None, typer.Option(metavar="FILE", help="Lists from a TOML file instead.")] = None,
    lists: Annotated[str, typer.Option(metavar="ID,...", help="Only these lists, opt-in ones included.")] = "",
    key: list_keys.Key = None,
    key_file: list_keys.KeyFile = None,
    authoritative: Annotated[
        bool, typer.Option("--authoritative", help="Ask each list's own name servers, past every resolver.")
    ] = False,
    deadline: Annotated[
        float | None, typer.Option(metavar="S", min=0, help="Stop asking after so many seconds; the rest is UNKNOWN.")
    ] = None,
    neighbourhood: Annotated[
        int, typer.Option(metavar="BITS", min=0, max=31, help="Also count listed neighbours in the /BITS around; 24.")
    ] = 0,
    sender: Annotated[str, typer.Option(help="Without subjects: whose Elastic IPs to look for in AWS.")] = "",
    config: Annotated[
        FilePath | None, typer.Option("--config", metavar="FILE", help="The same, with name and region from the file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look addresses and domains up on DNS blocklists.

    Exit status 1 when one is listed itself; else 3 when a list could not be used, a line could not be read or the time
    was over; else 0.
    """
    # what asks takes a moment to import: not for `--help`
    from staygreen.adapters import clock

    known = _catalogue(catalogue, lists)
    keys = list_keys.read(key or (), key_file or ())
    # without an environment, the addresses of each copy of the sender
    names = ResourceNames(sender=sender, environment="") if sender else None
    if config is not None:
        from staygreen.cli import deployment

        names = deployment.load(config).names
    given = _given(subjects or (), from_file, names)
    selection = select(known, {}, keys)
    for entry in selection.asked:
        if warning := entry.age_warning(clock.now().date()):
            print_text(f"{warning} (warning)", err=True)
    # a list that was asked for by name is missed; of the others it is said alone
    without_key = selection.not_covered if lists else ()
    if without_key and not selection.asked:
        _print_gaps(selection.not_covered)
        raise typer.Exit(COVERAGE_LOST)
    if not len(given.subjects):
        raise typer.Exit(COVERAGE_LOST)
    lookup = resolver_control.controlled(resolver, _control_questions(selection.asked, keys))
    _print_gaps(selection.not_covered if lists else _missed(selection.not_covered, known, given.subjects))
    if deadline is not None:
        lookup.ends_at = time.monotonic() + deadline
    path = Path.AUTHORITATIVE if authoritative else Path.NAMED if resolver else Path.SYSTEM
    ways = routes.to_lists(selection.asked, keys, path=path, server=resolver)
    lookup.find(ways.values())
    report: listing_report.Report = listing_report.JsonLines() if as_json else listing_report.Table()
    with stopped_by_interrupt(lookup.stop), listing_report.progress(len(given.subjects), selection.asked) as advance:
        found = sweep(selection.asked, given.subjects, lookup, token=_token, keys=keys, routes=ways)
        for result in found.results:
            report.add(result)
            advance()
        if neighbourhood:
            found_around = around(
                given.subjects, neighbourhood, selection.asked, lookup, token=_token, keys=keys, routes=ways
            )
            report.add_around(found_around)
        if report.listed:
            found_owners = address_owner.owners(report.listed, (), address_owner.nobody, Answers(lookup))
            report.add_owners(found_owners.values())
    report.close()
    is_whole = _tell_unasked(given.subjects, selection.asked) and not given.has_unreadable and not without_key
    raise typer.Exit(report.status or (0 if is_whole else COVERAGE_LOST))


def _control_questions(entries: Iterable[Entry], keys: Mapping[str, str]) -> Iterator[Question]:
    """Names that each list always has: a resolver that speaks for lists alone knows one of them."""
    for entry in entries:
        for control in entry.positive:
            yield dnsbl.question(entry, control.target, control.name, keys.get(entry.key_family, ""))


def _token() -> str:
    return secrets.token_hex(16)


@contextmanager
def stopped_by_interrupt(stop: Callable[[], None]) -> Iterator[None]:
    """Let Ctrl-C end the asking, not the report: what was not asked is told as such. A second one ends the program."""

    def once(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        print_text("interrupted: what was not asked yet is UNKNOWN (not_asked)", err=True)
        stop()

    before = signal.signal(signal.SIGINT, once)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What is to be looked up."""

    subjects: Subjects
    has_unreadable: bool = False


def _given(words: Sequence[str], file: FilePath | None, names: ResourceNames | None) -> _Given:
    """The subjects of the command line and of the file, each once; without any, those found in AWS.

    Raises:
        typer.BadParameter: A word on the command line is none, or the file cannot be read.
    """
    unreadable = 0

    reserved: list[Owner] = []

    def every() -> Iterator[str]:
        nonlocal unreadable
        for word in words:
            try:
                yield from expanded(word)
            except ValueError as error:
                raise typer.BadParameter(str(error), param_hint="SUBJECT") from None
        for found in _lines(file) if file else ():
            if isinstance(found, Unreadable):
                unreadable += 1
                print_text(f"{file}:{found.line}: {found.reason}", err=True)
            else:
                yield found

    def public() -> Iterator[str]:
        for name in every():
            found = _reserved(name)
            if found is None:
                yield name
            else:
                reserved.append(found)

    subjects = Subjects(public())
    _tell_reserved(reserved)
    if not words and not file:
        subjects = Subjects(_discovered(names))
    return _Given(subjects=subjects, has_unreadable=unreadable > 0 or bool(reserved))


def _reserved(name: str) -> Owner | None:
    """That a subject is no public address; None for others, and for the test points of the lists (RFC 5782 §5)."""
    if dnsbl.target_of(name) is Target.DOMAIN or name in _TEST_POINTS:
        return None
    address = ip_address(name)
    return None if owner.from_registry(address) is None else owner.find(address, ())


_TEST_POINTS = ("127.0.0.1", "127.0.0.2", "::ffff:7f00:1", "::ffff:7f00:2")
_MOST_RESERVED = 10


def _tell_reserved(found: Sequence[Owner]) -> None:
    for each in found[:_MOST_RESERVED]:
        print_text(f"{each.text} On a list it means nothing: not looked up", err=True)
    if len(found) > _MOST_RESERVED:
        print_text(f"{len(found) - _MOST_RESERVED:,} more addresses are not public: not looked up", err=True)


def _lines(file: FilePath) -> Iterator[str | Unreadable]:
    try:
        with sys.stdin if str(file) == "-" else file.open(encoding="utf-8", errors="replace") as lines:
            yield from read(lines)
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="--from-file") from None


def _catalogue(file: FilePath | None, lists: str) -> Catalogue:
    """The lists to choose from.

    Raises:
        typer.BadParameter: The file cannot be used, or a list is unknown or never asked.
    """
    try:
        known = blocklists.load(file.read_text(encoding="utf-8") if file else None)
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="--catalogue") from None
    except ValueError as error:
        raise typer.BadParameter(f"{file}: {error}", param_hint="--catalogue") from None
    if not lists:
        return known
    try:
        return narrowed(known, [name.strip() for name in lists.split(",") if name.strip()])
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--lists") from None


def _discovered(names: ResourceNames | None) -> Sequence[str]:
    """What there is to look up in the account.

    Raises:
        typer.BadParameter: No sender is named, or AWS shows nothing.
    """
    if names is None:
        raise typer.BadParameter(
            "name one, or --from-file, or --config or --sender to find them in AWS", param_hint="SUBJECT"
        )
    from botocore.exceptions import BotoCoreError

    from staygreen.adapters.sources import world
    from staygreen.core.errors import SourceUnavailable

    try:
        ask = world.connect(names)
        found = [*ask.elastic_ips(), *ask.dedicated_ips(), *ask.identities()]
    except (BotoCoreError, SourceUnavailable) as error:
        print_text(aws_errors.reason(error), err=True)
        raise typer.Exit(COVERAGE_LOST) from None
    if not found:
        print_text(f"AWS shows no address and no domain of {names.sender}", err=True)
        raise typer.Exit(COVERAGE_LOST)
    return [dnsbl.canonical(subject.id) for subject in found]


_KINDS = {Target.IPV4: "IPv4 addresses", Target.IPV6: "IPv6 addresses", Target.DOMAIN: "domains"}


def _tell_unasked(subjects: Subjects, entries: Iterable[Entry]) -> bool:
    """Tell of subjects of a kind that none of the lists has; True: there are none."""
    asked = {target for entry in entries for target in entry.targets}
    unasked = [target for target in Target if target not in asked and subjects.count(target)]
    for target in unasked:
        print_text(f"none of these lists has {_KINDS[target]}: {subjects.count(target)} not looked up", err=True)
    return not unasked


def _missed(gaps: Iterable[NotCovered], known: Catalogue, subjects: Subjects) -> list[NotCovered]:
    """The lists not asked that would have had an answer about one of the subjects."""

    def has_answers(gap: NotCovered) -> bool:
        entry = known.by_id.get(gap.id)
        return entry is None or any(subjects.count(target) for target in entry.targets)

    return [gap for gap in gaps if has_answers(gap)]


def _print_gaps(gaps: Sequence[NotCovered]) -> None:
    """Tell which lists are not asked, and why: in one line those that lack a key."""
    without_key = [gap.name for gap in gaps if gap.reason == "no_key"]
    if without_key:
        need = "it needs" if len(without_key) == 1 else "they need"
        print_text(
            f"not asked: {', '.join(without_key)}: {need} a key and none was given (--key FAMILY=KEY, --key-file, "
            f"or the environment: docs/lists.md)",
            err=True,
        )
    for gap in gaps:
        if gap.reason != "no_key":
            print_text(gap.text, err=True)
