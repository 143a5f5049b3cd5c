"""Whether the DKIM keys of a domain are published, readable, long enough, not revoked, and the expected ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from staygreen.core.dns.message import Question, Rcode, RecordType
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.judgement import LONGEST_RECORD, Judgement, bad, settled, silent
from staygreen.core.records import dkim
from staygreen.core.records.fault import Fault

MISSING, INVALID, SHORT, WEAK = "dkim_missing", "dkim_invalid", "dkim_short", "dkim_weak"
REVOKED, DIFFERS = "dkim_revoked", "dkim_differs"
CAUSES = (MISSING, INVALID, SHORT, WEAK, REVOKED, DIFFERS)
_SHORTEST, _ADVISED = 1024, 2048
"""Bits of an RSA key (RFC 8301 §3.2)."""
_ED25519_OCTETS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """One key that a domain signs with."""

    name: str
    target: str = ""
    """Easy DKIM: where the CNAME has to lead; empty: the key itself is published."""
    public_key: str = ""
    """The declared key, base64; empty: any key will do."""


def name_of(selector: str, domain: str) -> str:
    """The name that a selector's key is published under (RFC 6376 §3.6.2.1)."""
    return f"{selector}._domainkey.{domain}"


def questions(domain: str, selectors: Iterable[Selector]) -> Iterator[Question]:
    """Everything that `judge` is going to ask."""
    for selector in selectors:
        name = name_of(selector.name, domain)
        yield Question(name, RecordType.TXT)
        if selector.target:
            yield Question(name, RecordType.CNAME)


def judge(domain: str, selectors: tuple[Selector, ...], answers: Answers) -> tuple[Judgement, ...]:
    """Judge the key of each selector."""
    found = [each for selector in selectors for each in _selector(domain, selector, answers)]
    found.extend(_behind(domain, [each for each in selectors if each.target], answers))
    names = ", ".join(selector.name for selector in selectors)
    return settled(CAUSES, found, f"{domain} publishes the DKIM keys {names}")


def any_key(domain: str, answers: Answers) -> tuple[Judgement, ...]:
    """Judge without selectors, which DNS cannot list: whether any name exists below ``_domainkey`` (RFC 8020)."""
    name = f"_domainkey.{domain}"
    reply = answers.ask(name, RecordType.TXT)
    if not reply.is_answered:
        return silent((MISSING,), reply)
    text = f"{domain} has no name below _domainkey: it publishes no DKIM key"
    found = [bad(MISSING, text, name=name)] if reply.rcode is Rcode.NXDOMAIN else []
    return settled((MISSING,), found, f"{domain} has names below _domainkey; name a selector to see the key")


def _selector(domain: str, selector: Selector, answers: Answers) -> Iterator[Judgement]:
    name = name_of(selector.name, domain)
    if selector.target:
        alias = answers.ask(name, RecordType.CNAME)
        if not alias.is_answered:
            yield from silent(CAUSES, alias)
            return
        led = [value.rstrip(".").lower() for value in alias.values]
        if led and led != [selector.target]:
            text = f"the DKIM name {name} leads to {', '.join(led)}, not to {selector.target}"
            yield bad(DIFFERS, text, name=name, raw=" ".join(alias.values))
            return
        if led:
            return  # what is behind the aliases is judged together
    reply = answers.ask(name, RecordType.TXT)
    if not reply.is_answered:
        yield from silent(CAUSES, reply)
    elif not reply.values or selector.target:
        lacks = f"{name} has no {'CNAME' if selector.target else 'TXT'} record"
        yield bad(MISSING, f"the DKIM key {selector.name} of {domain} is not published: {lacks}", name=name)
    else:
        yield from _keys(domain, selector, name, reply.values)


