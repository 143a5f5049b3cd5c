"""`events-removed`: bounces, complaints and other events are no longer told."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Facts, Kind
from staygreen.core.mail_facts.pairing import Change, Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said

_NEEDED = frozenset({"BOUNCE", "COMPLAINT"})


def _judge(comparison: Comparison) -> Iterator[Said]:
    after = _told(comparison.head)
    for name, before in _told(comparison.base).items():
        gone = before - after.get(name, frozenset())
        if gone and _is_there(name, comparison):
            remaker = _remaker(comparison)
            unless = f", unless {remaker} makes that anew, which is not known before deployment" if remaker else ""
            yield Said(
                severity=Severity.STOP if gone & _NEEDED and not remaker else Severity.LOOK,
                fact=_destination(name, comparison),
                before=", ".join(sorted(before)),
                after=", ".join(sorted(before - gone)) or "(none)",
                consequence=f"Nobody hears of {_words(gone)} of the configuration set {name} any more{unless}.",
            )
    yield from _sets(comparison)


def _remaker(comparison: Comparison) -> str:
    """A new custom resource about SES, whose function may set up what the template no longer says."""
    return next((change.fact.key for change in comparison.of(Kind.CUSTOM) if change.before is None), "")


def _told(side: Facts) -> dict[str, frozenset[str]]:
    """The events that any destination of a configuration set gets, by set."""
    found: dict[str, frozenset[str]] = {}
    for fact in side.of(Kind.EVENTS):
        name = fact.key.rpartition("/")[0]
        enabled = str(fact.value.get("Enabled", True)).lower() != "false"
        found[name] = found.get(name, frozenset()) | (frozenset(fact.value["types"]) if enabled else frozenset())
    return found


def _is_there(name: str, comparison: Comparison) -> bool:
    """Whether the set itself is left, or was never made here: when it goes, that is told instead."""
    called = {name, name.strip("⟨⟩")}  # one without a name goes by its logical id
    was, is_ = ({fact.key for fact in side.of(Kind.CONFIGURATION_SET)} for side in (comparison.base, comparison.head))
    return bool(called & is_) or not called & was


def _destination(name: str, comparison: Comparison) -> Fact:
    """The destination that is to be looked at: the new one where there is one."""
    sides = (comparison.head, comparison.base)
    return next(fact for side in sides for fact in side.of(Kind.EVENTS) if fact.key.rpartition("/")[0] == name)


def _words(types: frozenset[str]) -> str:
    words = sorted({"BOUNCE": "bounces", "COMPLAINT": "complaints"}.get(each, f"{each} events") for each in types)
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _sets(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.IDENTITY):
        if change.after is not None and change.was("configuration_set") and not change.now("configuration_set"):
            yield Said(
                severity=Severity.STOP,
                fact=change.after,
                before=str(change.was("configuration_set")),
                after="(none)",
                consequence=f"Nobody hears of bounces and complaints of mail of {change.fact.key} that names no "
                "configuration set.",
            )
    for change in comparison.of(Kind.CONFIGURATION_SET):
        gone = change.before is not None and change.after is None and not comparison.stays(change.before)
        if gone or (change.after is not None and _metrics(change, True) and not _metrics(change, False)):
            yield Said(
                severity=Severity.STOP if gone else Severity.LOOK,
                fact=change.fact,
                before="reputation metrics on",
                after="(deleted)" if gone else "reputation metrics off",
                consequence=f"SES refuses mail that names the configuration set {change.fact.key}, and mail of "
                "identities whose default it is: the set is deleted."
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
