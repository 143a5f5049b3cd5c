"""`staygreen spf`: what evaluating the declared SPF records costs receivers, and the answers to count it from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from staygreen.cli.config_file import load
from staygreen.cli.output import print_text
from staygreen.cli.progress import waiting
from staygreen.cli.resolver_control import controlled
from staygreen.core.declared.record import Record
from staygreen.core.declared.zone import records
from staygreen.core.dns.message import Lookup, Question, Rcode, RecordType, Reply
from staygreen.core.dns.resolver_control import own_questions
from staygreen.core.errors import ReportError
from staygreen.core.published.dns_cache import Answers as PublishedAnswers
from staygreen.core.records import spf, spf_answers, spf_cost
from staygreen.core.records.name import is_host_name
from staygreen.core.records.spf_answers import Answers, Recorder

app = typer.Typer(no_args_is_help=True, help="What SPF records cost: lookups, void lookups, and where they come from.")

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Configuration files.")]
AnswersFile = Annotated[
    Path | None, typer.Option("--answers", help="Where the answers are; else spf-answers.json beside the first FILE.")
]
Resolver = Annotated[str, typer.Option(metavar="ADDR[:PORT]", help="Ask this resolver instead of the system's.")]
BAD_NEWS, COVERAGE_LOST = 1, 3


def register(root: typer.Typer) -> None:
    """Add the group to the command."""
    root.add_typer(app, name="spf")


@app.command()
def record(files: Files, answers: AnswersFile = None, resolver: Resolver = "") -> None:
    """Ask DNS about everything that the declared SPF records lead to, and write the answers to a file.

    Synthesis and `staygreen review` count lookups from that file; keep it beside the configuration.
    A name that DNS does not answer for keeps the answer that it had.
    Exit status: 1 a record needs too many lookups or cannot be evaluated; 3 DNS did not answer; 0 otherwise.
    """
    from staygreen.adapters import clock

    target = answers or files[0].parent / spf_answers.FILENAME
    declared = _declared(files)
    earlier = read_answers(target)
    today = clock.now().date()
    # what a liar says would stay in the file
    recorder = Recorder(controlled(resolver, _names_asked(declared)), today)
    with waiting("asking DNS"):
        trees = _trees(declared, recorder)
    found = recorder.answers(earlier)
    target.write_text(found.text(), encoding="utf-8")
    print_text(f"{target}: {_count(len(found.entries), 'answer')} written\n")
    for asked in recorder.silent():
        print_text(f"no answer for {asked.name} {asked.rtype.value}: what was recorded stays", err=True)
    raise typer.Exit(_told(trees) or (COVERAGE_LOST if recorder.silent() else 0))


@app.command()
def show(
    subjects: Annotated[list[str], typer.Argument(metavar="FILE|DOMAIN...", help="Configuration files, or domains.")],
    answers: AnswersFile = None,
    resolver: Resolver = "",
) -> None:
    """Show what SPF records lead to and cost.

    Of a configuration file those that it declares, from the recorded answers, and nobody is asked. Of a domain the one
    that it publishes, from live DNS.
    Exit status: 1 a record is missing, needs too many lookups or cannot be evaluated; 3 an answer is missing; 0
    otherwise.
    """
    if domains := [name for name in subjects if not _is_file(name)]:
        if len(domains) < len(subjects):
            raise typer.BadParameter(f"{domains[0]} is no file: give files or domains, not both", param_hint="FILE")
        raise typer.Exit(_show_published(domains, resolver))
    _show_declared([Path(name) for name in subjects], answers)


def _is_file(text: str) -> bool:
    """Whether a word means a file: one that is there, or one that could be no domain."""
    return Path(text).exists() or "/" in text or text.endswith(".toml") or not is_host_name(_domain(text))


def _domain(text: str) -> str:
    return text.strip().rstrip(".").lower()


def _show_published(domains: Iterable[str], resolver: str) -> int:
    """Print the tree of each domain's record, as published; the exit status."""
    names = [_domain(each) for each in domains]
    found = PublishedAnswers(controlled(resolver, (each for name in names for each in own_questions(name))))
    statuses = [_show_one(name, found) for name in names]
    return BAD_NEWS if BAD_NEWS in statuses else max(statuses)


