"""`mail-host-lost`: a host that mail goes to has no address any more."""

from collections.abc import Iterator

from staygreen.review.facts import Facts
from staygreen.review.finding import Severity
from staygreen.review.pairing import Comparison
from staygreen.review.rule import Rule, Said

_ADDRESSES = ("A", "AAAA", "CNAME")


def _judge(comparison: Comparison) -> Iterator[Said]:
    named = _exchangers(comparison.head)
    for rtype in _ADDRESSES:
        for change in comparison.records(rtype):
            before = change.before
            if before is None or change.after is not None or before.name not in named or comparison.stays(before):
                continue
            if any(comparison.head.records(other, before.name) for other in _ADDRESSES):
                continue
            yield Said(
                severity=Severity.STOP,
                fact=before,
                before=", ".join(before.values) or str(before.value.get("alias", "")),
                after="(absent)",
                consequence=f"Mail to {', '.join(named[before.name])} has nowhere to go: {before.name}, which its MX "
                "record names, has no address any more.",
            )


def _exchangers(side: Facts) -> dict[str, list[str]]:
    """The domains of every host that an MX record names."""
    found: dict[str, list[str]] = {}
    for fact in side.records("MX"):
        for value in fact.values:
            found.setdefault(value.partition(" ")[2], []).append(fact.name)
    return found


RULE = Rule(
    id="mail-host-lost",
    reason="An MX record leads to a name, and mail to the addresses of that name.",
    reference="https://www.rfc-editor.org/rfc/rfc5321#section-5.1",
    remedy="Change the MX record first, and remove the host once its TTL is over.",
    change=_judge,
)
