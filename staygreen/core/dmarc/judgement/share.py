"""Whether a share of mail became too large: opened by a second reporter or a second day, closed by days below it.

Reports come once and a day late. To look at the same report again proves nothing, so nothing here counts looks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from staygreen.core.dmarc.judgement.reporters import Reporter, confirms
from staygreen.core.finding import State

_BEFORE = timedelta(days=7)
"""How far back the time before is looked at."""
_LEAST_SAID = 2
"""Faulty messages of a reporter that confirm."""
_TOGETHER = timedelta(days=7)
"""Two days within this confirm each other."""


@dataclass(slots=True)
class ShareDay:
    """One day: messages that have the fault, of all that could have it, by reporter."""

    day: date
    whole: frozenset[Reporter] = frozenset()
    """Reporters of whose reports nothing is missing: only they can close."""
    faulty: Counter[Reporter] = field(default_factory=Counter)
    all: Counter[Reporter] = field(default_factory=Counter)
    faulty_messages: int = 0
    messages: int = 0
    seen_whole: int = 0
    """Messages in reports of which nothing is missing."""
    failing: int = 0
    """Faulty messages that fail DMARC."""

    def count(self, reporter: Reporter, messages: int, *, is_faulty: bool, passes: bool) -> None:
        """Count messages that a reporter saw."""
        self.all[reporter] += messages
        self.messages += messages
        if reporter in self.whole:
            self.seen_whole += messages
        if is_faulty:
            self.faulty[reporter] += messages
            self.faulty_messages += messages
            self.failing += 0 if passes else messages

    @property
    def share(self) -> float:
        """Of all messages."""
        return _share(self.faulty_messages, self.messages)

    def share_at(self, reporter: Reporter) -> float:
        """Of the messages that one reporter counted."""
        return _share(self.faulty[reporter], self.all[reporter])


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRule:
    """From where on a share is an incident, and when it is over."""

    share: float
    messages: int
    days: int = 2
    """Days that confirm each other where one reporter alone says it."""
    is_days_only: bool = False
    """Whether `days` in a row are needed, whoever says it."""
    needs_reporters: bool = False
    """Whether a second reporter is needed, and a second day does not do."""
    share_alone: float = 2.0
    """Share at one known reporter that needs no other; more than 1: never."""
    messages_alone: int = 0
    before: float = 1.0
    """The share of the week before has to be below this."""
    quiet: float = 0.01
    """Days below this close."""
    quiet_days: int = 2
    quiet_messages: int = 20
    """Messages of a day without which it says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareResult:
    """What became of a share over some weeks."""

    state: State
    first: date | None = None
    """The first day on which it was too large, where it is."""
    worst: ShareDay | None = None
    """Since then, the day with most faulty messages."""
    last: ShareDay | None = None
    """The last day on which there was any."""
    reporters: tuple[Reporter, ...] = ()
    """Who says it."""
    faulty: int = 0
    failing: int = 0
    of: int = 0
    """All messages since the first day."""


def judge(days: Iterable[ShareDay], rule: ShareRule) -> ShareResult:
    """What became of a share, from its days in order.

    Bad from the day on which it is confirmed until enough days below it; in order after enough days below it; unknown
    where too little was seen.
    """
    course = _Course(rule)
    for day in days:
        course.take(day)
    return course.result()


class _Course:
    """The days so far."""

    def __init__(self, rule: ShareRule) -> None:
        self._rule = rule
        self._days: list[ShareDay] = []
        self._bad: list[ShareDay] = []
        """Days that are too large and may confirm each other."""
        self._quiet = 0
        self._raised_since: date | None = None
        """The first of the last days in a row on which the share was too large, however few the messages."""
        self._first: date | None = None

    def take(self, day: ShareDay) -> None:
        """The next day."""
        rule = self._rule
        if day.share < rule.quiet:
            if day.seen_whole >= rule.quiet_messages:
                self._quiet += 1
                if rule.is_days_only:
                    self._bad = []
        elif day.faulty_messages:
            self._quiet = 0
        if self._first is not None and self._quiet >= rule.quiet_days:
            self._first, self._bad = None, []
        if day.share < rule.share and day.messages:
            self._raised_since = None
        elif day.faulty_messages:
            self._raised_since = self._raised_since or day.day
        if self._first is None and self._is_bad(day):
            self._consider(day)
        self._days.append(day)

    def _is_bad(self, day: ShareDay) -> bool:
        return day.share >= self._rule.share and day.faulty_messages >= self._rule.messages

    def _consider(self, day: ShareDay) -> None:
        self._bad = [each for each in self._bad if day.day - each.day <= _TOGETHER]
        start = self._bad[0].day if self._bad else day.day
        # what breaks on a day with little mail, such as a Sunday, is not what was wrong before
        if not self._was_quiet_before(min(start, self._raised_since or start)):
            return
        self._bad.append(day)
        if self._is_confirmed(day):
            self._first = start

    def _was_quiet_before(self, start: date) -> bool:
        before = [each for each in self._days if start - _BEFORE <= each.day < start]
        faulty = sum(each.faulty_messages for each in before)
        return _share(faulty, sum(each.messages for each in before)) < self._rule.before

    def _is_confirmed(self, day: ShareDay) -> bool:
        rule = self._rule
        sayers = [reporter for each in self._bad for reporter in _sayers(each, rule.share)]
        if rule.is_days_only:
            return len(self._bad) >= rule.days and confirms(sayers)
        if len(set(_sayers(day, rule.share))) >= 2:
            return True
        alone = any(
            reporter.is_known and number >= rule.messages_alone and day.share_at(reporter) >= rule.share_alone
            for reporter, number in day.faulty.items()
        )
        return alone or (not rule.needs_reporters and len(self._bad) >= rule.days and confirms(sayers))

    def result(self) -> ShareResult:
        """What became of it."""
        first = self._first
        if first is None:
            return ShareResult(state=State.OK if self._quiet >= self._rule.quiet_days else State.UNKNOWN)
        since = [each for each in self._days if each.day >= first]
        reporters = Counter[Reporter]()
        for each in since:
            reporters.update(each.faulty)
        return ShareResult(
            state=State.BAD,
            first=first,
            worst=max(since, key=lambda each: each.faulty_messages),
            last=next((each for each in reversed(since) if each.faulty_messages), None),
            reporters=tuple(reporter for reporter, number in reporters.most_common() if number),
            faulty=reporters.total(),
            failing=sum(each.failing for each in since),
            of=sum(each.messages for each in since),
        )


def _sayers(day: ShareDay, share: float) -> Sequence[Reporter]:
    """The reporters at which the share is too large; one message of a small reporter may be chance."""
    return [
        reporter for reporter, number in day.faulty.items() if number >= _LEAST_SAID and day.share_at(reporter) >= share
    ]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
