"""`dkim-gap`: DKIM is absent at some moment of the deployment, or after it."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.pairing import Change, Comparison
from staygreen.core.mail_facts.resolve import is_known
from staygreen.core.mail_facts.severity import Severity
from staygreen.core.records import dkim, spf
from staygreen.core.records.fault import Fault
from staygreen.review.rule import Rule, Said
from staygreen.review.texts import spf_records


def is_dkim(fact: Fact) -> bool:
    """Whether a record publishes a DKIM key."""
    return "._domainkey." in f"{fact.name}." or "DkimDNSTokenName" in fact.name


def signer(fact: Fact) -> str:
    """The domain that a DKIM record belongs to, as far as its name tells."""
    if "._domainkey." in fact.name:
        return fact.name.split("._domainkey.", 1)[1]
    return fact.name.strip("⟨⟩").rsplit(".DkimDNSTokenName", 1)[0]


def called(fact: Fact) -> str:
    """What a person calls the record: Easy DKIM's names are chosen by SES and say nothing."""
    if "._domainkey." in fact.name:
        return f"DKIM record {fact.name}"
    return f"Easy DKIM record {fact.name.strip('⟨⟩')[-1:]} of {signer(fact)}"


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.RECORD):
        if change.before is not None and is_dkim(change.before):
            yield from _record(change, comparison)
    for change in comparison.of(Kind.IDENTITY):
        if change.was("signing") == "true" and change.now("signing") == "false":
            yield Said(
                severity=Severity.STOP,
                fact=change.fact,
                before="signing on",
                after="signing off",
                consequence=f"Mail from {change.fact.key} is no longer signed with DKIM once this is deployed.",
                remedy="Leave signing on; to change keys, publish a second selector first.",
            )


def _record(change: Change, comparison: Comparison) -> Iterator[Said]:
    before = change.before
    assert before is not None  # noqa: S101 - checked by the caller
    if change.after is None:
        yield from _gone(before, comparison)
    elif change.moved and before.resource.stack != change.after.resource.stack and not comparison.stays(before):
        yield Said(
            severity=Severity.STOP,
            fact=change.after,
            before=f"in {before.resource.stack}",
            after=f"in {change.after.resource.stack}",
            consequence=f"Receivers cannot verify mail of {signer(before)} from the moment that "
            f"{before.resource.stack} deletes the {called(before)} until {change.after.resource.stack} has created it.",
            remedy="Give the record DeletionPolicy Retain (RemovalPolicy.RETAIN in the CDK) in a deployment of its "
            "own, then move it.",
        )
    elif change.changes_zone:
        yield Said(
            severity=Severity.STOP,
            fact=change.after,
            before=f"in the zone {change.was('zone')}",
            after=f"in the zone {change.now('zone')}",
            consequence=f"The {called(before)} leaves the hosted zone {change.was('zone')}: receivers that are led "
            f"there cannot verify mail of {signer(before)}.",
            remedy="Create the record in the new zone beside the old one, and remove the old one once the delegation "
            "has changed and its TTL is over.",
        )
    elif change.after.rtype == "TXT" and any(_revoked(value) for value in set(change.after.values) - {*before.values}):
        yield Said(
            severity=Severity.STOP,
            fact=change.after,
            before=", ".join(before.values),
            after=", ".join(change.after.values),
            consequence=f"The DKIM key {change.after.name} is revoked: signatures made with it fail everywhere.",
        )


def _gone(before: Fact, comparison: Comparison) -> Iterator[Said]:
    domain = signer(before)
    if _is_rotated_out(before, domain, comparison):
        return
    kept = comparison.stays(before)
    include = "" if kept else _include_that_goes_too(before, domain, comparison)
    outcome = "is deleted: receivers can no longer verify mail that was signed with its key"
    if kept:
        outcome = "stays in the zone, but no stack looks after it any more"
    elif include:
        outcome = (
            f"is deleted together with {include} in SPF: receivers can no longer verify what this provider still sends"
        )
    yield Said(
        severity=Severity.LOOK if kept or include else Severity.STOP,
        fact=before,
        before=", ".join(before.values),
        after="(kept, unmanaged)" if kept else "(absent)",
        consequence=f"The {called(before)} {outcome}.",
        remedy="Make sure in the aggregate reports that the provider no longer sends." if include else "",
    )


def _include_that_goes_too(before: Fact, domain: str, comparison: Comparison) -> str:
    """The include of the provider behind a DKIM record that leaves the domain's SPF record in the same change.

    Then the provider retires, and whether it still sends is a question, as it is for the include alone.
    """
    if before.rtype != "CNAME" or len(before.values) != 1:
        return ""
    left = {str(term).lower() for fact in comparison.head.records("TXT", domain) for term in _includes(fact)}
    for fact in comparison.base.records("TXT", domain):
        for term in _includes(fact):
            _, _, provider = term.value.lower().partition(".")
            is_a_registry = len(provider.partition(".")[0]) <= _LONGEST_REGISTRY_LABEL
            if str(term).lower() not in left and not is_a_registry and before.values[0].endswith(f".{provider}"):
                return str(term)
    return ""


_LONGEST_REGISTRY_LABEL = 3
"""`co.uk`, `com.br` and `net` are no providers; a provider with so short a name keeps its stop."""


def _includes(fact: Fact) -> list[spf.Directive]:
    return [
        term
        for record in spf_records(fact.values)
        for term in record.terms
        if isinstance(term, spf.Directive) and term.mechanism == "include" and is_known(term.value)
    ]


def _revoked(value: str) -> bool:
    key = dkim.parse(value)
    return not isinstance(key, Fault) and key.is_revoked


def _is_rotated_out(before: Fact, domain: str, comparison: Comparison) -> bool:
    """Whether the domain signed with another published selector before and after: the last step of a rotation."""
    selector = before.name.split("._domainkey.", 1)[0]
    sides = [
        [fact for fact in side.of(Kind.IDENTITY) if fact.key == domain] for side in (comparison.base, comparison.head)
    ]
    if not all(sides):
        return False
    used = [str(found[0].value["selector"]) for found in sides]
    return all(used) and selector not in used and len(set(used)) == 1


RULE = Rule(
    id="dkim-gap",
    reason="Without a verifiable signature DMARC rests on SPF alone, and Outlook.com refuses bulk mail (550 5.7.515).",
    reference="https://www.rfc-editor.org/rfc/rfc6376#section-3.6.2",
    remedy="Keep the record in place: publish the new key first, switch signing, and remove the old key a week later.",
    change=_judge,
)
