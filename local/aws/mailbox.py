"""SNS `email` and `email-json` subscriptions: what a subscriber's mailbox would have received, one file for each mail.

SNS mails the message (the `email` member of a message with a structure, else its default) under the subject, and a
footer with the way to unsubscribe; `email-json` gets the whole envelope. A subscription is taken as confirmed at once;
on AWS somebody has to click. Files go to the directory in STAYGREEN_MAILBOX; nothing is sent.
Source: SNS Developer Guide, "Email subscription setup and management" (verified 2026-11-23).
"""

from __future__ import annotations

import inspect
import json
import os
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import sns

_FOOTER = (
    "\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below to "
    "unsubscribe:\n{url}\n"
)


def install() -> None:
    """Write mails beside the emulator's other deliveries."""
    original = sns._fanout

    signature = inspect.signature(original)

    def fanout(*arguments: Any, **named: Any) -> None:
        original(*arguments, **named)
        call = signature.bind(*arguments, **named)
        call.apply_defaults()
        _record(call.arguments)

    sns._fanout = fanout


def _record(call: dict[str, Any]) -> None:
    attributes = call["message_attributes"] or {}
    for subscription in _mail_subscriptions(call["topic_arn"]):
        text = sns._resolve_message_for_protocol(call["message"], call["message_structure"], subscription["protocol"])
        if sns._matches_filter_policy(subscription, attributes, text):
            envelope = sns._build_envelope(call["topic_arn"], call["msg_id"], text, call["subject"], attributes, False)
            _write(subscription, text, call["subject"], envelope)


def _mail_subscriptions(topic_arn: str) -> Iterator[dict[str, Any]]:
    topic = sns._topic_by_arn_any_scope(topic_arn) or {"subscriptions": []}
    for each in topic["subscriptions"]:
        if each.get("confirmed") and each.get("protocol") in ("email", "email-json"):
            yield each


def _write(subscription: dict[str, Any], text: str, subject: str, envelope: str) -> None:
    directory = os.environ.get("STAYGREEN_MAILBOX")
    if not directory:
        return
    mail = EmailMessage()
    mail["From"] = "AWS Notifications <no-reply@sns.amazonaws.com>"
    mail["To"] = subscription["endpoint"]
    mail["Subject"] = " ".join((subject or "AWS Notification Message").split())
    plain = subscription["protocol"] == "email"
    mail.set_content(text + _FOOTER.format(url=json.loads(envelope)["UnsubscribeURL"]) if plain else envelope)
    name = f"{time.time_ns():020d}-{new_uuid()[:8]}.eml"
    part = Path(directory) / f"{name}.part"
    part.write_bytes(bytes(mail))
    part.replace(part.with_suffix(""))
