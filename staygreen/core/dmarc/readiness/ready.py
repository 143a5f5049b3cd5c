"""Whether a domain may go a step further: from its days to the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from staygreen.core.dmarc.findings.wording import percent
from staygreen.core.dmarc.judgement.judge import policy_of
from staygreen.core.dmarc.judgement.own_mail import OwnFault, judge_own_mail
from staygreen.core.dmarc.judgement.reading import DayReading
from staygreen.core.dmarc.readiness.answer import Condition, Readiness, Standing
from staygreen.core.dmarc.readiness.conditions import AT_A_STEP, Known, Window, conditions, days_at_step
from staygreen.core.finding import State
from staygreen.core.records.dmarc import DmarcRecord, Policy

_NEXT = {Policy.NONE: Policy.QUARANTINE, Policy.QUARANTINE: Policy.REJECT}
_BEFORE = {Policy.QUARANTINE: Policy.NONE, Policy.REJECT: Policy.QUARANTINE}
_TOO_MUCH = 0.003
"""Own mail that fails after a step, over two days, from which on the way is back."""
_LEAST_FAILING = 10


def readiness(domain: str, days: Sequence[DayReading], known: Known, today: date, *, parked: bool = False) -> Readiness:
    """Whether a domain may go a step further.

    Args:
        domain: The policy domain.
        days: Its days in order.
        known: What is known beside.
        today: The day of the answer (UTC); it is not looked at itself.
        parked: The domain never sends.
    """
    window = Window(days, known, today)
    present = _present(window.days, known)
    made = Readiness(
        domain=domain,
        on=today,
        standing=Standing.DONE,
        present=present,
        next=_NEXT.get(present),
        conditions=(),
        not_asked=tuple(_not_asked(known)),
        window_days=known.window.days,
        own_messages=window.own,
        own_failing=window.failing,
        forwards_lost=window.lost,
    )
    if parked:
        return _parked(made, known)
    back = _why_back(window, present)
    if back:
        before = _BEFORE[present]
        return _worded(replace(made, standing=Standing.GO_BACK, why=back), known, before)
    step = made.next
    if step is None:
        return replace(made, why="The policy is reject: there is no further step.")
    met = tuple(conditions(window, known, step, today))
    made = replace(made, conditions=met, testing=_testing(window, step))
    if step is Policy.REJECT and known.people:
        return replace(
            made,
            standing=Standing.STAY,
            why="People post from this domain, so quarantine is its end state (RFC 9989).",
        )
    if all(each.is_met for each in met):
        return _worded(replace(made, standing=Standing.READY), known, step)
    return replace(made, standing=Standing.NOT_YET, why=_first(met))


def _present(days: Sequence[DayReading], known: Known) -> Policy:
    found = policy_of(days)
    if found in {each.value for each in Policy}:
        return Policy(found)
    return known.declared.policy if known.declared else Policy.NONE


def _parked(made: Readiness, known: Known) -> Readiness:
    if made.present is Policy.REJECT:
        return replace(made, why="The domain is parked, and its policy is reject.")
    why = "The domain never sends, so nothing of its own can be lost."
    return _worded(replace(made, standing=Standing.READY, why=why), known, Policy.REJECT)


def _not_asked(known: Known) -> list[str]:
    missing = []
    if known.sent is None:
        missing.append("how much was sent")
    if known.declared is None:
        missing.append("the declared record")
    return missing


def _why_back(window: Window, present: Policy) -> str:
    """Why the last step has to be taken back; empty: it has not."""
    if present not in _BEFORE or days_at_step(window.days) >= AT_A_STEP:
        return ""
    since = days_at_step(window.days)
    after = [day for day in window.reported[-since:] if day.own][-2:]
    own = sum(number for day in after for kind, number in day.counts.items() if kind.is_own and kind.row != 3)
    failing = sum(
        number
        for day in after
        for kind, number in day.counts.items()
        if kind.is_own and kind.row != 3 and not kind.passes
    )
    if len(after) == 2 and failing >= _LEAST_FAILING and failing > _TOO_MUCH * own:
        return f"After the step to {present.value} {percent(failing, own)} of own mail fails ({failing:,} of {own:,})."
    broken = {OwnFault.BROKEN_SIGNATURE, OwnFault.UNSIGNED, OwnFault.DECLARED_BROKEN}
    return next(
        (
            f"After the step to {present.value} own mail is broken: {each.fault.value.replace('_', ' ')} {each.target}."
            for each in judge_own_mail(window.days, Known(declared=None).limits)
            if each.fault in broken and each.result.state is State.BAD
        ),
        "",
    )


def _first(conditions: Sequence[Condition]) -> str:
    lacking = [each for each in conditions if not each.is_met]
    return f"{lacking[0].id}: {lacking[0].missing}." if lacking else ""


def _worded(made: Readiness, known: Known, step: Policy) -> Readiness:
    """The answer with the record of a step and the change of the configuration."""
    if known.declared is None:
        record = f"p={step.value} in place of the p of the present record"
    else:
        record = str(_with(known.declared, step))
    return replace(made, next=step, record=record, change=f'[domain.dmarc]\npolicy = "{step.value}"')


def _with(record: DmarcRecord, step: Policy) -> DmarcRecord:
    # tags that RFC 9989 does not know, pct among them, have no place in a record that is written anew
    return replace(record, policy=step, testing=False, other=())


def _testing(window: Window, step: Policy) -> str:
    """What a trial with t=y would reach: receivers that do not know the tag apply the policy in full."""
    own = sum(day.own for day in window.days)
    if not own:
        return ""
    reach = sum(day.told_of_testing for day in window.days)
    return (
        f"t=y would be heeded for {percent(reach, own)} of own mail, by receivers whose reports show that they know "
        f"it; for "
        f"the rest p={step.value} holds in full."
    )
