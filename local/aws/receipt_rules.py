"""AWS::SES::ReceiptRuleSet and AWS::SES::ReceiptRule, UpdateReceiptRule, and mail that comes in through the active set.

An active rule set can't be deleted; `After` must exist; rules run in order until a StopAction. POST
/v2/email/_local/inbound {"From", "To", "Raw"} is a mail that arrives (local only): S3, SNS and Lambda actions run.
`From` is the envelope's; the notification's headers are read from `Raw`. `Verdicts` says what differs from PASS, such
as {"dmarc": "FAIL"}. With an S3 action SES writes AMAZON_SES_SETUP_NOTIFICATION when the rule is made, or refuses the
rule: PUT /v2/email/_local/unwritable {"Prefixes": [...]} (local only) names key prefixes below which it cannot write.
Source: CloudFormation User Guide of both types; SES Developer Guide, "Receiving email" (verified 2026-11-23);
UpdateReceiptRule from its API reference (recalled, not verified).
"""

from __future__ import annotations

import copy
import json
import re
from datetime import UTC, datetime
from email import message_from_string, policy
from typing import Any
from urllib.parse import parse_qs

from ministack.core.responses import new_uuid
from ministack.services import eventbridge, s3, ses, sns
from ministack.services.cloudformation import provisioners

from local.aws.cloudformation import Made, Properties, ResourceType
from local.aws.ses_routes import Answer, Body, Query, route
from local.clock import ShiftedTime

Rule = dict[str, Any]
_unwritable: set[str] = set()
"""Key prefixes that SES cannot write under."""
_VERDICTS = ("spfVerdict", "dkimVerdict", "dmarcVerdict", "spamVerdict", "virusVerdict")


def install() -> None:
    """Register the resource types."""
    ResourceType(
        name="AWS::SES::ReceiptRuleSet", create=_create_set, delete=_delete_set, replaced_by=("RuleSetName",)
    ).register()
    ResourceType(
        name="AWS::SES::ReceiptRule",
        create=_create_rule,
        delete=_delete_rule,
        update=_update_rule,
        replaced_by=("RuleSetName",),
    ).register()
    original = ses.handle_request

    async def handle(method: str, path: str, headers: Any, body: Any, query: Query) -> Any:
        if method == "POST" and b"Action=UpdateReceiptRule" in (body or b""):
            return _update_by_api({**query, **parse_qs(body.decode(), keep_blank_values=True)})
        if method == "POST" and b"Action=CreateReceiptRule&" in (body or b""):
            actions = ses._receipt_rule_from_params(parse_qs(body.decode(), keep_blank_values=True))["Actions"]
            stores = [each["S3Action"] for each in actions if "S3Action" in each]
            if any(each.get("ObjectKeyPrefix", "") in _unwritable for each in stores):
                return ses._receipt_error("InvalidS3Configuration", "Could not write to bucket")
            answer = await original(method, path, headers, body, query)
            for each in stores if answer[0] == 200 else ():
                key = f"{each.get('ObjectKeyPrefix', '')}AMAZON_SES_SETUP_NOTIFICATION"
                s3._put_object(each["BucketName"], key, b"", {})
            return answer
        return await original(method, path, headers, body, query)

    ses.handle_request = handle


def _update_by_api(params: dict[str, Any]) -> Any:
    rule_set = ses._receipt_rule_sets.get(ses._p(params, "RuleSetName"))
    if rule_set is None:
        return ses._receipt_missing_set(ses._p(params, "RuleSetName"))
    rule = ses._receipt_rule_from_params(params)
    names = [each["Name"] for each in rule_set["Rules"]]
    if rule["Name"] not in names:
        return ses._receipt_error("RuleDoesNotExist", f"Rule does not exist: {rule['Name']}")
    problem = ses._receipt_rule_error(rule)
    if problem:
        return problem
    rule_set["Rules"][names.index(rule["Name"])] = rule
    return ses._receipt_result("UpdateReceiptRule")


def _create_set(logical_id: str, properties: Properties, stack_name: str) -> Made:
    name = properties.get("RuleSetName") or f"{stack_name}-{logical_id}-{new_uuid()[:8]}"
    if name in ses._receipt_rule_sets:
        raise ValueError(f"Rule set already exists: {name}")
    ses._create_receipt_rule_set({"RuleSetName": [name]})
    return name, {}


def _delete_set(name: str, properties: Properties) -> None:
    if ses._active_receipt_rule_set.get("name") == name:
        raise ValueError(f"Cannot delete active rule set: {name}")
    ses._receipt_rule_sets.pop(name, None)


def _rule(properties: Properties, name: str) -> Rule:
    rule = copy.deepcopy(properties["Rule"])
    return {
        "Name": name,
        "Enabled": provisioners._cfn_bool(rule.get("Enabled", False)),
        "TlsPolicy": rule.get("TlsPolicy", "Optional"),
        "ScanEnabled": provisioners._cfn_bool(rule.get("ScanEnabled", False)),
        "Recipients": [each.lower() for each in rule.get("Recipients", [])],
        "Actions": rule.get("Actions", []),
    }


