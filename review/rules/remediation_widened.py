"""`remediation-widened`: the system may do more by itself, or its roles may."""

from collections.abc import Iterator, Mapping
from typing import Any

from review.facts import Kind
from review.finding import Severity
from review.pairing import Change, Comparison
from review.rule import Rule, Said

_MODES = ("off", "suggest", "approve", "auto")


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.REMEDIATION):
        if change.after is not None:
            yield from _settings(change)
    for change in comparison.of(Kind.PERMISSION):
        if change.after is not None:
            yield from _permissions(change)


def _settings(change: Change) -> Iterator[Said]:
    before, after = str(change.was("mode") or "off"), str(change.now("mode") or "off")
    if _rank(after) > _rank(before):
        yield Said(
            severity=Severity.STOP if after == "auto" else Severity.LOOK,
            fact=change.fact,
            before=before,
            after=after,
            consequence=f"The remediation {change.fact.key} goes from {before} to {after}.",
        )
    if change.before is None:
        return
    old, new = dict(_numbers(change.before.value)), dict(_numbers(change.fact.value))
    raised = [name for name in sorted(old) if name in new and _is_wider(name, old[name], new[name])]
    raised += [name for name in sorted(set(old) - set(new))]
    if raised:
        yield Said(
            severity=Severity.STOP if after == "auto" else Severity.LOOK,
            fact=change.fact,
            before=", ".join(f"{name} {old[name]:g}" for name in raised),
            after=", ".join(f"{name} {new[name]:g}" if name in new else f"{name} without limit" for name in raised),
            consequence=f"The remediation {change.fact.key} may do more than before: {', '.join(raised)}.",
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
    gained = sorted(set(change.now("allow")) - set(change.was("allow") or ()))
    freed = sorted(set(change.was("deny") or ()) - set(change.now("deny")))
    if gained or freed:
        wild = freed or any(one.startswith("*") or ":* on" in one for one in gained)
        yield Said(
            severity=Severity.STOP if wild else Severity.LOOK,
            fact=change.fact,
            before="; ".join(freed) and f"denied: {'; '.join(freed)}",
            after="; ".join(gained) or "no longer denied",
            consequence=f"{change.fact.key} may change mail in ways that it could not before.",
        )


RULE = Rule(
    id="remediation-widened",
    reason="What acts by itself must have limits that somebody agreed to.",
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    remedy="Replay recent findings under the new settings first, and name exact actions and resources.",
    change=_judge,
)
