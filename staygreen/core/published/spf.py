"""Whether a domain's SPF record is one, is readable, stays within the limits and covers who sends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from staygreen.core.dns.message import Rcode, RecordType
from staygreen.core.finding import IPAddress
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.judgement import LONGEST_RECORD, Judgement, bad, settled, silent, unknown
from staygreen.core.published.spf_evaluation import Result, evaluate, records_of
from staygreen.core.published.spf_macro import Mail
from staygreen.core.published.spf_strangers import last_word, lets_everybody_pass
from staygreen.core.records import spf
from staygreen.core.records.fault import Fault
from staygreen.core.records.spf_cost import MAX_VOID_LOOKUPS, Branch, tree

MISSING, SEVERAL, INVALID = "spf_missing", "spf_several", "spf_invalid"
LOOKUPS, VOID, ALL, HOSTS, DIFFERS = "spf_lookups", "spf_void", "spf_all", "spf_hosts", "spf_differs"
CAUSES = (MISSING, SEVERAL, INVALID, LOOKUPS, VOID, ALL, HOSTS, DIFFERS)
_DEEP = (INVALID, LOOKUPS, VOID, ALL)
"""Causes that only the records of includes tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the configuration says of one domain's SPF."""

    is_required: bool = True
    """Whether having no record is bad: false where SES alone sends, under its MAIL FROM domain."""
    declared: str = ""
    """The record as declared; empty: not declared here."""
    hosts: tuple[IPAddress, ...] = ()
    """Addresses of mail servers that send for the domain."""


def judge(domain: str, answers: Answers, expected: Expected) -> tuple[Judgement, ...]:
    """Judge the record of a domain, its includes followed."""
    reply = answers.ask(domain, RecordType.TXT)
    if not reply.is_answered:
        return silent(CAUSES, reply)
    found = records_of(reply)
    if not found:
        nearly = [missed for value in reply.values if (missed := spf.near_miss(value))]
        lacks = f"{domain} has no SPF record"
        lacks = f"{domain} does not exist in DNS: it has no SPF record" if reply.rcode is Rcode.NXDOMAIN else lacks
        text = "; ".join([lacks, *nearly[:2]])
        missing = bad(MISSING, text, name=domain, raw=" | ".join(reply.values[:3])[:LONGEST_RECORD] if nearly else "")
        return settled(CAUSES, [missing] if expected.is_required else [], f"{domain} has no SPF record and needs none")
    if len(found) > 1:
        text = f"{domain} has {len(found)} SPF records: receivers then use none of them"
        return settled(CAUSES, [bad(SEVERAL, text, name=domain, raw=" | ".join(found))], f"{domain} publishes SPF")
    faults = list(_faults(domain, found[0], answers, expected))
    if not faults and expected.declared and _canonical(found[0]) != _canonical(expected.declared):
        text = f"the SPF record of {domain} is not the declared one ({expected.declared})"
        faults.append(bad(DIFFERS, text, name=domain, raw=found[0]))
    return settled(CAUSES, faults, f"{domain} publishes SPF: {found[0][:200]}")


def _faults(domain: str, record: str, answers: Answers, expected: Expected) -> Iterator[Judgement]:
    if len(record) > LONGEST_RECORD:
        yield bad(INVALID, f"the SPF record of {domain} has {len(record):,} characters", name=domain, raw=record[:200])
        return
    parsed = spf.parse(record)
    if isinstance(parsed, Fault):
        text = f"the SPF record of {domain} cannot be read {parsed}"
        yield bad(INVALID, text, name=domain, raw=record)
        return
    whole = tree(domain, record, answers)
    if whole.lookups > spf.MAX_LOOKUPS:
        yield bad(LOOKUPS, _too_many(domain, whole), name=domain, raw=record)
    elif whole.faults:
        yield bad(INVALID, f"the SPF record of {domain} fails everywhere: {whole.faults[0]}", name=domain, raw=record)
    elif whole.void_lookups > MAX_VOID_LOOKUPS:
        yield bad(VOID, _too_void(domain, whole), name=domain, raw=record)
    elif whole.silent:
        text = f"DNS did not answer for {whole.silent[0]}, which the SPF record of {domain} leads to"
        yield from (unknown(cause, text, "silent", name=whole.silent[0]) for cause in _DEEP)
    elif strangers := _about_strangers(domain, whole):
        yield bad(ALL, strangers, name=domain, raw=record)
    else:
        yield from _uncovered(domain, answers, expected.hosts)


def _uncovered(domain: str, answers: Answers, hosts: Iterable[IPAddress]) -> Iterator[Judgement]:
    for host in hosts:
        found = evaluate(domain, answers, Mail(client=host, sender=f"postmaster@{domain}"))
        if found.silent is not None:
            yield from silent((HOSTS,), found.silent)
        elif found.result is not Result.PASS:
            text = f"the SPF record of {domain} gives {found.result.value} to our own mail server {host}"
            yield bad(HOSTS, text, name=domain)


def _about_strangers(domain: str, whole: Branch) -> str:
    """What is wrong with what a record says of strangers; empty: they fail, or are let through marked (`~all`)."""
    opened = lets_everybody_pass(whole)
    if opened:
        return f"the SPF record of {domain} lets everybody on earth send: {opened}"
    last = last_word(whole)
    if last is not None and last.qualifier in ("-", "~"):
        return ""
    says = f"the SPF record of {domain} says nothing about strangers"
    if last is None:
        return f"{says}: it does not end in ~all or -all"
    return f"{says}: it ends in {last}, which receivers treat as if there were no record"


def _too_many(domain: str, whole: Branch) -> str:
    """Say how many lookups a record costs, and which mechanisms cost most."""
    dearest = sorted(whole.branches, key=lambda branch: branch.lookups, reverse=True)[:3]
    named = ", ".join(f"{branch.term} costs {branch.lookups}" for branch in dearest)
    times = f"{'' if whole.is_whole else 'at least '}{whole.lookups} times"
    return f"the SPF record of {domain} makes receivers ask DNS {times}, above {spf.MAX_LOOKUPS}: {named}"


def _too_void(domain: str, whole: Branch) -> str:
    empty = ", ".join(branch.term for branch in whole.all() if branch.is_void)
    count = whole.void_lookups
    return f"{count} lookups of the SPF record of {domain} find nothing, above {MAX_VOID_LOOKUPS}: {empty}"


def _canonical(record: str) -> str:
    parsed = spf.parse(record)
    return record if isinstance(parsed, Fault) else str(parsed)
