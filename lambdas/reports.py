"""Reads DMARC and TLS reports that came in: by mail, of which SES tells, or in a bucket that others fill.

A mail is read whole, in slices. One that cannot be read is kept under its reason, counted and done with; only what AWS
refuses is tried again, record by record.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from lambdas import figures
from lambdas.deployment import resource_names
from staygreen.adapters import clock
from staygreen.adapters.aws.clients import client
from staygreen.adapters.aws.mail_bucket import MailBucket
from staygreen.adapters.aws.settings import document
from staygreen.adapters.reports.keeper import Arrival, Keeper, Kept
from staygreen.adapters.reports.report_table import ReportTable
from staygreen.adapters.reports.rows_bucket import RowsBucket
from staygreen.core import foreign_json
from staygreen.core.codec import decoded
from staygreen.core.dmarc.proof import by_receipt, by_trust
from staygreen.core.naming import MAILBOX, MAILS_UNREADABLE, REPORTS, ResourceNames
from staygreen.core.replies import complaints
from staygreen.core.reports.estate import Estate
from staygreen.core.reports.read import reports

logger = Logger(service=REPORTS)
_MEASURED = {REPORTS: ("ReportsDiffered", "ReportsDropped"), MAILBOX: (MAILS_UNREADABLE,)}
"""Metrics by their service, one of which has an alarm: whatever else is counted stands in the log."""
_CREATED = "Object Created"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    names: ResourceNames
    mails: MailBucket | None
    """None: reports come from a bucket of others alone."""
    keeper: Keeper
    is_trusted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """An object in a bucket that others fill."""

    bucket: str
    key: str
    came: Arrival


@cache
def _surroundings() -> _Here:
    settings = document(client("ssm"), os.environ["STAYGREEN_SETTINGS_PARAMETER"])
    s3, mails = client("s3"), os.environ["STAYGREEN_MAIL_BUCKET"]
    return _Here(
        names=resource_names(),
        mails=MailBucket(client=s3, bucket=mails, region=os.environ["AWS_REGION"]) if mails else None,
        keeper=Keeper(
            RowsBucket(client=s3, bucket=os.environ["STAYGREEN_REPORTS_BUCKET"]),
            ReportTable(client=client("dynamodb"), table=os.environ["STAYGREEN_REPORTS_TABLE"]),
            decoded(Estate, settings["estate"]),
        ),
        is_trusted=bool(settings["trusted"]),
    )


def handler(event: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    """Take each message of the batch; those that AWS let fail come again."""
    here, failed, counts = _surroundings(), [], Counter[str]()
    for record in event["Records"]:
        try:
            counts.update(_take(here, record))
        except Exception:  # AWS's refusal or a fault of ours: the other messages are taken
            logger.exception("not taken", message_id=record["messageId"])
            failed.append({"itemIdentifier": record["messageId"]})
    logger.info("read", counts=counts)
    try:
        _measure(here, counts)
    except Exception:  # to take the batch again would measure no better
        logger.exception("not measured", counts=counts)
    return {"batchItemFailures": failed}


def _take(here: _Here, record: Mapping[str, Any]) -> Counter[str]:
    """Deal with one message; gives what it counts."""
    try:
        told = _told(record)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        kept = _kept_notification(here, record)
        logger.warning("a message that cannot be read", error=str(error), kept_at=kept)
        return Counter(MailsUnreadable=1)
    if told is None:
        return Counter()
    return _mail(here, told) if isinstance(told, complaints.Receipt) else _file(here, told)


def _told(record: Mapping[str, Any]) -> complaints.Receipt | _File | None:
    """What a message tells of: a mail, or an object of others; None: a notice that is neither.

    Raises:
        ValueError: It cannot be read. So do the other errors of looking into what is none.
    """
    body: Any = foreign_json.loads(record["body"])
    if body.get("detail-type") == _CREATED:
        bucket, key = str(body["detail"]["bucket"]["name"]), str(body["detail"]["object"]["key"])
        return _File(bucket=bucket, key=key, came=Arrival(id=str(body["id"]), at=datetime.fromisoformat(body["time"])))
    notification: Any = foreign_json.loads(body["Message"])
    if complaints.is_setup_notification(notification) or notification.get("notificationType") != "Received":
        logger.info("a notice that is no mail", notice=str(notification)[:500])
        return None
    return complaints.receipt(notification, clock.now())


def _kept_notification(here: _Here, record: Mapping[str, Any]) -> str:
    if here.mails is None:
        return ""
    return here.mails.keep_notification(str(record["body"]), record["messageId"], "no_notification")


def _mail(here: _Here, receipt: complaints.Receipt) -> Counter[str]:
    if here.mails is None:
        raise ValueError("a mail came, and no mailbox is configured")
    came = Arrival(id=receipt.id, at=receipt.at, sender=receipt.sender_domain)
    kept = here.keeper.keep(reports(here.mails.slices(receipt.key)), by_receipt(receipt), came)
    if not kept.counts:
        reason = "unreadable_report" if kept.refusals else "no_report"
        place = here.mails.set_aside(receipt.key, receipt.id, reason)
        logger.warning("no report", id=receipt.id, reasons=_said(kept), kept_at=place)
    return _counted(kept)


def _file(here: _Here, file: _File) -> Counter[str]:
    bucket = MailBucket(client=client("s3"), bucket=file.bucket, region="")
    kept = here.keeper.keep(reports(bucket.slices(file.key)), by_trust(here.is_trusted), file.came)
    if not kept.counts:
        logger.warning("no report", key=file.key, reasons=_said(kept))
    return _counted(kept)


def _said(kept: Kept) -> str:
    return "; ".join((*kept.refusals, *kept.others))[:1_000]


def _counted(kept: Kept) -> Counter[str]:
    """What is no report in a mail that has one is a text for people; a mail without any is unreadable."""
    unreadable = len(kept.refusals) or (0 if kept.counts else 1)
    return kept.counts + Counter(MailsUnreadable=unreadable)


def _measure(here: _Here, counts: Mapping[str, int]) -> None:
    for service, measured in _MEASURED.items():
        figures.send(here.names, service, {name: counts.get(name, 0) for name in measured})