def _create_rule(logical_id: str, properties: Properties, stack_name: str) -> Made:
    rule_set = ses._receipt_rule_sets.get(properties["RuleSetName"])
    if rule_set is None:
        raise ValueError(f"Rule set does not exist: {properties['RuleSetName']}")
    name = properties["Rule"].get("Name") or f"{stack_name}-{logical_id}-{new_uuid()[:8]}"
    rule = _rule(properties, name)
    problem = ses._receipt_rule_error(rule)
    if problem:
        found = re.search(rb"<Message>(.*?)<", problem[2])
        raise ValueError(found[1].decode() if found else problem[2].decode())
    rule_set["Rules"].insert(_place(rule_set["Rules"], properties.get("After")), rule)
    return name, {}


def _place(rules: list[Rule], after: str | None) -> int:
    names = [rule["Name"] for rule in rules]
    if not after:
        return 0
    if after not in names:
        raise ValueError(f"Rule does not exist: {after}")
    return names.index(after) + 1


def _update_rule(name: str, old: Properties, new: Properties, stack_name: str) -> Made:
    rules = ses._receipt_rule_sets[new["RuleSetName"]]["Rules"]
    rules[[rule["Name"] for rule in rules].index(name)] = _rule(new, name)
    return name, {}


def _delete_rule(name: str, properties: Properties) -> None:
    rule_set = ses._receipt_rule_sets.get(properties["RuleSetName"])
    if rule_set:
        rule_set["Rules"][:] = [rule for rule in rule_set["Rules"] if rule["Name"] != name]


@route("PUT", "/_local/unwritable")
def refuse_to_write(body: Body, query: Query) -> Answer:
    """Say where SES cannot write (local only)."""
    _unwritable.clear()
    _unwritable.update(body["Prefixes"])
    return {}


@route("POST", "/_local/inbound")
def receive(body: Body, query: Query) -> Answer:
    """A mail arrives (local only)."""
    active = ses._receipt_rule_sets.get(ses._active_receipt_rule_set.get("name")) or {"Rules": []}
    recipient, message_id = body["To"].lower(), new_uuid().replace("-", "")
    mail = {
        "messageId": message_id,
        "source": body["From"],
        "destination": [recipient],
        "timestamp": datetime.fromtimestamp(ShiftedTime().time(), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "commonHeaders": _common_headers(body["Raw"]),
    }
    verdicts = {f"{name}Verdict": {"status": status} for name, status in body.get("Verdicts", {}).items()}
    receipt: dict[str, Any] = {"recipients": [recipient], **{e: {"status": "PASS"} for e in _VERDICTS}, **verdicts}
    ran: list[str] = []
    for rule in active["Rules"]:
        actions = rule["Actions"] if _applies(rule, recipient) else []
        for kind, action in (next(iter(each.items())) for each in actions):
            ran.append(kind)
            if kind == "StopAction":
                return {"MessageId": message_id, "Actions": ran}
            _run(kind, action, {"mail": mail, "receipt": receipt}, body["Raw"])
    return {"MessageId": message_id, "Actions": ran}


def _common_headers(raw: str) -> dict[str, Any]:
    parsed = message_from_string(raw, policy=policy.default)
    found: dict[str, Any] = {name: [str(parsed[name])] for name in ("from", "to") if parsed[name]}
    return {**found, **({"subject": str(parsed["subject"])} if parsed["subject"] else {})}


def _applies(rule: Rule, recipient: str) -> bool:
    wanted = rule.get("Recipients")
    return bool(rule["Enabled"]) and (not wanted or recipient in wanted or recipient.partition("@")[2] in wanted)


def _run(kind: str, action: dict[str, Any], received: dict[str, Any], raw: str) -> None:
    if kind == "S3Action":
        key = action.get("ObjectKeyPrefix", "") + received["mail"]["messageId"]
        s3._put_object(action["BucketName"], key, raw.encode(), {})
        if action.get("TopicArn"):
            stored = {**received["receipt"], "action": {"type": "S3", **action}}
            stored["action"] |= {"bucketName": action["BucketName"], "objectKey": key}
            _notify(action["TopicArn"], {**received, "receipt": stored})
    elif kind == "SNSAction":
        _notify(action["TopicArn"], {**received, "content": raw})
    elif kind == "LambdaAction":
        record = {"eventSource": "aws:ses", "eventVersion": "1.0", "ses": received}
        eventbridge._dispatch_to_lambda(action["FunctionArn"], json.dumps({"Records": [record]}))


def _notify(topic: str, content: dict[str, Any]) -> None:
    sns.publish_internal(topic, json.dumps({"notificationType": "Received", **content}))
