"""`sdk-call`: a custom resource calls AWS to switch something of mail off, or undoes what it set up."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from staygreen.core.mail_facts.facts import Facts, Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.reading.properties import part
from staygreen.core.mail_facts.resolve import text
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said

Ends = Callable[[Mapping[str, Any]], str]
"""What a call ends, from its parameters; empty where it ends nothing."""


def _off(name: str, what: str) -> Ends:
    def ends(parameters: Mapping[str, Any]) -> str:
        found = parameters.get(name)
        return f"{what}{_whose(parameters)}" if text(found).lower() == "false" else ""

    return ends


def _always(what: str) -> Ends:
    return lambda parameters: f"{what}{_whose(parameters)}"


def _whose(parameters: Mapping[str, Any]) -> str:
    found = next((text(parameters[name]) for name in _NAMES if parameters.get(name)), "")
    return f" ({found})" if found else ""


_NAMES = (
    "EmailIdentity",
    "Identity",
    "ConfigurationSetName",
    "RuleName",
    "RuleSetName",
    "PoolName",
    "AllocationId",
    "PublicIp",
)
"""Parameters that say what a call is about."""
_ENDS: Mapping[str, Ends] = {
    "deleteIdentity": _always("deletes an identity: SES refuses its mail"),
    "deleteEmailIdentity": _always("deletes an identity: SES refuses its mail"),
    "deleteReceiptRule": _always("deletes a receipt rule: mail that only it took is refused"),
    "deleteReceiptRuleSet": _always("deletes a receipt rule set"),
    "deleteConfigurationSet": _always("deletes a configuration set: SES refuses mail that names it"),
    "deleteConfigurationSetEventDestination": _always(
        "deletes an event destination: bounces and complaints go unheard"
    ),
    "deleteDedicatedIpPool": _always("deletes a dedicated IP pool"),
    "updateAccountSendingEnabled": _off("Enabled", "stops all sending of the account in the region"),
    "putAccountSendingAttributes": _off("SendingEnabled", "stops all sending of the account in the region"),
    "updateConfigurationSetSendingEnabled": _off("Enabled", "stops mail that names a configuration set"),
    "putConfigurationSetSendingOptions": _off("SendingEnabled", "stops mail that names a configuration set"),
    "setIdentityDkimEnabled": _off("DkimEnabled", "switches DKIM signing off"),
    "putEmailIdentityDkimAttributes": _off("SigningEnabled", "switches DKIM signing off"),
    "setActiveReceiptRuleSet": lambda parameters: (
        ""
        if parameters.get("RuleSetName")
        else "leaves no receipt rule set active: SES refuses all inbound mail of the region"
    ),
    "releaseAddress": _always("releases an address for ever, and its reputation with it"),
    "disassociateAddress": _always("takes an address off its machine"),
    "resetAddressAttribute": _always("takes the reverse DNS name off an address"),
    "deleteHostedZone": _always("deletes a hosted zone with its mail records"),
    "disableHostedZoneDNSSEC": _always("stops signing a zone while its parent may say that it is signed"),
    "deleteAccessKey": _always("deletes an access key: the SMTP password made from it ends"),
}


def _state(facts: Facts) -> Iterator[Said]:
    """Calls that end something when the resource is made or changed."""
    for fact in facts.of(Kind.CALL):
        ended = _ended(fact.value["action"], part(fact.value, "parameters"))
        if ended and fact.value.get("undo", {}).get("action") != fact.value["action"]:
            yield Said(
                severity=Severity.STOP,
                fact=fact,
                after=text(fact.value["parameters"]),
                consequence=f"The custom resource {fact.resource.logical_id} {ended}.",
            )
    for fact in facts.of(Kind.ACTIVE_RULES):
        if not fact.value["set"]:
            yield Said(
                severity=Severity.STOP,
                fact=fact,
                after="(no active rule set)",
                consequence=f"The custom resource {fact.resource.logical_id} {_ended('setActiveReceiptRuleSet', {})}.",
            )


def _change(comparison: Comparison) -> Iterator[Said]:
    """Calls that run because the resource goes."""
    for change in comparison.of(Kind.CALL):
        before = change.before
        undo = part(before.value, "undo") if before is not None and change.after is None else {}
        if before is not None and undo:
            ended = _ended(text(undo.get("action")), part(undo, "parameters"))
            yield Said(
                severity=Severity.STOP if ended else Severity.LOOK,
                fact=before,
                before=f"{before.value['action']} {text(before.value['parameters'])}",
                after=f"{text(undo.get('action'))} {text(undo.get('parameters', ''))}",
                consequence=f"The custom resource {before.resource.logical_id} goes, and on its way "
                f"{ended or 'calls ' + text(undo.get('action'))}.",
            )


def _ended(action: str, parameters: Mapping[str, Any]) -> str:
    ends = _ENDS.get(action)
    return ends(parameters) if ends else ""


RULE = Rule(
    id="sdk-call",
    reason="What a custom resource does by the API shows in no other resource of the template.",
    reference="https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources-readme.html",
    remedy="Read the calls for Create, Update and Delete, and make sure that each is meant.",
    state=_state,
    change=_change,
)
