"""Whose an address is, for a command: what a person says, the account, and DNS."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from ipaddress import ip_address
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from staygreen.cli import aws_errors
from staygreen.cli.output import print_text
from staygreen.core import owner
from staygreen.core.errors import SourceUnavailable
from staygreen.core.naming import ResourceNames
from staygreen.core.owner import Clue, Owner, OwnerKind
from staygreen.core.published import owner_clues
from staygreen.core.published.dns_cache import Answers
from staygreen.core.replies.delivery_event import Notice
from staygreen.core.verdict import sending_owner

_MOST_ADDRESSES = 50


class OwnerName(Enum):
    """What a person can say."""

    OURS = "ours"
    SES_DEDICATED = "ses-dedicated"
    SES_SHARED = "ses-shared"
    OTHER_PROVIDER = "other-provider"

    @property
    def kind(self) -> OwnerKind:
        """The core's word."""
        return OwnerKind(self.value.replace("-", "_"))


OwnerOption = Annotated[
    OwnerName | None,
    typer.Option("--owner", help="Whose address it is, where you know: an Elastic IP of yours is `ours`."),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="Ask AWS, in this file's region, which addresses are the sender's."),
]

AccountClues = Callable[[str], Iterable[Clue]]
"""What is said of an address by who need not look into DNS."""


def nobody(_address: str) -> Iterable[Clue]:
    """Nobody says anything."""
    return ()


def said_by(name: OwnerName | None) -> AccountClues:
    """What a person says, of whichever address."""
    return lambda _address: [owner.from_operator(name.kind)] if name else []


def listed_in_account(config: Path) -> AccountClues:
    """What AWS lists as the addresses of a file's sender, in its region."""
    from staygreen.cli import deployment

    return listed_for(deployment.load(config).names)


def listed_for(names: ResourceNames) -> AccountClues:
    """What AWS lists as the sender's, by address; where AWS cannot be asked, one sentence says so."""
    from botocore.exceptions import BotoCoreError, ClientError

    from staygreen.adapters.sources import world

    found: dict[str, Clue] = {}
    try:
        ask = world.connect(names)
        for subject in ask.dedicated_ips():
            found[subject.id] = owner.from_account(OwnerKind.SES_DEDICATED, f"AWS lists it as {subject.label}")
        for subject in ask.elastic_ips():
            found[subject.id] = owner.from_account(OwnerKind.OURS, f"AWS lists it as the Elastic IP {subject.label}")
    except (SourceUnavailable, BotoCoreError, ClientError) as error:
        print_text(f"whose the address is in the account is not known: {aws_errors.about('AWS', error)}", err=True)
    return lambda address: [found[address]] if address in found else []


def owners(
    named: Iterable[str], notices: Iterable[Notice], said: AccountClues, answers: Answers | None
) -> dict[str, Owner]:
    """Whose each address is.

    Args:
        named: Addresses beside those that the notices name.
        notices: Refusals.
        said: What a person or the account says.
        answers: DNS; None: it is not asked.
    """
    held = list(notices)
    of_notices = (sending_owner.address_of(notice, notice.decoded()) for notice in held)
    distinct = dict.fromkeys(each for each in (*named, *of_notices) if each)
    return {each: _owner(each, held, said, answers) for each in islice(distinct, _MOST_ADDRESSES)}


def _owner(text: str, notices: list[Notice], said: AccountClues, answers: Answers | None) -> Owner:
    address = ip_address(text)

    def clues() -> Iterator[Clue]:
        yield from said(text)
        yield from sending_owner.clues(text, notices)
        if answers is not None:
            yield from owner_clues.clues(address, answers)
        elif ranges := owner.from_ses_ranges(address):
            yield ranges

    return owner.find(address, clues() if owner.from_registry(address) is None else ())
