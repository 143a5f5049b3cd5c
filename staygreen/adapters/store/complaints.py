"""What came in, kept in the incident table: complaints by what they charge, and mail for people.

===========================  =====================  ==========================================================
``pk``                       ``sk``                 item
===========================  =====================  ==========================================================
``complaint#<subject key>``  ``<time>#<id>``        one complaint: ``reporter``, ``proven``, ``ip``, ``domain``
``complainers``              ``<time>#<id>``        one complaint of which SES says who complained: ``recipient`` too
``mailbox#mail``             ``<time>#<id>``        one mail: ``recipient``, ``sender``, ``subject``, ``link``
===========================  =====================  ==========================================================

Whoever hears of a complaint calls `keep`: the key is made of the complaint's own
id and time, so that a second delivery changes nothing. A recipient is stored only
where SES itself names it, for `COMPLAINERS_KEPT`: what keeps the suppression list right needs the address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from staygreen.core.finding import Subject
from staygreen.core.replies.complaints import COMPLAINERS_KEPT, KEPT, MOST, Complaint, Mail

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MAILS = "mailbox#mail"
_COMPLAINERS = "complainers"
_WORKERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintBook:
    """The complaints and mails in one table."""

    client: DynamoDBClient
    table: str

    def keep(self, complaint: Complaint) -> None:
        """Remember a complaint, under each subject that it names."""
        item: dict[str, Any] = {
            "reporter": {"S": complaint.reporter},
            "proven": {"BOOL": complaint.is_proven},
            "ip": {"S": complaint.ip},
            "domain": {"S": complaint.domain},
        }
        for subject in complaint.subjects:
            self._put(f"complaint#{subject.key}", complaint.at, complaint.id, item)
        if complaint.is_proven and complaint.recipient:
            named = {**item, "recipient": {"S": complaint.recipient}}
            self._put(_COMPLAINERS, complaint.at, complaint.id, named, kept=COMPLAINERS_KEPT)

    def keep_mail(self, mail: Mail) -> None:
        """Remember that a mail for a person came."""
        texts = {"recipient": mail.recipient, "sender": mail.sender, "subject": mail.subject, "link": mail.link}
        self._put(_MAILS, mail.at, mail.id, {name: {"S": text[:500]} for name, text in texts.items()})

    def of(self, subjects: Iterable[Subject], since: datetime) -> tuple[Complaint, ...]:
        """The complaints about any of the subjects, each once, the newest `MOST` of each subject."""
        with ThreadPoolExecutor(_WORKERS) as workers:
            found = workers.map(lambda subject: list(self._of_one(subject, since)), subjects)
            return tuple({each.id: each for group in found for each in group}.values())

    def complainers(self, since: datetime) -> tuple[Complaint, ...]:
        """The complaints of which SES says who complained, each with its `recipient`, newest first.

        They are proven: nobody outside the account can put such an event on its bus. A complaint that SES lays to
        several recipients, of whom any may have complained, is not among them.
        """
        return tuple(_complaint(item) for item in self._items(_COMPLAINERS, since))

    def mails(self, since: datetime) -> tuple[Mail, ...]:
        """The mails for people, newest first."""
        return tuple(_mail(item) for item in self._items(_MAILS, since))

    def _of_one(self, subject: Subject, since: datetime) -> Iterator[Complaint]:
        return (_complaint(item) for item in self._items(f"complaint#{subject.key}", since))

    def _put(self, pk: str, at: datetime, identifier: str, item: Mapping[str, Any], *, kept: timedelta = KEPT) -> None:
        self.client.put_item(
            TableName=self.table,
            Item={
                "pk": {"S": pk},
                "sk": {"S": f"{_sortable(at)}#{identifier}"},
                "expires_at": {"N": str(int((at + kept).timestamp()))},
                **item,
            },
        )

    def _items(self, pk: str, since: datetime) -> Iterator[Mapping[str, Any]]:
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="pk = :pk AND sk >= :since",
            ExpressionAttributeValues={":pk": {"S": pk}, ":since": {"S": _sortable(since)}},
            ScanIndexForward=False,
        )
        yield from islice((item for page in pages for item in page["Items"]), MOST)


def _complaint(item: Mapping[str, Any]) -> Complaint:
    at, _, identifier = item["sk"]["S"].partition("#")
    return Complaint(
        id=identifier,
        at=datetime.fromisoformat(at),
        reporter=item["reporter"]["S"],
        is_proven=item["proven"]["BOOL"],
        ip=item["ip"]["S"],
        domain=item["domain"]["S"],
        recipient=item.get("recipient", {}).get("S", ""),
    )


def _mail(item: Mapping[str, Any]) -> Mail:
    at, _, identifier = item["sk"]["S"].partition("#")
    texts = {name: item[name]["S"] for name in ("recipient", "sender", "subject", "link")}
    return Mail(id=identifier, at=datetime.fromisoformat(at), **texts)


def _sortable(at: datetime) -> str:
    """Text that sorts as the times do."""
    return at.isoformat(timespec="microseconds")
