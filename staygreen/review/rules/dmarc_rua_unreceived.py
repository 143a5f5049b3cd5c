"""`dmarc-rua-unreceived`: aggregate reports go to an address that SES takes mail for, and no rule takes it."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Facts, Kind
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said
from staygreen.review.texts import dmarc_record as record


def _judge(facts: Facts) -> Iterator[Said]:
    inbound = {fact.name for fact in facts.records("MX") if any("inbound-smtp." in value for value in fact.values)}
    for fact in facts.records("TXT"):
        found = record(fact) if fact.name.startswith("_dmarc.") else None
        for uri in found.aggregate_reports if found else ():
            address = uri.removeprefix("mailto:").split("!", 1)[0].lower()
            if address.rpartition("@")[2] in inbound and not _is_taken(address, facts):
                yield Said(
                    severity=Severity.LOOK,
                    fact=fact,
                    after=uri,
                    consequence=f"Aggregate reports to {address} are refused: no receipt rule takes that address.",
                )


def _is_taken(address: str, facts: Facts) -> bool:
    domain = address.rpartition("@")[2]
    for fact in facts.of(Kind.RECEIPT_RULE):
        recipients = fact.value.get("Recipients") or []
        enabled = str(fact.value.get("Enabled", False)).lower() == "true"
        takes = not recipients or any(
            str(one).lower() in (address, domain) or (str(one).startswith(".") and domain.endswith(str(one).lower()))
            for one in recipients
        )
        if enabled and takes:
            return True
    return False


RULE = Rule(
    id="dmarc-rua-unreceived",
    reason="Without reports nobody sees who fails DMARC.",
    reference="https://www.rfc-editor.org/rfc/rfc9990#section-3",
    remedy="Add the address to an enabled receipt rule, or report to a mailbox that exists.",
    state=_judge,
)
