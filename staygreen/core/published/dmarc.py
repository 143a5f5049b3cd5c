"""Whether a domain's DMARC policy is found, is the declared one, and its reports reach somebody.

The record is found by the tree walk of RFC 9989 §4.10: at most eight questions, from the name towards the root.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from staygreen.core.dns.message import RecordType, Reply
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.judgement import LONGEST_RECORD, Judgement, bad, settled, silent
from staygreen.core.records import dmarc, tags
from staygreen.core.records.dmarc import DmarcRecord
from staygreen.core.records.fault import Fault
from staygreen.core.records.name import is_host_name, is_within

MISSING, SEVERAL, INVALID, OBSOLETE = "dmarc_missing", "dmarc_several", "dmarc_invalid", "dmarc_obsolete"
WEAKER, DIFFERS = "dmarc_weaker", "dmarc_differs"
UNDELIVERABLE, UNAUTHORISED = "dmarc_reports_undeliverable", "dmarc_reports_unauthorised"
CAUSES = (MISSING, SEVERAL, INVALID, OBSOLETE, WEAKER, DIFFERS, UNDELIVERABLE, UNAUTHORISED)
REMOVED_TAGS = ("pct", "rf", "ri")
"""Tags that RFC 9989 removed (appendix, "Changes from RFC 7489")."""
_MOST_QUESTIONS = 8
_MOST_RECEIVERS = 10
_VERSION = re.compile(r"v\s*=\s*DMARC1\s*(;|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one name of the walk publishes."""

    domain: str
    text: str
    record: DmarcRecord | Fault


def names(domain: str) -> tuple[str, ...]:
    """The names that a tree walk asks about, the domain first (RFC 9989 §4.10)."""
    labels = domain.split(".")
    shortest = max(1, len(labels) - (_MOST_QUESTIONS - 1)) if len(labels) >= _MOST_QUESTIONS else 1
    return (domain, *(".".join(labels[start:]) for start in range(shortest, len(labels))))


def policy_records(reply: Reply) -> tuple[str, ...]:
    """The TXT strings that begin as a DMARC record does."""
    return tuple(value for value in reply.values if _VERSION.match(value.strip()))


def walk(domain: str, answers: Answers) -> tuple[Found, ...] | Reply:
    """Return the single records on the way, nearest first; or the question that DNS did not answer."""
    found = []
    for name in names(domain):
        reply = answers.ask(f"_dmarc.{name}", RecordType.TXT)
        if not reply.is_answered:
            return reply
        records = policy_records(reply)
        if len(records) != 1:
            continue
        found.append(_found(name, records[0]))
        if _psd(found[-1].text):
            break
    return tuple(found)


def applied(domain: str, found: tuple[Found, ...]) -> Found | None:
    """The record that receivers apply: the domain's own, else that of the organizational domain, else the PSD's."""
    own = [each for each in found if each.domain == domain]
    organization = organizational(domain, found)
    theirs = [each for each in found if each.domain == organization]
    return next(iter((*own, *theirs, *found[-1:])), None)


def organizational(domain: str, found: tuple[Found, ...]) -> str:
    """The organizational domain, from the records of a walk (RFC 9989 §4.10.2)."""
    for each in found:
        psd = _psd(each.text)
        if psd == "n":
            return each.domain
        if psd == "y" and each.domain != domain:
            labels = domain.split(".")
            return ".".join(labels[-(each.domain.count(".") + 2) :])
    return found[-1].domain if found else domain


def judge(domain: str, answers: Answers, *, declared: str = "") -> tuple[Judgement, ...]:
    """Judge the record that receivers apply to a domain.

    Args:
        domain: The author domain.
        answers: What DNS says.
        declared: The domain's own record as declared; empty: none is declared here.
    """
    own = answers.ask(f"_dmarc.{domain}", RecordType.TXT)
    if not own.is_answered:
        return silent(CAUSES, own)
    records = policy_records(own)
    if len(records) > 1:
        text = f"_dmarc.{domain} has {len(records)} DMARC records: receivers then use none of them"
        several = bad(SEVERAL, text, name=f"_dmarc.{domain}", raw=" | ".join(records[:3])[:LONGEST_RECORD])
        return settled(CAUSES, [several], f"{domain} publishes DMARC")
    if records:
        return _settled(domain, _found(domain, records[0]), answers, declared)
    if declared:
        missing = bad(MISSING, f"{domain} does not publish its declared DMARC record", name=f"_dmarc.{domain}")
        return settled(CAUSES, [missing], "")
    return _inherited(domain, answers)


def _inherited(domain: str, answers: Answers) -> tuple[Judgement, ...]:
    """Judge the record that a domain without one of its own is under."""
    found = walk(domain, answers)
    if isinstance(found, Reply):
        return silent(CAUSES, found)
    here = applied(domain, found)
    if here is None:
        missed = _near_misses(domain, answers)
        text = "; ".join([f"neither {domain} nor a domain above it publishes a DMARC record", *missed])
        return settled(CAUSES, [bad(MISSING, text, name=f"_dmarc.{domain}")], "")
    return _settled(domain, here, answers, "")


