"""`ptr-unconfirmed`: a reverse DNS name that does not lead back to its address."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Facts, Kind
from staygreen.core.mail_facts.pairing import Change, Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said


def _state(facts: Facts) -> Iterator[Said]:
    elsewhere = {str(fact.value["allocation"]) for fact in facts.of(Kind.PTR)}
    for fact in facts.of(Kind.PTR):
        allocation = str(fact.value["allocation"]).strip("⟨⟩")
        owner = allocation.rsplit(".", 1)[0]
        for record in facts.records("A", fact.key):
            others = {one.strip("⟨⟩").rsplit(".", 1)[0] for one in elsewhere if one != fact.value["allocation"]}
            targets = {value.strip("⟨⟩").rsplit(".", 1)[0] for value in record.values}
            if targets & others and owner not in targets:
                yield Said(
                    severity=Severity.STOP,
                    fact=fact,
                    after=", ".join(record.values),
                    consequence=f"AWS refuses the reverse DNS name {fact.key}: its A record leads to another address.",
                )


def _change(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.RECORD):
        record = change.before
        if record is None or record.rtype not in ("A", "AAAA"):
            continue
        if change.after is not None:
            yield from _turned(change, comparison)
            continue
        for fact in comparison.head.of(Kind.PTR):
            if fact.key == record.name and not comparison.stays(record):
                yield Said(
                    severity=Severity.STOP,
                    fact=fact,
                    before=", ".join(record.values),
                    after="(absent)",
                    consequence=f"The reverse DNS name {fact.key} is no longer forward-confirmed: its A record goes.",
                )
    for change in comparison.of(Kind.PTR):
        fact = change.fact
        if change.after is None:
            kept = comparison.stays(fact)
            yield Said(
                severity=Severity.LOOK if kept else Severity.STOP,
                fact=fact,
                before=fact.key,
                after="(kept, unmanaged)" if kept else "(absent)",
                consequence=f"Nothing looks after the reverse DNS name {fact.key} any more.",
            )
        elif not comparison.head.records("A", fact.key):
            yield Said(
                severity=Severity.LOOK,
                fact=fact,
                before=change.before.key if change.before else "",
                after=fact.key,
                consequence=f"No A record for {fact.key} is in these templates, so whether the name is "
                "forward-confirmed cannot be seen here.",
            )


def _turned(change: Change, comparison: Comparison) -> Iterator[Said]:
    """The A record of a reverse DNS name leads elsewhere, while the name stays on its address."""
    lost = [value for value in change.was("values") if value not in change.now("values")]
    for fact in comparison.head.of(Kind.PTR):
        owner = _owner(str(fact.value["allocation"]))
        if fact.key == change.fact.name and owner and owner in {_owner(value) for value in lost}:
            yield Said(
                severity=Severity.STOP,
                fact=change.fact,
                before=", ".join(change.was("values")),
                after=", ".join(change.now("values")),
                consequence=f"The reverse DNS name {fact.key} is no longer forward-confirmed: its A record leads to "
                f"{', '.join(change.now('values'))}.",
            )


def _owner(value: str) -> str:
    """The logical name behind a marker: of ``⟨Ip.AllocationId⟩`` and of ``⟨Ip⟩`` it is ``Ip``."""
    return value.strip("⟨⟩").rsplit(".", 1)[0] if value.startswith("⟨") else ""


RULE = Rule(
    id="ptr-unconfirmed",
    reason="Large receivers refuse mail from addresses whose name does not lead back to them.",
    reference="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Elastic_Addressing_Reverse_DNS.html",
    remedy="Create the A record first, pointing at the same address.",
    state=_state,
    change=_change,
)
