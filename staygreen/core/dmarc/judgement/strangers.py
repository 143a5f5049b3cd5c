"""Mail in our name that is not ours: senders that nobody declared, and campaigns of others.

An undeclared sender is one service, however many addresses it has. A campaign is one for a domain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from statistics import median

from staygreen.core.config.tables.monitors.dmarc import DmarcLimits
from staygreen.core.dmarc.judgement.reading import DayReading, Kind
from staygreen.core.dmarc.judgement.reporters import Reporter, confirms
from staygreen.core.finding import State

_TOGETHER = timedelta(days=7)
"""Two days within this confirm each other."""
_USUAL = 28
"""Days before that show how much is usual."""
_LEAST_USUAL = 7
"""Days without which nothing is known of what is usual."""
_STOPPED_WELL = 0.95
_QUIET_DAYS = 3


class Undeclared(str, Enum):
    """How a sender that nobody declared sends in our name."""

    OTHER_SES_ACCOUNT = "other_ses_account"
    """Row 7: an SES address, and no signature of ours."""
    KEY_IN_DNS = "undeclared_key"
    """Row 11: with a key that is in our DNS."""
    SPF_ALONE = "undeclared_spf"
    """Row 12: our SPF record lets it."""
    SERVICE = "undeclared_service"
    """Row 16: through a service, nothing aligned."""


_BY_ROW = {
    7: Undeclared.OTHER_SES_ACCOUNT,
    11: Undeclared.KEY_IN_DNS,
    12: Undeclared.SPF_ALONE,
    16: Undeclared.SERVICE,
}
UNDECLARED_ROWS = frozenset(_BY_ROW)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeclaredResult:
    """One sender that nobody declared."""

    kind: Undeclared
    service: str
    """The service, the selector of its key, or its network."""
    state: State
    first: date
    """The first day on which it was seen."""
    last: date
    messages: int
    """Since then."""
    passing: int
    """Of these, messages that pass DMARC."""
    reporters: tuple[Reporter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignResult:
    """Whether others send much mail in a domain's name that passes nothing."""

    state: State
    first: date | None = None
    last: date | None = None
    messages: int = 0
    """Since the first day."""
    stopped: int = 0
    """Of these, messages that were quarantined or rejected."""
    usual: float = 0.0
    """Messages a day, before."""
    reporters: tuple[Reporter, ...] = ()

    @property
    def is_stopped(self) -> bool:
        """Whether nearly all of it was quarantined or rejected."""
        return self.stopped >= _STOPPED_WELL * self.messages


@dataclass(slots=True)
class StrangerDay:
    """What one day says of strangers."""

    day: date
    undeclared: dict[tuple[Undeclared, str], Counter[Reporter]]
    passing: Counter[tuple[Undeclared, str]]
    spoofed: Counter[Reporter]
    stopped: int
    whole: frozenset[Reporter]
    reporters: frozenset[Reporter]


def read(day: DayReading) -> StrangerDay:
    """What a day says of strangers."""
    made = StrangerDay(day.day, {}, Counter(), Counter(), 0, day.whole, day.reporters)
    for kind, number in day.counts.items():
        if kind.row in (0, 18):
            made.spoofed[kind.reporter] += number
            made.stopped += number if kind.is_stopped else 0
        elif kind.row in UNDECLARED_ROWS and not (kind.row == 7 and kind.selector):
            key = _BY_ROW[kind.row], _service(kind)
            made.undeclared.setdefault(key, Counter())[kind.reporter] += number
            made.passing[key] += number if kind.passes else 0
    return made


def _service(kind: Kind) -> str:
    """What tells one undeclared sender from another: its key where it has one."""
    return kind.selector if kind.row == 11 and kind.selector else kind.source


def judge_undeclared(days: Sequence[StrangerDay], limits: DmarcLimits, today: date) -> Iterator[UndeclaredResult]:
    """Each sender that nobody declared.

    One that is declared now is in none of the days, since they are read by what is declared now.
    """
    courses: dict[tuple[Undeclared, str], dict[date, Counter[Reporter]]] = {}
    passing: Counter[tuple[Undeclared, str]] = Counter()
    for day in days:
        passing.update(day.passing)
        for key, counted in day.undeclared.items():
            courses.setdefault(key, {})[day.day] = counted
    for (kind, service), course in courses.items():
        sayers = Counter[Reporter]()
        for counted in course.values():
            sayers.update(counted)
        last = max(course)
        is_open = _is_much(course, limits) and today - last <= limits.undeclared_forgotten
        yield UndeclaredResult(
            kind=kind,
            service=service,
            state=State.BAD if is_open else State.OK,
            first=min(course),
            last=last,
            messages=sayers.total(),
            passing=passing[kind, service],
            reporters=tuple(reporter for reporter, _ in sayers.most_common()),
        )


def _is_much(course: Mapping[date, Counter[Reporter]], limits: DmarcLimits) -> bool:
    """Whether it sent much on one day, or enough on two; confirmed by who says it."""
    much = [day for day, counted in course.items() if counted.total() >= limits.undeclared_messages]
    for day in much:
        near = [each for each in much if abs(each - day) <= _TOGETHER]
        enough = course[day].total() >= limits.undeclared_at_once or len(near) >= 2
        if enough and confirms(reporter for each in near for reporter in course[each]):
            return True
    return False


def judge_campaign(days: Sequence[StrangerDay], limits: DmarcLimits) -> CampaignResult:
    """Whether a campaign goes on in a domain's name."""
    course = _Campaign(limits)
    for day in days:
        course.take(day)
    return course.result()


class _Campaign:
    """The days so far."""

    def __init__(self, limits: DmarcLimits) -> None:
        self._limits = limits
        self._ordinary: list[int] = []
        self._since: list[StrangerDay] = []
        self._quiet = 0
        self._usual = 0.0
        self._seen = 0

    def take(self, day: StrangerDay) -> None:
        """The next day."""
        if not day.reporters:
            return
        self._seen += 1
        number = day.spoofed.total()
        usual = median(self._ordinary[-_USUAL:]) if len(self._ordinary) >= _LEAST_USUAL else 0.0
        if self._since:
            usual = self._usual
        is_much = number >= max(self._limits.campaign_messages, self._limits.campaign_factor * usual)
        if self._since:
            self._go_on(day, is_much=is_much)
        elif is_much and sum(1 for each in day.spoofed.values() if each) >= 2 and confirms(day.spoofed):
            self._since, self._usual, self._quiet = [day], usual, 0
        else:
            self._ordinary.append(number)

    def _go_on(self, day: StrangerDay, *, is_much: bool) -> None:
        self._since.append(day)
        if is_much:
            self._quiet = 0
        elif day.whole:
            self._quiet += 1
        if self._quiet >= _QUIET_DAYS:
            self._ordinary.extend(each.spoofed.total() for each in self._since[-_QUIET_DAYS:])
            self._since = []

    def result(self) -> CampaignResult:
        """What became of it."""
        if not self._since:
            return CampaignResult(state=State.OK if self._seen >= _QUIET_DAYS else State.UNKNOWN)
        sayers = Counter[Reporter]()
        for each in self._since:
            sayers.update(each.spoofed)
        return CampaignResult(
            state=State.BAD,
            first=self._since[0].day,
            last=max((each.day for each in self._since if each.spoofed.total()), default=None),
            messages=sayers.total(),
            stopped=sum(each.stopped for each in self._since),
            usual=self._usual,
            reporters=tuple(reporter for reporter, _ in sayers.most_common()),
        )
