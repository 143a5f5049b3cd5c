"""Complaints and mail that came in, and whether SES still takes what comes."""

from __future__ import annotations

from staygreen.adapters.aws.clients import client
from staygreen.adapters.ses import receipt_rules
from staygreen.adapters.store.complaints import ComplaintBook
from staygreen.core.replies.complaints import COMPLAINERS_KEPT, Question, Reading


def read(question: Question) -> Reading:
    """Answer what the check asks, with clients of its own."""
    book = ComplaintBook(client=client("dynamodb"), table=question.table)
    at_work: frozenset[str] = frozenset()
    if question.rules:
        at_work = receipt_rules.connect().at_work()
    return Reading(
        complaints=book.of(question.subjects, question.since),
        mails=book.mails(question.since),
        complainers=book.complainers(question.now - COMPLAINERS_KEPT),
        missing_rules=tuple(name for name in question.rules if name not in at_work),
    )
