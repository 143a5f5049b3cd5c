"""`events-removed`: bounces, complaints and other events are no longer told."""

from collections.abc import Iterator

from review.facts import Kind
from review.finding import Severity
from review.pairing import Change, Comparison
from review.rule import Rule, Said

_NEEDED = frozenset({"BOUNCE", "COMPLAINT"})


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.EVENTS):
        if change.before is None:
            continue
        before = _told(change.before.value)
        gone = before - (_told(change.after.value) if change.after else frozenset())
        if gone:
            yield Said(
                severity=Severity.STOP if gone & _NEEDED else Severity.LOOK,
                fact=change.fact,
                before=", ".join(sorted(before)),
                after=", ".join(sorted(before - gone)) or "(none)",
                consequence=f"Nobody hears of {', '.join(sorted(gone)).lower()} events of "
                f"{change.fact.key.split('/')[0]} any more.",
            )
    yield from _sets(comparison)


def _told(value: object) -> frozenset[str]:
    assert isinstance(value, dict)  # noqa: S101 - made by the reader of event destinations
    enabled = str(value.get("Enabled", True)).lower() != "false"
    return frozenset(value["types"]) if enabled else frozenset()


def _sets(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.IDENTITY):
        if change.after is not None and change.was("configuration_set") and not change.now("configuration_set"):
            yield Said(
                severity=Severity.STOP,
                fact=change.after,
                before=str(change.was("configuration_set")),
                after="(none)",
                consequence=f"Mail of {change.fact.key} that names no configuration set emits no events any more.",
            )
    for change in comparison.of(Kind.CONFIGURATION_SET):
        if change.before is not None and (
            change.after is None or (_metrics(change, True) and not _metrics(change, False))
        ):
            gone = change.after is None
            yield Said(
                severity=Severity.STOP if gone else Severity.LOOK,
                fact=change.fact,
                before="reputation metrics on",
                after="(deleted)" if gone else "reputation metrics off",
                consequence=f"Mail that names the configuration set {change.fact.key} is refused."
                if gone
                else f"Bounce and complaint rates of {change.fact.key} are no longer measured.",
            )


def _metrics(change: Change, old: bool) -> bool:
    options = (change.was if old else change.now)("ReputationOptions")
    return isinstance(options, dict) and str(options.get("ReputationMetricsEnabled")).lower() == "true"


RULE = Rule(
    id="events-removed",
    reason="Bounces and complaints that nobody sees raise the rates until SES pauses the account.",
    reference="https://docs.aws.amazon.com/ses/latest/dg/monitor-using-event-publishing.html",
    remedy="Keep BOUNCE and COMPLAINT events on every configuration set.",
    change=_judge,
)