def _behind(domain: str, selectors: Iterable[Selector], answers: Answers) -> Iterator[Judgement]:
    """Judge the keys that Easy DKIM's names lead to: Amazon rotates them, so one that signs is enough."""
    led = [each for each in selectors if _is_led(domain, each, answers)]
    replies = [answers.ask(name_of(each.name, domain), RecordType.TXT) for each in led]
    yield from (each for reply in replies if not reply.is_answered for each in silent((MISSING, INVALID), reply))
    if not led or not all(reply.is_answered for reply in replies):
        return
    judged = [
        tuple(_keys(domain, each, reply.question.name, reply.values))
        for each, reply in zip(led, replies, strict=True)
        if reply.values
    ]
    if not judged:
        names = ", ".join(each.target for each in led)
        yield bad(MISSING, f"no name that Easy DKIM of {domain} leads to has a key: {names}", name=led[0].target)
    usable = [group for group in judged if {each.cause for each in group} <= {WEAK}]
    yield from (each for group in usable or judged for each in group)


def _is_led(domain: str, selector: Selector, answers: Answers) -> bool:
    alias = answers.ask(name_of(selector.name, domain), RecordType.CNAME)
    return [value.rstrip(".").lower() for value in alias.values] == [selector.target]


def _keys(domain: str, selector: Selector, name: str, values: tuple[str, ...]) -> Iterator[Judgement]:
    what = f"the DKIM key {selector.name} of {domain}"
    raw = " | ".join(value[:LONGEST_RECORD] for value in values[:2])
    if len(values) > 1:
        yield bad(INVALID, f"{what} is {len(values)} records, and receivers take one", name=name, raw=raw)
        return
    if len(values[0]) > LONGEST_RECORD:
        yield bad(INVALID, f"{what} has {len(values[0]):,} characters", name=name, raw=raw[:200])
        return
    key = dkim.parse(values[0])
    if isinstance(key, Fault):
        yield bad(INVALID, f"{what} cannot be read {key}", name=name, raw=raw)
    elif key.is_revoked:
        yield bad(REVOKED, f"{what} is revoked: p is empty", name=name, raw=raw)
    else:
        yield from _key(selector, what, name, key, raw)


def _key(selector: Selector, what: str, name: str, key: dkim.DkimKey, raw: str) -> Iterator[Judgement]:
    unusable = list(_unusable(what, name, key, raw))
    if unusable:
        yield from unusable
    elif selector.public_key and key.public_key != selector.public_key:
        yield bad(DIFFERS, f"{what} is not the declared one: signatures made with that fail", name=name, raw=raw)
    elif key.key_type == "rsa" and (dkim.rsa_bits(key.public_key) or 0) < _ADVISED:
        bits = dkim.rsa_bits(key.public_key)
        yield bad(WEAK, f"{what} has {bits} bits, and {_ADVISED} are advised", name=name, raw=raw)


def _is_for(key: dkim.DkimKey, tag: str, wanted: set[str]) -> bool:
    """Whether one of what is wanted is in the list of a tag, or the tag is absent (RFC 6376 §3.6.1)."""
    listed = dict(key.other).get(tag)
    return listed is None or bool(wanted & {each.strip() for each in listed.split(":")})


def _unusable(what: str, name: str, key: dkim.DkimKey, raw: str) -> Iterator[Judgement]:
    if not _is_for(key, "s", {"*", "email"}):
        yield bad(INVALID, f"{what} is not for mail: its tag s names another service", name=name, raw=raw)
    if not _is_for(key, "h", {"sha256"}):
        yield bad(INVALID, f"{what} does not allow sha256, the only hash that receivers take", name=name, raw=raw)
    if key.key_type == "ed25519":
        if key.octets != _ED25519_OCTETS:
            yield bad(
                INVALID, f"{what} has {key.octets} octets; Ed25519 keys have {_ED25519_OCTETS}", name=name, raw=raw
            )
        return
    if key.key_type != "rsa":
        yield bad(INVALID, f'{what} has the unknown type "{key.key_type}"', name=name, raw=raw)
        return
    bits = dkim.rsa_bits(key.public_key)
    if bits is None:
        yield bad(INVALID, f"{what} is not an RSA public key", name=name, raw=raw)
    elif bits < _SHORTEST:
        yield bad(SHORT, f"{what} has {bits} bits: receivers ignore keys below {_SHORTEST}", name=name, raw=raw)
