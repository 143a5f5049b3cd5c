"""`spf-answers.json`: what DNS said about the names that SPF records lead to, so that nobody has to ask again.

Synthesis and reviews count lookups from it: a pull request is judged by the
same answers everywhere, and the file's own change shows when a provider grew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from staygreen.core.dns.message import Lookup, Question, Rcode, RecordType, Reply
from staygreen.core.errors import ReportError
from staygreen.core.records import spf

FILENAME = "spf-answers.json"
STALE_AFTER = timedelta(days=30)
"""Providers change their records without notice; our choice, no standard says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One recorded answer."""

    name: str
    rtype: RecordType
    values: tuple[str, ...]
    """Sorted record data; empty: the name, or a record of that type, does not exist."""
    on: date
    """The day when DNS said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The file's content, by name and type."""

    entries: tuple[Answer, ...] = ()

    def __call__(self, questions: Iterable[Question]) -> Iterator[Reply]:
        """A `Lookup`: what is not recorded is as if nobody had answered."""
        known = {(each.name, each.rtype): each for each in self.entries}
        for question in questions:
            found = known.get((question.name, question.rtype))
            if found is None:
                yield Reply(question=question, rcode=Rcode.TIMEOUT)
            else:
                rcode = Rcode.NOERROR if found.values else Rcode.NXDOMAIN
                yield Reply(question=question, rcode=rcode, values=found.values)

    def stale(self, today: date) -> tuple[Answer, ...]:
        """The answers that are older than `STALE_AFTER`."""
        return tuple(each for each in self.entries if today - each.on > STALE_AFTER)

    def warning(self, today: date, filename: str) -> str:
        """One line about answers that have grown old, or empty."""
        old = self.stale(today)
        if not old:
            return ""
        days, eldest = STALE_AFTER.days, min(each.on for each in old)
        what = f"{len(old)} answer{'s are' if len(old) > 1 else ' is'} older than {days} days, the oldest of {eldest}"
        return f"{filename}: {what}: run `staygreen spf record` again (warning)"

    def text(self) -> str:
        """The file: one answer a line, sorted, so that a change shows as one line."""
        entries = sorted(self.entries, key=lambda each: (each.name, each.rtype.value))
        lines = ",\n".join(f"  {json.dumps(_plain(each), ensure_ascii=False)}" for each in entries)
        return f'{{"schema": "staygreen.spf-answers/1", "answers": [\n{lines}\n]}}\n'


NONE = Answers()
"""Nothing recorded."""


def parse(text: str, filename: str) -> Answers:
    """The file's content.

    Raises:
        ReportError: When it cannot be used; the text has file, line or entry, and the remedy.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise ReportError(f"{filename}:{line}: is not valid JSON: write it with `staygreen spf record`") from error
    entries = document.get("answers") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ReportError(f"{filename}:1: has no list `answers`: write it with `staygreen spf record`")
    return Answers(entries=tuple(_answer(entry, f"{filename}: answers[{at}]") for at, entry in enumerate(entries)))


def _answer(entry: Any, place: str) -> Answer:
    try:
        values = entry["answer"]
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise TypeError
        return Answer(
            name=str(entry["name"]).lower().removesuffix("."),
            rtype=RecordType(entry["type"]),
            values=tuple(values),
            on=date.fromisoformat(entry["date"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        wanted = "name, type, answer (a list of texts) and date (YYYY-MM-DD)"
        raise ReportError(f"{place}: needs {wanted}: write it with `staygreen spf record`") from error


def _plain(answer: Answer) -> Mapping[str, Any]:
    return {
        "name": answer.name,
        "type": answer.rtype.value,
        "answer": list(answer.values),
        "date": answer.on.isoformat(),
    }


class Recorder:
    """A `Lookup` that asks another one and keeps what it said; each question is put once."""

    def __init__(self, lookup: Lookup, today: date) -> None:
        self._lookup = lookup
        self._today = today
        self._replies: dict[Question, Reply] = {}

    def __call__(self, questions: Iterable[Question]) -> Iterator[Reply]:
        for question in questions:
            if question not in self._replies:
                self._replies[question] = next(iter(self._lookup([question])))
            yield self._replies[question]

    def silent(self) -> tuple[Question, ...]:
        """The questions that nobody answered."""
        return tuple(asked for asked, reply in self._replies.items() if not _is_answer(reply))

    def answers(self, earlier: Answers = NONE) -> Answers:
        """What was said now; for questions without an answer, what was recorded earlier."""
        kept = {(each.name, each.rtype): each for each in earlier.entries}
        silent = [kept[key] for asked in self.silent() if (key := (asked.name, asked.rtype)) in kept]
        said = [
            Answer(name=asked.name, rtype=asked.rtype, values=_kept_values(asked.rtype, reply.values), on=self._today)
            for asked, reply in self._replies.items()
            if _is_answer(reply)
        ]
        return Answers(entries=tuple(said + silent))


def _is_answer(reply: Reply) -> bool:
    return reply.rcode in (Rcode.NOERROR, Rcode.NXDOMAIN)


def _kept_values(rtype: RecordType, values: tuple[str, ...]) -> tuple[str, ...]:
    """Of TXT the SPF records, where there are any: other strings say nothing here and change often."""
    policies = [value for value in values if spf.is_spf(value)] if rtype is RecordType.TXT else []
    return tuple(sorted(policies or values))
