"""What DNS says of whose an address is: its reverse name, where that leads back, and the ranges of SES."""

from __future__ import annotations

from collections.abc import Iterator

from staygreen.core import owner
from staygreen.core.dns.message import RecordType
from staygreen.core.finding import IPAddress
from staygreen.core.owner import Clue
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.ptr import name_in
from staygreen.core.records import spf

_MOST_NAMES = 10


def clues(address: IPAddress, answers: Answers) -> Iterator[Clue]:
    """The clues of DNS; of what it does not answer there is none, but our copy of SES's ranges."""
    for value in answers.ask(address.reverse_pointer, RecordType.PTR).values[:_MOST_NAMES]:
        name = name_in(value)
        clue = owner.from_reverse_name(name, is_confirmed=leads_back(name, address, answers))
        if clue:
            yield clue
    ranges = answers.ask(owner.SES_DOMAIN, RecordType.TXT)
    published = ranges.values if spf.readable(ranges.values) else None
    clue = owner.from_ses_ranges(address, published)
    if clue:
        yield clue


def leads_back(name: str, address: IPAddress, answers: Answers) -> bool:
    """Whether a reverse name has the address among its own."""
    rtype = RecordType.A if address.version == 4 else RecordType.AAAA
    return str(address) in answers.ask(name, rtype).values
