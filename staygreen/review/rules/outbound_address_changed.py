"""`outbound-address-changed`: mail that leaves through a NAT gateway leaves from another address."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Facts, Kind
from staygreen.core.mail_facts.pairing import Change, Comparison
from staygreen.core.mail_facts.reading.properties import items
from staygreen.core.mail_facts.resolve import text
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.replacement import Replacement, judge
from staygreen.review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.NAT):
        before, after = change.before, change.after
        if before is None or after is None:
            continue
        old, new = _addresses(change, old=True), _addresses(change, old=False)
        if old != new:
            unnamed = [one for one in new if not _is_named(one, comparison.head)]
            spf = f" No SPF record here names {', '.join(unnamed)}." if unnamed else ""
            yield Said(
                severity=Severity.LOOK,
                fact=after,
                before=", ".join(old) or "(none)",
                after=", ".join(new) or "(none)",
                consequence=f"Mail through the {after.subject} leaves from {', '.join(new) or 'no address'} instead of "
                f"{', '.join(old) or 'none'}.{spf}",
            )
        elif judge(after.resource.type, before.value, after.value) is Replacement.YES:
            yield Said(
                severity=Severity.LOOK,
                fact=after,
                after="a new gateway",
                consequence=f"The {after.subject} is made anew: while its address is taken, the deployment fails, and "
                "meanwhile mail has no way out.",
            )


def _addresses(change: Change, *, old: bool) -> list[str]:
    side = change.before if old else change.after
    value = side.value if side else {}
    found = items(value.get("AllocationId")) + items(value.get("SecondaryAllocationIds"))
    return [text(one).replace(".AllocationId⟩", "⟩") for one in found]


def _is_named(address: str, side: Facts) -> bool:
    """Whether a record that lets hosts send names the address; of an allocation id only the template's own is known."""
    return any(address in value for fact in side.records("TXT") for value in fact.values)


RULE = Rule(
    id="outbound-address-changed",
    reason="Receivers judge the address that mail comes from: its reputation, its reverse name, its place in SPF.",
    reference="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html",
    remedy="Let SPF and the reverse name name the new address first, and warm it up.",
    change=_judge,
)
