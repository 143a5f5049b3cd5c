"""`remediation-widened`: the system may do more by itself, or its roles may."""

from collections.abc import Iterator, Mapping
from typing import Any

from staygreen.core.mail_facts.facts import Kind
from staygreen.core.mail_facts.pairing import Change, Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said

_MODES = ("off", "suggest", "approve", "auto")


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.REMEDIATION):
        if change.after is not None:
            yield from _settings(change)
    for change in comparison.of(Kind.SWITCH):
        yield from _switch(change, repairs_left=bool(comparison.head.of(Kind.REMEDIATION)))
    for change in comparison.of(Kind.MONITOR):
        if change.before is not None and change.after is not None:
            yield from _approvers(change)
    for change in comparison.of(Kind.PERMISSION):
        if change.after is not None and change.fact.is_ours:
            yield from _permissions(change)


def _settings(change: Change) -> Iterator[Said]:
    before, after = str(change.was("mode") or "off"), str(change.now("mode") or "off")
    if _rank(after) > _rank(before):
        yield Said(
            severity=Severity.STOP if after == "auto" else Severity.LOOK,
            fact=change.fact,
            before=before,
            after=after,
            consequence=f"The remediation {change.fact.key} {_MEANS.get(after, f'goes to {after}')}; so far it was "
            f"{before}.",
        )
    if change.before is None:
        return
    yield from _scope(change, after)
    old, new = dict(_numbers(change.before.value)), dict(_numbers(change.fact.value))
    raised = [name for name in sorted(old) if name in new and _is_wider(name, old[name], new[name])]
    raised += [name for name in sorted(set(old) - set(new))]
    if raised:
        yield Said(
            severity=Severity.STOP if after == "auto" else Severity.LOOK,
            fact=change.fact,
            before=", ".join(f"{name} {old[name]:g}" for name in raised),
            after=", ".join(f"{name} {new[name]:g}" if name in new else f"{name} without limit" for name in raised),
            consequence=f"The remediation {change.fact.key} may do more than before: "
            + ", ".join(
                f"{name} {old[name]:g} → {new[name]:g}" if name in new else f"{name} without limit" for name in raised
            )
            + ".",
        )


_MEANS = {
    "suggest": "announces what it would do",
    "approve": "acts once somebody approves",
    "auto": "acts by itself",
}


def _scope(change: Change, mode: str) -> Iterator[Said]:
    """More to touch, more people who may approve, or fewer hours of rest."""
    widened = [
        f"{name} {_spelled(was)} → {_spelled(now)}"
        for name, was, now in _filters(change)
        if (was and not now) or set(now) - set(was or now)
    ]
    people = sorted(set(change.now("approvers") or ()) - set(change.was("approvers") or ()))
    rest = sorted(set(change.was("quiet_hours") or ()) - set(change.now("quiet_hours") or ()))
    told = [*widened, *(f"{who} may approve" for who in people), *(f"no rest at {hours}" for hours in rest)]
    if told:
        yield Said(
            severity=Severity.STOP if mode == "auto" else Severity.LOOK,
            fact=change.fact,
            after=", ".join(told),
            consequence=f"The remediation {change.fact.key} reaches further than before: {', '.join(told)}.",
        )


def _filters(change: Change) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each filter of the scope on both sides; an empty one lets everything through."""
    before, after = change.was("scope") or {}, change.now("scope") or {}
    for name in sorted({*before, *after}):
        yield name, [str(one) for one in before.get(name) or ()], [str(one) for one in after.get(name) or ()]


def _spelled(names: list[str]) -> str:
    return ", ".join(names) or "everything"


def _switch(change: Change, *, repairs_left: bool) -> Iterator[Said]:
    """The one parameter that stops all repairs; a deployment that changes its value overwrites what is in force."""
    if change.before is None or (change.after is None and not repairs_left) or not change.differs("text"):
        return
    gone = change.after is None
    yield Said(
        severity=Severity.STOP,
        fact=change.fact,
        before=str(change.was("text")),
        after="(absent)" if gone else str(change.now("text")),
        consequence=f"Repairs can no longer be stopped without a deployment: the {change.fact.subject} is deleted."
        if gone
        else f"The deployment itself sets the {change.fact.subject}, whatever somebody set it to.",
        remedy="Leave the parameter as it is; `staygreen stop` and `staygreen start` set it.",
    )


def _approvers(change: Change) -> Iterator[Said]:
    """Who may press buttons in Slack."""
    slack = [side if isinstance(side, Mapping) else {} for side in (change.was("slack"), change.now("slack"))]
    people = sorted(set(slack[1].get("approvers") or ()) - set(slack[0].get("approvers") or ()))
    if people:
        yield Said(
            severity=Severity.LOOK,
            fact=change.fact,
            before=", ".join(slack[0].get("approvers") or ()) or "(nobody)",
            after=", ".join(slack[1]["approvers"]),
            consequence=f"{', '.join(people)} may decide by button in Slack from now on.",
            remedy="Make sure that each of these people is to decide; user groups change without a deployment.",
        )


def _rank(mode: str) -> int:
    return _MODES.index(mode) if mode in _MODES else len(_MODES)


def _numbers(value: Any, place: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _numbers(part, f"{place}.{name}" if place else str(name))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield place, float(value)


def _is_wider(name: str, before: float, after: float) -> bool:
    """A floor, a minimum, an approver count or a waiting time widens by falling; everything else by rising."""
    guard = any(word in name for word in ("floor", "minimum", "approvers", "hold", "confirm", "quiet"))
    return after < before if guard else after > before


def _permissions(change: Change) -> Iterator[Said]:
    before = list(change.was("allow") or ())
    gained = sorted(set(change.now("allow")) - set(before))
    freed = sorted(set(change.was("deny") or ()) - set(change.now("deny")))
    if gained or freed:
        loosened = [old for old in before if any(old.startswith(f"{one} if ") for one in gained)]
        wild = freed or loosened or any(_is_wild(one, before) for one in gained)
        told = [*(f"now {one}" for one in gained), *(f"no longer denied: {one}" for one in freed)]
        more = f" and {len(told) - 2} more" if len(told) > 2 else ""
        yield Said(
            severity=Severity.STOP if wild else Severity.LOOK,
            fact=change.fact,
            before="; ".join([*(f"denied: {one}" for one in freed), *loosened]),
            after="; ".join(gained) or "no longer denied",
            consequence=f"{change.fact.key.rpartition(' by ')[0]} may change mail in ways that it could not before: "
            f"{'; '.join(told[:2])}{more}.",
        )


def _is_wild(grant: str, before: list[str]) -> bool:
    """Whether a grant names no exact action, or takes every target where it had some."""
    action, _, target = grant.partition(" on ")
    narrower = any(old.startswith(f"{action} on ") for old in before)
    return "*" in action or not target or (target == "*" and narrower)


RULE = Rule(
    id="remediation-widened",
    reason="What acts by itself must have limits that somebody agreed to.",
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    remedy="Replay recent findings under the new settings first, and name exact actions and resources.",
    change=_judge,
)
