"""`dnssec-broken`: a zone is no longer signed, or with another key, while its parent may say that it is."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Facts, Kind
from staygreen.core.mail_facts.pairing import Change, Comparison
from staygreen.core.mail_facts.reading.records import canonical_name
from staygreen.core.mail_facts.resolve import text
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said

_SIGNING, _KEY = "AWS::Route53::DNSSEC", "AWS::Route53::KeySigningKey"


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.RESOURCE):
        told = _ends(change) if change.fact.resource.type in (_SIGNING, _KEY) else ""
        if not told:
            continue
        zone = _zone(change.fact, comparison)
        vouched = [fact for fact in comparison.head.records("DS") if fact.name == zone]
        yield Said(
            severity=Severity.STOP if vouched else Severity.LOOK,
            fact=change.fact,
            before="signed",
            after=told,
            consequence=f"Resolvers that validate find nothing of {zone} any more, mail records included: {told}, and "
            "the parent zone still has a DS record."
            if vouched
            else f"{told[:1].upper()}{told[1:]} ({zone}). While the parent zone has a DS record for it, resolvers that "
            "validate find nothing there any more, mail records included.",
        )


def _ends(change: Change) -> str:
    if change.before is None:
        return ""
    signing = change.fact.resource.type == _SIGNING
    if change.after is None:
        return "DNSSEC signing ends" if signing else "a key-signing key is deleted"
    if not signing and (change.now("Status") == "INACTIVE" or change.moved or _is_another(change)):
        return "the zone is signed with another key, or with none"
    return ""


def _is_another(change: Change) -> bool:
    return any(change.differs(name) for name in ("KeyManagementServiceArn", "Name", "HostedZoneId"))


def _zone(fact: Fact, comparison: Comparison) -> str:
    """The zone's name where it is in the templates, else what it is referred to by."""
    wanted = text(fact.value.get("HostedZoneId"))
    sides: tuple[Facts, ...] = (comparison.head, comparison.base)
    for zone in (zone for side in sides for zone in side.of(Kind.ZONE)):
        if wanted.strip("⟨⟩").partition(".")[0] == zone.resource.logical_id:
            return zone.key
    return canonical_name(wanted) or fact.subject


RULE = Rule(
    id="dnssec-broken",
    reason="A DS record in the parent says which key signs the zone; answers that it does not sign count as forged.",
    reference="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-configuring-dnssec-disable.html",
    remedy="Take the DS record out of the parent zone first, and wait for its TTL and the zone's longest.",
    change=_judge,
)
