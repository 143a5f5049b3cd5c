"""SES SendEmail by the rules, and the events that SES publishes for each recipient.

* Refused: an unknown configuration set (NotFound), a paused account or set (SendingPaused), an unverified sender (the
  emulator's MessageRejected). A suppressed recipient bounces as OnAccountSuppressionList; the mailbox simulator's
  addresses have their documented outcomes.
* Mail sent without a configuration set, and from an identity without a default one, emits no events.
* Every mail counts in the metric AWS/SES Send, which has no dimensions.
* Events go to each enabled destination that wants them: SNS, EventBridge (source aws.ses, ten detail types),
  CloudWatch; each carries `ses:outgoing-ip` and the other auto-tags.

POST /v2/email/_local/events publishes one event as SES would; POST /v2/email/_local/detail one raw aws.ses event.
Sources: SES Developer Guide, "Event publishing", "Mailbox simulator"; EventBridge, "Amazon SES events" (verified
2026-11-23).
"""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import get_account_id, new_uuid
from ministack.services import cloudwatch, eventbridge, ses, ses_v2, sns

from local.aws import dedicated_ips, email_identity, ses_account, suppression
from local.aws.ses_routes import Answer, Body, Query, decoded, error, missing, route
from local.clock import ShiftedTime

_DETAIL_TYPES = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
    "Reject": "Email Rejected",
    "Open": "Email Opened",
    "Click": "Email Clicked",
    "DeliveryDelay": "Email Delivery Delayed",
    "Rendering Failure": "Email Rendering Failed",
    "Subscription": "Email Subscribed",
}
_SHARED_IP = "203.0.113.1"
_turn = itertools.count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one mail to one recipient."""

    kind: str
    recipient: str
    subtype: str | None = None
    bounce_type: str = "Permanent"
    diagnostic: str = ""


def install() -> None:
    """Publish events after each mail that the emulator accepted."""
    original = ses_v2.handle_request

    async def handle(method: str, path: str, headers: Any, body: Any, query: Query) -> Any:
        answer = await original(method, path, headers, body, query)
        if (method, path.rstrip("/"), answer[0]) == ("POST", "/v2/email/outbound-emails", 200):
            _publish_sent(decoded(body), json.loads(answer[2])["MessageId"])
        return answer

    ses_v2.handle_request = handle


@route("POST", "/outbound-emails")
def refuse_sending(body: Body, query: Query) -> Answer:
    """Why SendEmail is refused; None lets the emulator send."""
    name = _configuration_set(body)
    if not ses_account.sending_is_enabled():
        return error("SendingPausedException", f"Email sending is disabled for account {get_account_id()}.")
    if name and name not in ses_v2._config_sets:
        return missing("Configuration set", name)
    if name and not ses_v2._config_sets[name].get("SendingOptions", {}).get("SendingEnabled", True):
        return error("SendingPausedException", f"Email sending is disabled for configuration set <{name}>.")
    for identity in list(ses_v2._identities):
        email_identity.refresh(identity)
    return None


@route("POST", "/_local/events")
def publish_event(body: Body, query: Query) -> Answer:
    """Publish one event as SES would (local only)."""
    outcome = Outcome(
        kind=body["eventType"],
        recipient=body.get("Recipient", "someone@example.org"),
        subtype=body.get("SubType"),
        bounce_type=body.get("BounceType", "Permanent"),
        diagnostic=body.get("Diagnostic", ""),
    )
    name = body["ConfigurationSetName"]
    message_id = body.get("MessageId") or new_uuid()
    mail = _mail(message_id, body.get("Source", "test@example.com"), [outcome.recipient], name)
    if body.get("Ip"):
        mail["tags"]["ses:outgoing-ip"] = [body["Ip"]]
    publish(outcome.kind, mail, _details(outcome, mail["timestamp"]), name)
    return {"MessageId": message_id}


@route("POST", "/_local/detail")
def publish_detail(body: Body, query: Query) -> Answer:
    """Publish one raw aws.ses event on the default bus (local only)."""
    _put_event(body["DetailType"], body["Detail"], [])
    return {}


def publish(kind: str, mail: dict[str, Any], details: dict[str, Any], name: str) -> None:
    """Send one event to every enabled destination of the configuration set that wants it."""
    wanted = re.sub(r"(?<=[a-z])(?=[A-Z])|\s", "_", kind).upper()
    payload = {"eventType": kind, "mail": mail, **details}
    for destination in ((ses_v2._config_sets.get(name) or {}).get("EventDestinations") or {}).values():
        if destination["Enabled"] and wanted in destination["MatchingEventTypes"]:
            _deliver(destination, kind, payload, name)


def _deliver(destination: dict[str, Any], kind: str, payload: dict[str, Any], name: str) -> None:
    if "SnsDestination" in destination:
        topic = destination["SnsDestination"]["TopicArn"]
        sns.publish_internal(topic, json.dumps(payload), "Amazon SES Email Event Notification")
    elif "EventBridgeDestination" in destination:
        _put_event(_DETAIL_TYPES[kind], payload, [ses_v2._resource_arn("configuration-set", name)])
    elif "CloudWatchDestination" in destination:
        tags = payload["mail"]["tags"]
        dimensions = {
            each["DimensionName"]: (tags.get(each["DimensionName"]) or [each["DefaultDimensionValue"]])[0]
            for each in destination["CloudWatchDestination"]["DimensionConfigurations"]
        }
        cloudwatch.record_metric("AWS/SES", kind, 1, "Count", dimensions)
        cloudwatch._evaluate_all_alarms()


def _put_event(detail_type: str, detail: dict[str, Any], resources: list[str]) -> None:
    entry = {"Source": "aws.ses", "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": resources}
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def _domain(source: str) -> str:
    return source.rpartition("@")[2].rstrip(">")


def _configuration_set(body: Body) -> str:
    identity = ses_v2._identities.get(_domain(body.get("FromEmailAddress", ""))) or {}
    return str(body.get("ConfigurationSetName") or identity.get("ConfigurationSetName") or "")


def _publish_sent(body: Body, message_id: str) -> None:
    cloudwatch.record_metric("AWS/SES", "Send", 1, "Count", {})
    name = _configuration_set(body)
    if not name:
        return
    destination = body.get("Destination") or {}
    kinds = ("ToAddresses", "CcAddresses", "BccAddresses")
    recipients = [address for kind in kinds for address in destination.get(kind) or []]
    mail = _mail(message_id, body.get("FromEmailAddress", ""), recipients, name)
    mail["tags"].update({tag["Name"]: [tag["Value"]] for tag in body.get("EmailTags") or []})
    publish("Send", mail, {"send": {}}, name)
    for outcome in (each for recipient in recipients for each in _outcomes(recipient)):
        alone = {**mail, "destination": [outcome.recipient]}
        publish(outcome.kind, alone, _details(outcome, mail["timestamp"]), name)


def _mail(message_id: str, source: str, recipients: list[str], name: str) -> dict[str, Any]:
    delivery = (ses_v2._config_sets.get(name) or {}).get("DeliveryOptions") or {}
    ips = dedicated_ips.members(delivery.get("SendingPoolName")) or [_SHARED_IP]
    return {
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(ShiftedTime().time())),
        "source": source,
        "sourceArn": ses_v2._resource_arn("identity", _domain(source)),
        "sendingAccountId": get_account_id(),
        "messageId": message_id,
        "destination": recipients,
        "headersTruncated": False,
        "tags": {
            "ses:configuration-set": [name],
            "ses:outgoing-ip": [ips[next(_turn) % len(ips)]],
            "ses:from-domain": [_domain(source)],
            "ses:source-ip": ["127.0.0.1"],
        },
    }


def _outcomes(recipient: str) -> Iterator[Outcome]:
    if suppression.is_suppressed(recipient):
        yield Outcome(kind="Bounce", recipient=recipient, subtype="OnAccountSuppressionList")
        return
    local, _, domain = recipient.lower().partition("@")
    simulated = ses._SIMULATOR_OUTCOMES.get(local.split("+")[0]) if domain == ses._SIMULATOR_DOMAIN else None
    for kind, subtype in simulated or (("Delivery", None),):
        yield Outcome(kind=kind, recipient=recipient, subtype=subtype)


def _details(outcome: Outcome, timestamp: str) -> dict[str, Any]:
    if outcome.kind == "Bounce" and outcome.subtype == "OnAccountSuppressionList":
        bounce = {
            "bounceType": "Permanent",
            "bounceSubType": outcome.subtype,
            "bouncedRecipients": [{"emailAddress": outcome.recipient}],
            "timestamp": timestamp,
            "feedbackId": new_uuid(),
        }
        return {"bounce": bounce}
    if outcome.kind in ("Bounce", "Complaint", "Delivery"):
        return _notification(outcome, timestamp)
    if outcome.kind == "DeliveryDelay":
        delayed = {"emailAddress": outcome.recipient, "status": "4.4.1", "diagnosticCode": outcome.diagnostic}
        delay_type = outcome.subtype or "IPFailure"
        return {"deliveryDelay": {"timestamp": timestamp, "delayType": delay_type, "delayedRecipients": [delayed]}}
    return {outcome.kind.lower().replace(" ", ""): {}}


def _notification(outcome: Outcome, timestamp: str) -> dict[str, Any]:
    detail: dict[str, Any] = ses._notification_detail(outcome.kind, outcome.recipient, timestamp, outcome.subtype)
    if outcome.kind == "Bounce" and outcome.diagnostic:
        detail["bounce"]["bounceType"] = outcome.bounce_type
        detail["bounce"]["bouncedRecipients"][0]["diagnosticCode"] = outcome.diagnostic
    return detail
