"""What `staygreen check blocklist` prints: JSON Lines as answers come, or a table; and a bar while it asks."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from staygreen.cli.output import Cell, Styled, print_json, print_table, print_text
from staygreen.cli.progress import waiting
from staygreen.core.blocklist.catalogue import Entry, Target
from staygreen.core.blocklist.dnsbl import Verdict, target_of
from staygreen.core.blocklist.neighbours import Around
from staygreen.core.blocklist.sweep import Result
from staygreen.core.owner import Owner, OwnerKind

BAD_NEWS = 1
COVERAGE_LOST = 3
_MOST_OWNERS = 50
MOST_ROWS = 500
"""A table with more rows is read by nobody: beyond it clean answers are counted, not shown."""


class Report(Protocol):
    """Takes results as they come."""

    status: int
    listed: list[str]
    """Addresses that are listed themselves."""

    def add(self, result: Result) -> None: ...

    def add_around(self, found: Iterable[Around]) -> None: ...

    def add_owners(self, owners: Iterable[Owner]) -> None: ...

    def close(self) -> None: ...


class _Status:
    """1 for a listing of a subject itself, else 3 for an answer that is missing, else 0."""

    def __init__(self) -> None:
        self.status = COVERAGE_LOST
        self.listed: list[str] = []
        self._is_first = True

    def add(self, result: Result) -> None:
        if self._is_first:
            self.status, self._is_first = 0, False
        if result.answer.is_about_subject:
            self.status = BAD_NEWS
            if target_of(result.subject) is not Target.DOMAIN and len(self.listed) < _MOST_OWNERS:
                self.listed.append(result.subject)
        elif result.answer.verdict is Verdict.UNKNOWN and self.status != BAD_NEWS:
            self.status = COVERAGE_LOST


class JsonLines(_Status):
    """One object a line, each as soon as it is known."""

    def add(self, result: Result) -> None:
        super().add(result)
        print_json(_row(result))

    def add_around(self, found: Iterable[Around]) -> None:
        for one in found:
            print_json(
                {
                    "subject": one.subject,
                    "list": one.entry.id,
                    "network": str(one.network),
                    "neighbours": one.neighbours,
                    "listed": one.listed,
                    "unknown": one.unknown,
                    "meaning": one.text,
                }
            )

    def add_owners(self, owners: Iterable[Owner]) -> None:
        # a line is an answer of a list, and whose an address is no list says
        for found in owners:
            if found.kind is not OwnerKind.UNKNOWN:
                print_text(f"Whose: {found.text}", err=True)

    def close(self) -> None:
        sys.stdout.flush()


class Table(_Status):
    """Sorted by subject, the worst first; clean answers only where they are few."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Result] = []
        self._clean: list[Result] = []
        self._counts: Counter[Verdict] = Counter()
        self._around: list[str] = []
        self._owners: dict[str, Owner] = {}

    def add(self, result: Result) -> None:
        super().add(result)
        verdict = result.answer.verdict
        self._counts[verdict] += 1
        kept = self._clean if verdict is Verdict.NOT_LISTED else self._rows
        if len(kept) < MOST_ROWS:
            kept.append(result)

    def add_around(self, found: Iterable[Around]) -> None:
        self._around.extend(f"{one.subject}: {one.text}" for one in found if one.listed)

    def add_owners(self, owners: Iterable[Owner]) -> None:
        self._owners = {str(found.address): found for found in owners}

    def close(self) -> None:
        total = sum(self._counts.values())
        if total <= MOST_ROWS:
            _print_table([*self._rows, *self._clean], self._owners)
        else:
            if self._rows:
                _print_table(self._rows, self._owners)
            said = (f"{self._counts[verdict]:,} {verdict.value}" for verdict in Verdict if self._counts[verdict])
            print_text(f"{total:,} answers: {', '.join(said)}")
            if sum(self._counts.values()) - self._counts[Verdict.NOT_LISTED] > MOST_ROWS:
                print_text(f"only {MOST_ROWS} of what is not clean are shown: --json has all")
        for found in self._owners.values():
            if found.kind is not OwnerKind.UNKNOWN:
                print_text(f"Whose: {found.text}")
        unknown = [found for found in self._owners.values() if found.kind is OwnerKind.UNKNOWN]
        if unknown:
            whose = unknown[0].text if len(unknown) == 1 else f"of {len(unknown)} listed addresses it is not known."
            print_text(f"Whose: {whose} Ask for removal of what is yours alone.")
        for line in self._around:
            print_text(line)


@contextmanager
def progress(subjects: int, entries: Sequence[Entry]) -> Iterator[Callable[[], None]]:
    """A bar on the terminal that errors go to, or that something is under way where it is little; nothing elsewhere."""
    if not sys.stderr.isatty() or subjects * len(entries) < MOST_ROWS:
        with waiting("asking the blocklists"):
            yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # as in `waiting`: what is printed meanwhile goes where it is meant to
    with Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
    ) as bar:
        # not every list has answers about every kind of subject: the bar may end early
        task = bar.add_task("answers", total=subjects * len(entries))
        yield lambda: bar.advance(task)


def _row(result: Result) -> Mapping[str, Any]:
    answer = result.answer
    return {
        "subject": result.subject,
        "list": result.entry.id,
        "answer": answer.verdict.value,
        "codes": list(answer.values),
        "meaning": result.meaning,
        "scope": list(dict.fromkeys(code.scope.value for code in answer.codes)),
        "reason": answer.reason.value if answer.reason else "",
        "raw": answer.raw,
        "asked": result.name,
        "text": result.text,
        "delist_url": result.entry.delist_url if answer.verdict is Verdict.LISTED else "",
        "elapsed_ms": round(result.elapsed.total_seconds() * 1000, 1),
    }


_STYLE = {Verdict.LISTED: "bold red", Verdict.NOTED: "cyan", Verdict.NOT_LISTED: "green", Verdict.UNKNOWN: "yellow"}


def _print_table(results: Sequence[Result], owners: Mapping[str, Owner]) -> None:
    ordered = sorted(results, key=lambda one: (one.subject, list(Verdict).index(one.answer.verdict)))
    print_table(
        ("subject", "list", "answer", "what it says", "next step"), [_cells(result, owners) for result in ordered]
    )


def _cells(result: Result, owners: Mapping[str, Owner]) -> tuple[Cell, ...]:
    answer = result.answer
    says = result.meaning or (answer.reason.text if answer.reason else "")
    if answer.verdict is Verdict.UNKNOWN and answer.reason:
        says = f"{answer.reason.text} ({answer.raw})"
    step = _step(result, owners.get(result.subject)) if answer.verdict is Verdict.LISTED else ""
    return result.subject, result.entry.name, Styled(answer.verdict.value, _STYLE[answer.verdict]), says, step


def _step(result: Result, owner: Owner | None) -> str:
    """Where to ask for removal; that only its owner can, where an address is somebody else's."""
    if owner is not None and owner.kind is OwnerKind.SES_SHARED:
        return "only AWS can ask for its removal: AWS Support"
    if owner is not None and owner.kind is OwnerKind.OTHER_PROVIDER:
        return f"only {owner.provider} can ask for its removal"
    return result.entry.delist_url if result.entry.removable else "ends by itself: nobody can ask for its removal"
