"""The conditions R1 to R11 of a step (docs/dmarc.md). All shares are of own mail: rows 1 to 9 without 7."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from staygreen.core.config.tables.monitors.dmarc import DmarcLimits
from staygreen.core.dmarc.findings.wording import listed, messages, percent
from staygreen.core.dmarc.judgement import strangers
from staygreen.core.dmarc.judgement.own_mail import OwnFault, judge_own_mail
from staygreen.core.dmarc.judgement.reading import DayReading
from staygreen.core.dmarc.judgement.reporters import Reporter
from staygreen.core.dmarc.judgement.silence import differs
from staygreen.core.dmarc.judgement.strangers import UNDECLARED_ROWS, Undeclared
from staygreen.core.dmarc.readiness.answer import Condition
from staygreen.core.dmarc.readiness.bound import messages_needed, upper
from staygreen.core.finding import State
from staygreen.core.records.dmarc import DmarcRecord, Policy
from staygreen.core.wording import plural

WINDOW = timedelta(days=35)
"""A month and its end."""
RECENT = timedelta(days=14)
SETTLED = timedelta(days=7)
AT_A_STEP = 30
"""Days at each step (RFC 9989: at least a month)."""
_SEEN, _PUBLISHED, _REPORTED = 0.90, 0.95, 0.30
_FAILING = {Policy.QUARANTINE: 0.005, Policy.REJECT: 0.001}
_SIGNED = {Policy.QUARANTINE: 0.98, Policy.REJECT: 0.99}
_LOST = 0.005
_LEAST_OF_SOURCE = 20
"""Messages of a source without which its share says nothing."""
_LEAST_UNDECLARED = 10
"""Messages in two weeks of somebody who is nearly always of ours."""
_BROKEN = frozenset({OwnFault.BROKEN_SIGNATURE, OwnFault.UNSIGNED, OwnFault.DECLARED_BROKEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a domain beside its days."""

    declared: DmarcRecord | None
    """The policy in the configuration; None: not known."""
    senders: tuple[str, ...] = ()
    """Names of declared senders that send."""
    sent: int | None = None
    """Messages of the window, as somebody counts them; None: nobody does."""
    people: bool = True
    """People post from the domain."""
    acknowledged: frozenset[str] = frozenset()
    """Undeclared senders that are known and left to the policy."""
    accepted_loss: int = 0
    """Altered forwards a month whose loss is accepted."""
    window: timedelta = WINDOW
    limits: DmarcLimits = field(default_factory=DmarcLimits)


class Window:
    """The days that are looked at, counted once."""

    def __init__(self, days: Sequence[DayReading], known: Known, today: date) -> None:
        self.days = [day for day in days if today - known.window <= day.day < today]
        self.reported = [day for day in self.days if day.reporters]
        self.own = self.failing = self.lost = 0
        self.by_source: dict[str, Counter[str]] = {}
        for day in self.days:
            for kind, number in day.counts.items():
                self.lost += number if kind.row in (13, 14) else 0
                if not kind.is_own or kind.row == 3:
                    continue
                self.own += number
                self.failing += 0 if kind.passes else number
                source = self.by_source.setdefault(kind.source, Counter())
                source["all"] += number
                source["signed"] += number if kind.is_signed else 0
                source["spf"] += number if kind.by_spf and not kind.is_signed else 0

    @property
    def own_a_day(self) -> float:
        """Own messages on a day with reports."""
        return self.own / len(self.reported) if self.reported else 0.0


def conditions(window: Window, known: Known, step: Policy, today: date) -> Iterator[Condition]:
    """Each condition of a step, met or not."""
    yield _days(window, known.window.days)
    yield _reporters(window)
    yield _reported(window, known)
    yield _failing(window, step)
    yield _sources(window, known, step)
    yield _undeclared(window, known, today)
    yield _forwards(window, known, step)
    yield _settled(window, known, today)
    yield _in_order(window, known, today)
    yield _time(window)
    if step is Policy.REJECT:
        yield Condition(
            id="R11",
            title="people post from the domain",
            value="yes" if known.people else "no",
            limit="no",
            is_met=not known.people,
            missing="it is never recommended where people post: mailing lists alter their mail (RFC 9989)",
            act="Stay at quarantine. If nobody posts from the domain, say `people = false` in its [domain.dmarc].",
        )