def _show_one(name: str, answers: PublishedAnswers) -> int:
    reply = answers.ask(name, RecordType.TXT)
    if not reply.is_answered:
        print_text(f"no answer for {name} TXT: {reply.rcode.value.lower()}", err=True)
        return COVERAGE_LOST
    policies = [value for value in reply.values if spf.is_spf(value)]
    if len(policies) != 1:
        nearly = [spf.near_miss(value) for value in reply.values]
        missed = "".join(f"; {each}" for each in nearly if each)
        print_text(f"{name} has {_count(len(policies), 'SPF record')}, and receivers use one{missed}")
        return BAD_NEWS
    with waiting("asking DNS"):
        tree = spf_cost.tree(name, policies[0], answers)
    return _told([tree]) or (0 if tree.is_whole else COVERAGE_LOST)


def _show_declared(files: list[Path], answers: Path | None) -> None:
    from staygreen.adapters import clock

    target = answers or files[0].parent / spf_answers.FILENAME
    recorded = read_answers(target)
    warning = recorded.warning(clock.now().date(), str(target))
    if warning:
        print_text(warning, err=True)
    trees = _trees(_declared(files), recorded)
    raise typer.Exit(_told(trees) or (0 if all(each.is_whole for each in trees) else COVERAGE_LOST))


def read_answers(file: Path) -> Answers:
    """The recorded answers; none when there is no such file. Leaves with 3 when it cannot be read."""
    try:
        return spf_answers.parse(file.read_text(encoding="utf-8"), str(file))
    except FileNotFoundError:
        return spf_answers.NONE
    except (OSError, UnicodeDecodeError, ReportError) as error:
        reason = f"{file}: cannot be read" if not isinstance(error, ReportError) else str(error)
        print_text(reason, err=True)
        raise typer.Exit(COVERAGE_LOST) from error


def _declared(files: Iterable[Path]) -> tuple[Record, ...]:
    return tuple(record for file in files for record in records(load(file).config))


def _names_asked(declared: Iterable[Record]) -> Iterator[Question]:
    """What the declared SPF records lead to first."""
    for each in declared:
        for policy in spf.readable(each.values):
            yield from (Question(term.value, RecordType.TXT) for term in policy.asking if "." in term.value)
            yield from (Question(term.value) for term in policy.asking if "." in term.value)


def _trees(declared: tuple[Record, ...], lookup: Lookup) -> list[spf_cost.Branch]:
    """The tree of each declared SPF record; names that the configuration declares itself need no DNS."""
    own = _Declared(declared, lookup)
    policies = {(each.name, text): None for each in declared for text in each.values if spf.is_spf(text)}
    return [spf_cost.tree(name, text, own) for name, text in policies]


class _Declared:
    """A `Lookup` that knows the declared records and asks another one about all else."""

    def __init__(self, declared: tuple[Record, ...], lookup: Lookup) -> None:
        self._known: dict[Question, tuple[str, ...]] = {
            Question(each.name, each.type): each.values for each in declared
        }
        self._lookup = lookup

    def __call__(self, questions: Iterable[Question]) -> Iterator[Reply]:
        for question in questions:
            if question in self._known:
                yield Reply(question=question, rcode=Rcode.NOERROR, values=self._known[question])
            elif question.rtype is RecordType.AAAA and Question(question.name) in self._known:
                yield Reply(question=question, rcode=Rcode.NOERROR)
            else:
                yield from self._lookup([question])


def _told(trees: Iterable[spf_cost.Branch]) -> int:
    """Print the trees; 1 when one of them ends in permerror."""
    bad = 0
    for each in trees:
        print_text("\n".join((*lines(each), "")))
        over = each.lookups > spf.MAX_LOOKUPS or each.void_lookups > spf_cost.MAX_VOID_LOOKUPS
        bad |= BAD_NEWS if over or each.faults else 0
    return bad


def lines(tree: spf_cost.Branch) -> Iterator[str]:
    """A tree for a person: each term with what it costs in all, faults and gaps beside it."""
    at_least = "" if tree.is_whole else "at least "
    yield f"{tree.name}: {tree.record}"
    yield (
        f"  {at_least}{tree.lookups} of {spf.MAX_LOOKUPS} lookups, {tree.void_lookups} of "
        f"{spf_cost.MAX_VOID_LOOKUPS} without an answer"
    )
    for branch in tree.branches:
        yield from _lines(branch, 1)


def _lines(branch: spf_cost.Branch, depth: int) -> Iterator[str]:
    notes = [
        *(["no such name or record"] if branch.is_void else []),
        *([f"PERMERROR: {branch.fault}"] if branch.fault else []),
        *([f"not counted: {branch.open}"] if branch.open else []),
    ]
    yield f"  {branch.lookups:3} {'  ' * depth}{branch.term}{'  # ' if notes else ''}{'; '.join(notes)}"
    for each in branch.branches:
        yield from _lines(each, depth + 1)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
