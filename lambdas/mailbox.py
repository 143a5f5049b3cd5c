"""Reads what the mailbox received: SES stores a mail and tells SNS, which tells the queue that wakes this.

A mail that cannot be read is kept under its reason, counted and done with; only
what AWS refuses is tried again, record by record.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from lambdas import figures
from lambdas.deployment import resource_names
from staygreen.adapters import clock
from staygreen.adapters.aws.clients import client
from staygreen.adapters.aws.mail_bucket import MailBucket
from staygreen.adapters.store.complaints import ComplaintBook
from staygreen.adapters.store.filed_messages import FiledMessages
from staygreen.core import foreign_json
from staygreen.core.naming import MAILBOX, MAILS_UNREADABLE, PEOPLE_PREFIX, ResourceNames
from staygreen.core.received import filed_message
from staygreen.core.replies import complaints, input_format
from staygreen.core.replies.complaints import Mail, Receipt
from staygreen.core.replies.delivery_event import Item, Kind, Notice, Unreadable

logger = Logger(service=MAILBOX)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    names: ResourceNames
    reporters: tuple[str, ...]
    bucket: MailBucket
    book: ComplaintBook
    filed: FiledMessages


@cache
def _surroundings() -> _Here:
    return _Here(
        names=resource_names(),
        reporters=tuple(json.loads(os.environ["STAYGREEN_REPORTERS"])),
        bucket=MailBucket(
            client=client("s3"), bucket=os.environ["STAYGREEN_MAIL_BUCKET"], region=os.environ["AWS_REGION"]
        ),
        book=ComplaintBook(client=client("dynamodb"), table=os.environ["STAYGREEN_TABLE"]),
        filed=FiledMessages(client=client("dynamodb"), table=os.environ["STAYGREEN_TABLE"]),
    )


def handler(event: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    """Take each notification of the batch; those that AWS let fail come again."""
    here, failed, counts = _surroundings(), [], dict.fromkeys(_METRICS, 0)
    for record in event["Records"]:
        try:
            counts[_take(here, record)] += 1
        except Exception:  # AWS's refusal or a fault of ours: the other notifications are taken
            logger.exception("not taken", message_id=record["messageId"])
            failed.append({"itemIdentifier": record["messageId"]})
    try:
        _measure(here, counts)
    except Exception:  # to take the batch again would measure no better
        logger.exception("not measured", counts=counts)
    return {"batchItemFailures": failed}


_METRICS = ("ComplaintsReceived", "MessagesPassedOn", "MailsReceived", "MailsFiltered", MAILS_UNREADABLE, "Notices")


def _take(here: _Here, record: Mapping[str, Any]) -> str:
    """Deal with one notification; gives the metric that counts it."""
    try:
        notification: Any = foreign_json.loads(json.loads(record["body"])["Message"])
        if complaints.is_setup_notification(notification):
            logger.info("SES has tried a receipt rule")
            return "Notices"
        if notification.get("notificationType") != "Received":
            logger.info("a notice that is no mail", notice=str(notification)[:500])
            return "Notices"
        receipt = complaints.receipt(notification, clock.now())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        kept = here.bucket.keep_notification(str(record["body"]), record["messageId"], "no_notification")
        logger.warning("a notification that cannot be read", error=str(error), kept_at=kept)
        return MAILS_UNREADABLE
    return _for_people(here, receipt) if receipt.key.startswith(PEOPLE_PREFIX) else _report(here, receipt)


def _for_people(here: _Here, receipt: Receipt) -> str:
    if "FAIL" in (receipt.spam, receipt.virus):
        logger.info("not announced", id=receipt.id, spam=receipt.spam, virus=receipt.virus, key=receipt.key)
        return "MailsFiltered"
    here.book.keep_mail(_mail(here, receipt))
    return "MailsReceived"


def _report(here: _Here, receipt: Receipt) -> str:
    data = here.bucket.read(receipt.key)
    items = list(input_format.message(data))
    found = [made for made in _complaints(here, receipt, items) if made is not None]
    for each in found:
        here.book.keep(each)
    if found:
        return "ComplaintsReceived"
    if _passed_on(here, receipt, data):
        return "MessagesPassedOn"
    if receipt.is_proven(here.reporters):
        # a programme that writes to us without reporting wants a person: a confirmation, a change of terms
        here.book.keep_mail(_mail(here, receipt))
        return "MailsReceived"
    reason = next((_reason(each) for each in items), "names_no_sender")
    kept = here.bucket.set_aside(receipt.key, receipt.id, reason)
    logger.warning("no report", id=receipt.id, reason=reason, kept_at=kept)
    return MAILS_UNREADABLE


def _passed_on(here: _Here, receipt: Receipt, data: bytes) -> bool:
    """Keep how the attached messages were filed; only of a person whose address is named as a reporter, and proven."""
    if not receipt.is_proven(each for each in here.reporters if "@" in each):
        return False
    found = list(filed_message.attached(data, receipt.at))
    for number, message in enumerate(found):
        here.filed.keep(message, f"{receipt.id}.{number}")
    return bool(found)


def _reason(item: Item) -> str:
    """Why an item is no complaint that counts."""
    if isinstance(item, Unreadable):
        return item.reason
    return "charges_nobody" if item.kind is Kind.FEEDBACK else "names_no_sender"


def _complaints(here: _Here, receipt: Receipt, items: list[Item]) -> Iterator[complaints.Complaint | None]:
    for item in items:
        if isinstance(item, Notice):
            yield complaints.complaint(item, receipt, here.reporters)


def _mail(here: _Here, receipt: Receipt) -> Mail:
    return Mail(
        id=receipt.id,
        at=receipt.at,
        recipient=next(iter(receipt.recipients), ""),
        sender=receipt.sender,
        subject=receipt.subject,
        link=here.bucket.link(receipt.key),
    )


def _measure(here: _Here, counts: Mapping[str, int]) -> None:
    figures.send(here.names, MAILBOX, counts)