def _days(window: Window, days: int) -> Condition:
    seen = len(window.reported)
    needed = max(0, math.ceil(_SEEN * days) - seen)
    return Condition(
        id="R1",
        title="days with reports",
        value=f"{seen} of {days}",
        limit=f"{100 * _SEEN:.0f} %",
        is_met=not needed,
        missing=f"{plural(needed, 'more day')} with reports",
        act="Wait. If days are missing in between, look whether reports arrive.",
    )


def _reporters(window: Window) -> Condition:
    seen = {reporter for day in window.days for reporter in day.reporters}
    lacking = [
        name for name, has in (("Google", any(r.is_google for r in seen)), ("Microsoft", _microsoft(seen))) if not has
    ]
    if len(seen) < 3:
        lacking.append(f"{3 - len(seen)} more")
    return Condition(
        id="R2",
        title="reporters",
        value=str(len(seen)),
        limit="3, Google and Microsoft among them",
        is_met=not lacking,
        missing=f"reports of {listed(lacking)}" if lacking else "",
        act="Look whether rua names an address that all can write to, and whether mail goes there at all.",
    )


def _microsoft(seen: set[Reporter]) -> bool:
    return any(reporter.is_microsoft for reporter in seen)


def _reported(window: Window, known: Known) -> Condition:
    title, limit = "share of what was sent that reports cover", f"{100 * _REPORTED:.0f} %"
    if known.sent is None:
        return Condition(
            id="R3",
            title=title,
            value="not known",
            limit=limit,
            is_met=None,
            missing="how much was sent",
            act="Say it: --sent with the messages of the window. A deployed sender asks SES.",
        )
    return Condition(
        id="R3",
        title=title,
        value=percent(window.own, known.sent),
        limit=limit,
        is_met=known.sent > 0 and window.own >= _REPORTED * known.sent,
        missing="not enough is seen of this mail",
        act="Most of it goes to receivers that report nothing: go on only if you know how they treat it.",
    )


def _failing(window: Window, step: Policy) -> Condition:
    limit = _FAILING[step]
    bound = upper(window.failing, window.own)
    needed = max(0, messages_needed(window.failing, limit) - window.own)
    a_day = window.own_a_day
    length = f", about {plural(max(1, round(needed / a_day)), 'day')}" if needed and a_day else ""
    return Condition(
        id="R4",
        title="own mail that fails, at most (95 % bound)",
        value=f"{100 * bound:.2f} % ({window.failing:,} of {window.own:,})" if window.own else "nothing seen",
        limit=f"{100 * limit:g} %",
        is_met=bound <= limit,
        missing=f"{messages(needed).replace(' message', ' more message')} without a failure{length}" if needed else "",
        act="Repair what fails: `staygreen reports sources` names it." if window.failing else "Wait.",
    )


def _sources(window: Window, known: Known, step: Policy) -> Condition:
    least = _SIGNED[step]
    unseen = [name for name in known.senders if name not in window.by_source]
    weak = [
        f"{name} ({percent(found['signed'], found['all'])})"
        for name, found in sorted(window.by_source.items())
        if found["all"] >= _LEAST_OF_SOURCE and found["signed"] < least * found["all"]
    ]
    by_spf = [
        name
        for name, found in sorted(window.by_source.items())
        if found["spf"] == found["all"] and found["all"] and step is Policy.REJECT
    ]
    wrong = [*(f"{name} was not seen" for name in unseen), *(f"{each} is not signed enough" for each in weak)]
    wrong += [f"{name} passes by SPF alone" for name in by_spf if not any(each.startswith(name) for each in weak)]
    return Condition(
        id="R5",
        title="every source seen, and signed with an aligned signature",
        value=f"{len(window.by_source)} seen, {len(wrong)} not in order",
        limit=f"{100 * least:.0f} % of each" + (", none by SPF alone" if step is Policy.REJECT else ""),
        is_met=not wrong and bool(window.by_source),
        missing=listed(wrong),
        act="Have each sign with DKIM in the domain's name; take out senders that no longer send.",
    )


