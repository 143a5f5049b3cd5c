"""What a refusal's circumstances say of whose address was refused."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from functools import lru_cache

from staygreen.core import owner
from staygreen.core.owner import Clue, Owner
from staygreen.core.records.name import is_within
from staygreen.core.replies.decode import Decoded
from staygreen.core.replies.delivery_event import Notice


def address_of(notice: Notice, decoded: Decoded) -> str:
    """The one address that a refusal is about, as the reply or its source names it; empty: none, or a whole range."""
    named = decoded.ip or notice.ip or ""
    return "" if "/" in named else named


def clues(address: str, notices: Iterable[Notice]) -> Iterator[Clue]:
    """What refusals say of an address: SES reports of mail that SES sent, from its own addresses."""
    for notice in notices:
        if address_of(notice, notice.decoded()) == address and _is_sent_by_ses(notice):
            yield owner.from_event()
            return


def _is_sent_by_ses(notice: Notice) -> bool:
    return notice.source == "ses" or is_within(notice.reporter, owner.SES_DOMAIN)


def of_notice(notice: Notice, decoded: Decoded) -> Owner | None:
    """Whose address a refusal is about, as far as it can be said without asking anybody; None: it names none."""
    named = address_of(notice, decoded)
    return _seen(named, _is_sent_by_ses(notice)) if named else None


@lru_cache(maxsize=4096)
def _seen(named: str, is_sent_by_ses: bool) -> Owner:
    """Whose an address is by its ranges and its sender; a log names few addresses, and each many times."""
    address = ipaddress.ip_address(named)
    found = [owner.from_event()] if is_sent_by_ses else []
    ranges = owner.from_ses_ranges(address)
    return owner.find(address, [*found, *([ranges] if ranges else [])])
