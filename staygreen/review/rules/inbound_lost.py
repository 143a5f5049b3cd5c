"""`inbound-lost`: SES no longer takes mail that it took so far."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from staygreen.core.mail_facts.facts import Fact, Facts, Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.reading.properties import items, part
from staygreen.core.mail_facts.resolve import is_open, text
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said

_FILTER, _TRAFFIC = "AWS::SES::ReceiptFilter", "AWS::SES::MailManagerTrafficPolicy"
_RULES, _INGRESS = "AWS::SES::MailManagerRuleSet", "AWS::SES::MailManagerIngressPoint"
_MOST_OF_THE_INTERNET = 4
"""Prefix length: a sixteenth of all addresses."""


def _change(comparison: Comparison) -> Iterator[Said]:
    left = [fact for fact in comparison.head.of(Kind.RECEIPT_RULE) if _is_in_force(fact, comparison.head)]
    for change in comparison.of(Kind.RECEIPT_RULE):
        before, after = change.before, change.after
        if before is None or not _is_in_force(before, comparison.base) or (after is not None and after in left):
            continue
        if after is None and comparison.stays(before):
            continue
        lost = _lost(before, left)
        if lost and not any(is_open(fact.value) for fact in left):
            yield Said(
                severity=Severity.STOP,
                fact=change.fact,
                before=", ".join(_recipients(before)) or "all recipients",
                after="(no rule)",
                consequence=f"SES refuses mail to {', '.join(lost)}: the only receipt rule that takes it is "
                f"{'deleted' if after is None else 'no longer in force'}.",
            )
    yield from _active(comparison)


def _active(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.ACTIVE_RULES):
        gone = change.before is not None and change.after is None and not comparison.stays(change.before)
        if gone or (change.before is not None and change.after is not None and not change.now("set")):
            yield Said(
                severity=Severity.STOP,
                fact=change.fact,
                before=text(change.was("set")),
                after="(no active rule set)",
                consequence="SES refuses all inbound mail of the region: no receipt rule set is active any more.",
            )


def _is_in_force(rule: Fact, side: Facts) -> bool:
    """Whether a rule counts: enabled, and in the active set as far as that is known."""
    active = {text(fact.value["set"]) for fact in side.of(Kind.ACTIVE_RULES)} - {""}
    set_name = rule.key.rpartition("/")[0]
    return text(rule.value.get("Enabled")).lower() == "true" and (not active or set_name in active)


def _recipients(rule: Fact) -> list[str]:
    return [text(one).lower() for one in items(rule.value.get("Recipients"))]


def _lost(rule: Fact, left: list[Fact]) -> list[str]:
    """The recipients of a rule that no other rule takes."""
    others = [_recipients(other) for other in left]
    if [] in others:
        return []
    taken = {one for recipients in others for one in recipients}
    mine = _recipients(rule)
    if not mine:
        return ["everybody whom no other rule names"] if taken else ["all recipients"]
    return [one for one in mine if not _is_taken(one, taken)]


def _is_taken(recipient: str, taken: set[str]) -> bool:
    domain = recipient.rpartition("@")[2]
    parents = {f".{'.'.join(domain.split('.')[at:])}" for at in range(1, domain.count(".") + 1)}
    return recipient in taken or domain in taken or bool(parents & taken)


def _state(facts: Facts) -> Iterator[Said]:
    for fact in facts.of(Kind.RESOURCE):
        told = _SHUTS_OUT[fact.resource.type](fact.value) if fact.resource.type in _SHUTS_OUT else ""
        if told:
            yield Said(severity=Severity.STOP, fact=fact, after=told, consequence=f"The {fact.subject} {told}.")


def _filter(value: Mapping[str, Any]) -> str:
    given = part(part(value, "Filter"), "IpFilter")
    try:
        network = ip_network(text(given.get("Cidr")), strict=False)
    except ValueError:
        return ""
    wide = network.prefixlen <= _MOST_OF_THE_INTERNET and text(given.get("Policy")).upper() == "BLOCK"
    return f"refuses inbound mail from {network}" if wide else ""


def _traffic(value: Mapping[str, Any]) -> str:
    statements = [part({"it": one}, "it") for one in items(value.get("PolicyStatements"))]
    allows = [one for one in statements if text(one.get("Action")) != "DENY"]
    refuses = text(value.get("DefaultAction")) == "DENY" and not allows
    return "refuses all inbound mail: it denies by default, and no statement allows any" if refuses else ""


def _rules(value: Mapping[str, Any]) -> str:
    for raw in items(value.get("Rules")):
        rule = part({"it": raw}, "it")
        actions = [part({"it": one}, "it") for one in items(rule.get("Actions"))]
        always = not rule.get("Conditions") and not rule.get("Unless")
        if always and actions and "Drop" in actions[0]:
            return f"drops every message that reaches its rule {text(rule.get('Name')) or '(unnamed)'}"
        if always and any({"Relay", "WriteToS3", "DeliverToMailbox", "Archive", "Send"} & {*one} for one in actions):
            return ""
    return ""


def _ingress(value: Mapping[str, Any]) -> str:
    return "takes no mail: it is closed" if text(value.get("StatusToUpdate")) == "CLOSED" else ""


_SHUTS_OUT = {_FILTER: _filter, _TRAFFIC: _traffic, _RULES: _rules, _INGRESS: _ingress}

RULE = Rule(
    id="inbound-lost",
    reason="Mail that SES refuses bounces, and what it drops is gone: nobody has a copy.",
    reference="https://docs.aws.amazon.com/ses/latest/dg/receiving-email-concepts.html",
    remedy="Let another rule take the recipients first, or point their MX elsewhere before this is deployed.",
    state=_state,
    change=_change,
)