def _undeclared(window: Window, known: Known, today: date) -> Condition:
    recent = [day for day in window.days if day.day >= today - RECENT]
    counted = Counter[str]()
    for day in recent:
        for kind, number in day.counts.items():
            if kind.row in UNDECLARED_ROWS - {16}:
                counted[kind.selector if kind.row == 11 and kind.selector else kind.source] += number
    found = {name for name, number in counted.items() if number >= _LEAST_UNDECLARED}
    read = [strangers.read(day) for day in recent]
    for each in strangers.judge_undeclared(read, known.limits, today):
        if each.kind is Undeclared.SERVICE and each.state is State.BAD:
            found.add(each.service)
    left = sorted(found - known.acknowledged)
    return Condition(
        id="R6",
        title="undeclared senders in the last 14 days",
        value=str(len(left)),
        limit="none, or acknowledged",
        is_met=not left,
        missing=listed(left),
        act="Declare each as [[domain.sender]], stop it, or name it in `acknowledged` of [domain.dmarc].",
    )


def _forwards(window: Window, known: Known, step: Policy) -> Condition:
    a_month = round(window.lost * 30 / known.window.days)
    is_few = window.lost <= _LOST * max(window.own, 1)
    is_accepted = a_month <= known.accepted_loss
    is_shown = step is Policy.QUARANTINE
    return Condition(
        id="R7",
        title="altered forwards that the step takes, a month",
        value=f"{a_month:,}",
        limit="shown" if is_shown else f"{100 * _LOST:g} % of own mail, or accepted",
        is_met=is_shown or is_few or is_accepted,
        missing=f"{messages(a_month)} a month would be lost, most of them by mailing lists",
        act="Accept it with its number: `accepted_loss` in [domain.dmarc]; or stay at quarantine.",
    )


def _settled(window: Window, known: Known, today: date) -> Condition:
    recent = [day for day in window.days if day.day >= today - SETTLED]
    wrong, new = [], _new_selectors(window, today)
    all_ = agreeing = 0
    for day in recent:
        for _, policy, part in day.policies:
            all_ += part.messages
            agreeing += part.messages if known.declared is None or not differs(policy, known.declared) else 0
    if agreeing < _PUBLISHED * all_ or not all_:
        wrong.append("receivers do not all find the declared policy" if all_ else "no reports in 7 days")
    wrong += [f"the key {name} is new" for name in new]
    return Condition(
        id="R8",
        title="receivers find the declared policy, and no key is new, for 7 days",
        value=f"{percent(agreeing, all_)} of messages, {plural(len(new), 'new key')}",
        limit=f"{100 * _PUBLISHED:.0f} %, none",
        is_met=not wrong,
        missing=listed(wrong),
        act="Wait until a week has passed after the last change.",
    )


def _new_selectors(window: Window, today: date) -> list[str]:
    first: dict[str, date] = {}
    for day in window.days:
        for kind in day.counts:
            if kind.is_own and kind.is_signed and kind.selector:
                first.setdefault(kind.selector, day.day)
    begin = window.reported[0].day if window.reported else today
    return sorted(name for name, day in first.items() if day >= today - SETTLED and day > begin)


def _in_order(window: Window, known: Known, today: date) -> Condition:
    broken = set[str]()
    for back in range(RECENT.days):
        days = [day for day in window.days if day.day < today - timedelta(days=back)]
        for each in judge_own_mail(days, known.limits):
            if each.fault in _BROKEN and each.result.state is State.BAD:
                broken.add(f"{each.fault.value.replace('_', ' ')} {each.target}".strip())
    return Condition(
        id="R9",
        title="no own mail broken for 14 days",
        value=f"{len(broken)} in 14 days",
        limit="none",
        is_met=not broken,
        missing=listed(sorted(broken)),
        act="Repair it, and wait for 14 days after it is over.",
    )


def _time(window: Window) -> Condition:
    found = days_at_step(window.days)
    return Condition(
        id="R10",
        title="days at the present policy, by reports",
        value=str(found),
        limit=str(AT_A_STEP),
        is_met=found >= AT_A_STEP,
        missing=f"{plural(max(1, AT_A_STEP - found), 'more day')} at the present policy",
        act="Wait.",
    )


def days_at_step(days: Sequence[DayReading]) -> int:
    """Since when most receivers find the policy that they find now, in days."""
    found = [(day.day, policy) for day in days if (policy := _found(day))]
    if not found:
        return 0
    present = found[-1][1]
    since = found[-1][0]
    for day, policy in reversed(found):
        if policy != present:
            break
        since = day
    return (found[-1][0] - since).days + 1


def _found(day: DayReading) -> str:
    counted = Counter[str]()
    for _, policy, part in day.policies:
        if policy.p:
            counted[policy.p] += part.messages
    return counted.most_common(1)[0][0] if counted else ""
