"""A message that somebody passed on, as evidence: how its receiver filed it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from staygreen.core.finding import State
from staygreen.core.received.filed_message import FiledMessage
from staygreen.core.received.reading import Receiver
from staygreen.core.verdict.verdict import Claim, Exhibit, Realm, Standing, Witness

_REALMS = {
    Receiver.OUTLOOK_CONSUMER: Realm.CONSUMER,
    Receiver.EXCHANGE_ONLINE: Realm.MICROSOFT_365,
    # Microsoft, without a word of which
    Receiver.MICROSOFT: Realm.EVERYWHERE,
}


def exhibits(messages: Iterable[FiledMessage]) -> Iterator[Exhibit]:
    """Each message as evidence by a person's word: never proof alone."""
    for message in messages:
        yield Exhibit(
            witness=Witness.RECEIVED,
            realm=_REALMS.get(message.receiver, Realm.ELSEWHERE),
            state=State.BAD if message.is_bad else State.OK,
            standing=Standing.UNKNOWN,
            cause=f"filed_{message.cause}" if message.is_bad else "filed",
            text=f"{message.text} By the word of the person who passed the message on.",
            observed_at=message.at,
            next_step=message.step if message.is_bad else "",
            claim=Claim.STATED,
            brief=f"{message.brief} (by the word of who passed it on)" if message.is_bad else "",
        )