def _near_misses(domain: str, answers: Answers) -> list[str]:
    """What nearly is the domain's record: by its text, or by the name that it stands at."""
    own = answers.ask(f"_dmarc.{domain}", RecordType.TXT)
    missed = [text for value in own.values if (text := dmarc.near_miss(value))]
    for name in (domain, f"dmarc.{domain}", f"_dmarc.{domain}.{domain}"):
        if policy_records(answers.ask(name, RecordType.TXT)):
            missed.append(f"{name} has one, and receivers look at _dmarc.{domain}")
    return missed[:2]


def _found(domain: str, record: str) -> Found:
    text = record[:LONGEST_RECORD]
    return Found(domain=domain, text=text, record=dmarc.parse(text))


def _settled(domain: str, here: Found, answers: Answers, declared: str) -> tuple[Judgement, ...]:
    fine = f"{domain} is under the DMARC record of {here.domain}: {here.text[:200]}"
    return settled(CAUSES, _faults(domain, here, answers, declared), fine)


def _faults(domain: str, here: Found, answers: Answers, declared: str) -> Iterator[Judgement]:
    name, record = f"_dmarc.{here.domain}", here.record
    if isinstance(record, Fault):
        yield bad(INVALID, f"the DMARC record of {here.domain} cannot be read {record}", name=name, raw=here.text)
        return
    old = [tag for tag, _ in record.other if tag in REMOVED_TAGS]
    if old:
        text = f"the DMARC record of {here.domain} has tags that RFC 9989 removed: {', '.join(old)}"
        yield bad(OBSOLETE, text, name=name, raw=here.text)
    elif declared and here.domain == domain:
        yield from _compared(domain, record, declared, here.text)
    yield from _reports(here.domain, record, answers)


_STRENGTH = ("none", "quarantine", "reject")


def _compared(domain: str, record: DmarcRecord, declared: str, raw: str) -> Iterator[Judgement]:
    wished = dmarc.parse(declared)
    if isinstance(wished, Fault) or str(record) == str(wished):
        return
    name = f"_dmarc.{domain}"
    if _STRENGTH.index(record.policy.value) < _STRENGTH.index(wished.policy.value):
        text = f"the DMARC policy of {domain} is {record.policy.value}, and {wished.policy.value} is declared"
        yield bad(WEAKER, text, name=name, raw=raw)
    else:
        text = f"the DMARC record of {domain} is not the declared one ({declared})"
        yield bad(DIFFERS, text, name=name, raw=raw)


def _reports(domain: str, record: DmarcRecord, answers: Answers) -> Iterator[Judgement]:
    """Whether each receiver of aggregate reports can be reached, and agrees where it is somebody else's."""
    for receiver in _receivers(record):
        yield from _reachable(domain, receiver, answers)
        yield from _agrees(domain, receiver, answers)


def _receivers(record: DmarcRecord) -> tuple[str, ...]:
    found = []
    for uri in record.aggregate_reports:
        scheme, _, address = uri.partition(":")
        if scheme.lower() == "mailto":
            found.append(address.partition("?")[0].partition("!")[0].rpartition("@")[2].lower())
    return tuple(dict.fromkeys(found))[:_MOST_RECEIVERS]


def _reachable(domain: str, receiver: str, answers: Answers) -> Iterator[Judgement]:
    if not is_host_name(receiver):
        yield bad(UNDELIVERABLE, f'reports about {domain} go to "{receiver[:80]}", which is no domain', name=receiver)
        return
    for rtype in (RecordType.MX, RecordType.A, RecordType.AAAA):
        reply = answers.ask(receiver, rtype)
        if not reply.is_answered:
            yield from silent((UNDELIVERABLE,), reply)
            return
        if rtype is RecordType.MX and any(value.split()[-1:] == ["."] for value in reply.values):
            text = f"reports about {domain} go to {receiver}, which takes no mail (null MX)"
            yield bad(UNDELIVERABLE, text, name=receiver)
            return
        if reply.values:
            return
    text = f"reports about {domain} go to {receiver}, which has neither MX nor address"
    yield bad(UNDELIVERABLE, text, name=receiver)


def _agrees(domain: str, receiver: str, answers: Answers) -> Iterator[Judgement]:
    if is_within(receiver, domain) or is_within(domain, receiver) or not is_host_name(receiver):
        return
    ours, theirs = walk(domain, answers), walk(receiver, answers)
    if not isinstance(ours, Reply) and not isinstance(theirs, Reply):
        organization = organizational(domain, ours)
        if "." in organization and organization == organizational(receiver, theirs):
            return
    name = dmarc.authorisation_name(domain, receiver)
    reply = answers.ask(name, RecordType.TXT)
    if not reply.is_answered:
        yield from silent((UNAUTHORISED,), reply)
    elif not policy_records(reply):
        text = f"{receiver} does not agree to take reports about {domain}: {name} is empty"
        yield bad(UNAUTHORISED, text, name=name)


def _psd(text: str) -> str:
    found = tags.parse(text)
    if isinstance(found, Fault):
        return ""
    value = next((tag.value.lower() for tag in found if tag.name == "psd"), "")
    return value if value in ("y", "n") else ""
