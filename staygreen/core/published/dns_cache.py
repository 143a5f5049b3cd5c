"""DNS answers, each question asked once: what the judges of live records read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from staygreen.core.dns.message import Lookup, Question, RecordType, Reply


class Answers:
    """Replies of one lookup, remembered.

    Args:
        lookup: Where to ask.
    """

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._known: dict[Question, Reply] = {}

    def __call__(self, questions: Iterable[Question]) -> Iterator[Reply]:
        """A `Lookup` itself: for who walks on from here."""
        return (self.ask(question.name, question.rtype) for question in questions)

    def fetch(self, questions: Iterable[Question]) -> None:
        """Ask what is not known yet, all at once."""
        new = [question for question in dict.fromkeys(questions) if question not in self._known]
        for reply in self._lookup(new):
            self._known[reply.question] = reply

    def ask(self, name: str, rtype: RecordType) -> Reply:
        """The reply to one question."""
        question = Question(name, rtype)
        if question not in self._known:
            # A lookup may answer from a table, whose replies name another question.
            self._known[question] = next(iter(self._lookup([question])))
        return self._known[question]

    @property
    def asked(self) -> int:
        """How many questions were put."""
        return len(self._known)

    @property
    def unanswered(self) -> tuple[Reply, ...]:
        """Replies that say nothing of what is published."""
        return tuple(reply for reply in self._known.values() if not reply.is_answered)
