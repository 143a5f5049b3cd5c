"""The first line about a subject: what is known, and what nobody was asked."""

from __future__ import annotations

from collections.abc import Iterator

from staygreen.core.finding import State
from staygreen.core.verdict.lists_asked import ListsAsked
from staygreen.core.verdict.verdict import Realm, Standing, Verdict, Witness
from staygreen.core.wording import plural

_MICROSOFT = {Realm.CONSUMER: "Outlook.com", Realm.MICROSOFT_365: "Microsoft 365"}
_SUFFERS = {
    Standing.BLOCKED: "refuses mail",
    Standing.THROTTLED: "slows mail down",
    Standing.AT_RISK: "may refuse mail",
    Standing.GOOD: "has nothing against it",
}
NOTHING_FROM_MICROSOFT = "Nothing is known from Microsoft: paste a refused message to learn more (--reply FILE)."


def headline(found: Verdict, lists: ListsAsked) -> str:
    """One line that claims what was seen, and says what was not asked."""
    parts = "; ".join([*_realms(found), *_other_refusals(found), *_received(found), *_records(found), lists.text])
    return f"{found.subject.id}: {parts}.{_from_microsoft(found)}"


def _realms(found: Verdict) -> Iterator[str]:
    for judged in found.by_realm:
        known = _SUFFERS.get(judged.standing)
        if judged.because is None or known is None or judged.realm is Realm.EVERYWHERE:
            continue
        yield f"{_MICROSOFT.get(judged.realm, 'another provider')} {known}"


def _other_refusals(found: Verdict) -> Iterator[str]:
    """Where nobody is known to refuse the subject: why the newest message was refused all the same."""
    replies = [each for each in found.exhibits if each.witness is Witness.REPLY and each not in found.stale]
    if replies and all(each.brief for each in replies):
        newest = max(replies, key=lambda each: each.observed_at)
        more = f" and {plural(len(replies) - 1, 'more message')}" if len(replies) > 1 else ""
        yield f"{newest.brief}{more}"


def _received(found: Verdict) -> Iterator[str]:
    """How the newest message was filed that speaks against the subject, and how many more do."""
    against = [
        each for each in found.exhibits if each.witness is Witness.RECEIVED and each.brief and each not in found.stale
    ]
    if against:
        newest = max(against, key=lambda each: each.observed_at)
        more = f" and {plural(len(against) - 1, 'more message')}" if len(against) > 1 else ""
        yield f"{newest.brief}{more}"


def _records(found: Verdict) -> Iterator[str]:
    """What is wrong with records, by the words of their causes."""
    records = (Witness.REVERSE_DNS, Witness.AUTHENTICATION)
    words = [each.word for each in found.causes if each.exhibits[0].witness in records]
    if words:
        yield f"to repair: {', '.join(word.replace('_', ' ') for word in dict.fromkeys(words))}"


def _from_microsoft(found: Verdict) -> str:
    if any(each.because is not None for each in found.by_realm if each.realm.is_microsofts):
        return ""
    refused = [each for each in found.stale if each.witness is Witness.REPLY and each.state is State.BAD]
    if refused:
        newest = max(each.observed_at for each in refused)
        return f" The last refusal known is of {newest:%Y-%m-%d}, too old to tell how it stands now: paste a newer one."
    return f" {NOTHING_FROM_MICROSOFT}"
