"""`mail-host-lost`: a host that mail goes to has no address any more."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Facts
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said

_ADDRESSES = ("A", "AAAA", "CNAME")
_MOST_ALIASES = 8


def _judge(comparison: Comparison) -> Iterator[Said]:
    exchangers = _exchangers(comparison.head)
    ways = {host: _way(comparison.base, host) for host in exchangers if not _has_address(comparison, host, 0)}
    for rtype in _ADDRESSES:
        for change in comparison.records(rtype):
            before = change.before
            if before is None or change.after is not None or comparison.stays(before):
                continue
            hosts = [host for host, way in ways.items() if before.name in way]
            if not hosts or any(comparison.head.records(other, before.name) for other in _ADDRESSES):
                continue
            domains = dict.fromkeys(domain for host in hosts for domain in exchangers[host])
            named = "names" if before.name in hosts else "leads to"
            yield Said(
                severity=Severity.STOP,
                fact=before,
                before=", ".join(before.values) or str(before.value.get("alias", "")),
                after="(absent)",
                consequence=f"Mail to {', '.join(domains)} has nowhere to go: {before.name}, which its MX record "
                f"{named}, has no address any more.",
            )


def _exchangers(side: Facts) -> dict[str, list[str]]:
    """The domains of every host that an MX record names."""
    found: dict[str, list[str]] = {}
    for fact in side.records("MX"):
        for value in fact.values:
            found.setdefault(value.partition(" ")[2], []).append(fact.name)
    return found


def _targets(fact: Fact) -> list[str]:
    """The names that an address record is an alias of."""
    alias = str(fact.value.get("alias", ""))
    return [*(fact.values if fact.rtype == "CNAME" else ()), *([alias] if alias else [])]


def _at(side: Facts, name: str) -> list[Fact]:
    return [fact for rtype in _ADDRESSES for fact in side.records(rtype, name)]


def _way(side: Facts, host: str) -> set[str]:
    """A host's name, and those that it was an alias of."""
    found, left = {host}, [host]
    for _ in range(_MOST_ALIASES):
        left = [target for name in left for fact in _at(side, name) for target in _targets(fact) if target not in found]
        found.update(left)
    return found


def _has_address(comparison: Comparison, name: str, depth: int) -> bool:
    """Whether a name still leads to an address; of one that these templates never had, nothing speaks against it."""
    records = _at(comparison.head, name)
    if not records or depth > _MOST_ALIASES:
        return not _at(comparison.base, name)
    targets = [target for fact in records for target in _targets(fact)]
    has_own = any(not _targets(fact) for fact in records)
    return has_own or any(_has_address(comparison, target, depth + 1) for target in targets)


RULE = Rule(
    id="mail-host-lost",
    reason="An MX record leads to a name, and mail to the addresses of that name.",
    reference="https://www.rfc-editor.org/rfc/rfc5321#section-5.1",
    remedy="Change the MX record first, and remove the host once its TTL is over.",
    change=_judge,
)
