"""Whether an address has one reverse name of our own that leads back to it, wherever one asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from staygreen.core.dns.authoritative import Authorities
from staygreen.core.dns.message import Rcode, RecordType, Reply
from staygreen.core.finding import IPAddress
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.judgement import PENDING, Judgement, bad, settled, silent, unknown
from staygreen.core.records import ptr
from staygreen.core.records.name import is_within

MISSING, SEVERAL, GENERIC, UNCONFIRMED = "ptr_missing", "ptr_several", "ptr_generic", "ptr_unconfirmed"
DIFFERS, UNALIGNED, HELO = "ptr_differs", "ptr_unaligned", "helo_unconfirmed"
CAUSES = (MISSING, SEVERAL, GENERIC, UNCONFIRMED, DIFFERS, UNALIGNED, HELO)
_NAMES = CAUSES[:-1]
"""Causes that are about the reverse name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is known of one address beside DNS."""

    address: IPAddress
    is_amazons: bool = False
    """Leased with SES: its name is Amazon's, and generic by nature."""
    declared: str = ""
    """The name that the configuration gives it; empty: none."""
    helo: str = ""
    """The name that its server says in HELO; empty: not told."""
    pending: str | None = None
    """The name that EC2 is changing it to (empty: a removal); None: nothing is on its way."""
    progress: str = ""
    """What EC2 says of that change, in brackets; empty: nothing."""
    domains: tuple[str, ...] = ()
    """Domains that mail is sent from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """Who is asked: resolvers, each for itself, and the authoritative servers past every cache."""

    resolvers: Mapping[str, Answers]
    """By the name that evidence gives them."""
    authorities: Authorities | None = None


def judge(expected: Expected, views: Views) -> tuple[Judgement, ...]:
    """Judge an address: the first fault of its reverse name, and its HELO name."""
    if expected.pending is not None:
        text = f"EC2 is changing the reverse name of {expected.address} to {expected.pending or 'none'}"
        text += expected.progress
        return tuple(unknown(cause, text, PENDING, name=str(expected.address)) for cause in CAUSES)
    pointer = expected.address.reverse_pointer
    replies = {view: answers.ask(pointer, RecordType.PTR) for view, answers in views.resolvers.items()}
    answered = {view: reply for view, reply in replies.items() if reply.is_answered}
    if not answered:
        return silent(CAUSES, next(iter(replies.values())))
    names = {name_in(value) for reply in answered.values() for value in reply.values}
    helo = _helo(expected, views)
    if not names:
        missing = bad(MISSING, f"{expected.address} has no PTR record", name=pointer)
        return settled(CAUSES, [missing, *helo], "")
    if any(not reply.values for reply in answered.values()):
        text = f"resolvers disagree whether {expected.address} has a PTR record"
        return settled(CAUSES, [*(unknown(cause, text, "disagree") for cause in _NAMES), *helo], "")
    # The greeting with the reverse name itself is judged with that.
    found = [*_first_fault(expected, names, views), *(helo if expected.helo not in names else ())]
    return settled(CAUSES, found, f"{expected.address} is {min(names)}, and {min(names)} is {expected.address}")


def name_in(value: str) -> str:
    """A host name as it is compared."""
    return value.rstrip(".").lower()


def _first_fault(expected: Expected, names: set[str], views: Views) -> Iterator[Judgement]:
    address = expected.address
    if len(names) > 1:
        text = f"{address} has {len(names)} PTR records: {', '.join(sorted(names)[:10])}"
        yield bad(SEVERAL, text, name=str(address))
        return
    (name,) = names
    if ptr.is_generic(name) and not expected.is_amazons:
        yield bad(GENERIC, f"the PTR name {name} of {address} is one that a provider hands out", name=name)
        return
    confirmed = _confirmed(UNCONFIRMED, address, name, views)
    if confirmed is not None:
        yield confirmed
    elif expected.declared and name != expected.declared:
        yield bad(DIFFERS, f"{address} is named {name}, and {expected.declared} is declared", name=name)
    elif expected.domains and not expected.is_amazons and not _is_aligned(name, expected.domains):
        text = f"the PTR name {name} of {address} is in no domain that mail is sent from"
        yield bad(UNALIGNED, text, name=name)


def _confirmed(cause: str, address: IPAddress, name: str, views: Views) -> Judgement | None:
    """What speaks against the name leading to the address; None when all that answered say it does."""
    rtype = RecordType.A if address.version == 4 else RecordType.AAAA
    replies: dict[str, Reply] = {view: answers.ask(name, rtype) for view, answers in views.resolvers.items()}
    said = {view: reply.values for view, reply in replies.items() if reply.is_answered}
    if views.authorities is not None:
        told = views.authorities(name, rtype)
        said |= {each.server: each.addresses for each in told if each.rcode in (Rcode.NOERROR, Rcode.NXDOMAIN)}
    denied = {view: values for view, values in said.items() if str(address) not in values}
    if denied:
        views_said = "; ".join(f"{view} says {', '.join(values[:5]) or 'nothing'}" for view, values in denied.items())
        return bad(cause, f"the name {name} of {address} does not lead back to it: {views_said}", name=name)
    if not said:
        return silent((cause,), next(iter(replies.values())))[0]
    return None


def _helo(expected: Expected, views: Views) -> list[Judgement]:
    if not expected.helo:
        return []
    found = _confirmed(HELO, expected.address, expected.helo, views)
    return [found] if found else []


def _is_aligned(name: str, domains: tuple[str, ...]) -> bool:
    """Whether the name is at or below a sending domain, or a sibling of one below the same parent."""
    parent = name.partition(".")[2]
    return any(is_within(name, domain) or ("." in parent and is_within(domain, parent)) for domain in domains)
