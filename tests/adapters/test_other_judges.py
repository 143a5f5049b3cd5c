"""The same zone before our judges and those of others: where they disagree, the reason is written down here."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Iterator
from typing import Any

import checkdmarc.dmarc
import checkdmarc.spf
import checkdmarc.utils
import dkim as dkimpy
import dns.resolver
import pytest

from local.dns.hosted_zones import HostedZones
from local.dns.server import DnsServer
from local.drifts import public_key
from staygreen.adapters.dns.resolver import DnsLookup, Server
from staygreen.core.published import dkim, dmarc, spf
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.judgement import Judgement
from staygreen.core.records.txt import route53_value

with warnings.catch_warnings():
    # A module of 2020: its patterns are written without r"".
    warnings.simplefilter("ignore")
    import spf as pyspf

KEY = public_key()
SENDER = "192.0.2.1"
SPF: dict[str, str | list[str]] = {
    "plain": "v=spf1 ip4:192.0.2.1 -all",
    "redirect": "v=spf1 redirect=plain.test",
    "modifier": "v=spf1 ip4:192.0.2.1 foo=bar -all",
    "blanks": "v=spf1  ip4:192.0.2.1  -all",
    "capitals": "V=SPF1 IP4:192.0.2.1 -ALL",
    "macro": "v=spf1 exists:%{i}.x.test -all",
    "no-end": "v=spf1 ip4:192.0.2.1",
    "everybody": "v=spf1 +all",
    "none": "hello",
    "two": ["v=spf1 -all", "v=spf1 ~all"],
    "typo": "v=spf1 inlcude:x.test -all",
    "gone": "v=spf1 include:nowhere.test -all",
    "loop": "v=spf1 include:loop.test -all",
    "eleven": f"v=spf1 {' '.join(f'a:h{n}.eleven.test' for n in range(11))} -all",
    "void": "v=spf1 a:x1.void.test a:x2.void.test a:x3.void.test -all",
    "address": "v=spf1 ip4:192.0.2.300 -all",
    "letter": "v=spf1 exists:%{z}.x.test -all",
    "redirects": "v=spf1 redirect=plain.test redirect=plain.test",
    "nowhere-else": "v=spf1 redirect=nowhere.test",
}
UNUSABLE_SPF = {spf.MISSING, spf.SEVERAL, spf.INVALID, spf.LOOKUPS, spf.VOID}
DMARC: dict[str, str | list[str]] = {
    "plain": "v=DMARC1; p=reject",
    "tight": "v=DMARC1;p=none;",
    "unknown": "v=DMARC1; p=none; x=y",
    "pct": "v=DMARC1; p=none; pct=50",
    "trial": "v=DMARC1; p=reject; t=y",
    "no-policy": "v=DMARC1; rua=mailto:a@no-policy.test",
    "none": [],
    "two": ["v=DMARC1; p=none", "v=DMARC1; p=reject"],
    "typo": "v=DMARC1; p=rejct",
    "subdomains": "v=DMARC1; p=none; sp=rejct",
    "small": "v=dmarc1; p=none",
    "late": "p=none; v=DMARC1",
}
UNUSABLE_DMARC = {dmarc.MISSING, dmarc.SEVERAL, dmarc.INVALID}
DKIM = {
    "plain": f"v=DKIM1; k=rsa; p={KEY}",
    "short-form": f"p={KEY}",
    "blanks": f"v = DKIM1 ; p = {KEY[:50]} {KEY[50:]}",
    "unknown": f"v=DKIM1; x=1; p={KEY}",
    "revoked": "v=DKIM1; p=",
    "cut": f"v=DKIM1; p={KEY[:200]}",
    "type": f"v=DKIM1; k=x; p={KEY}",
    "version": f"v=DKIM2; p={KEY}",
    "late": f"k=rsa; p={KEY}; v=DKIM1",
    "web": f"v=DKIM1; s=web; p={KEY}",
    "sha1": f"v=DKIM1; h=sha1; p={KEY}",
    "ed25519": f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(range(32))).decode()}",
}
UNUSABLE_DKIM = {dkim.MISSING, dkim.INVALID, dkim.REVOKED, dkim.SHORT}

DISAGREEMENTS = {
    ("checkdmarc", "capitals"): "it wants lower case; strings in a grammar have none (RFC 7208 §4.6.1, RFC 5234 §2.3)",
    ("pyspf", "eleven"): "it judges one sender and stops where that one matches; another sender would ask all eleven",
    ("dkimpy", "late"): "it reads v wherever it stands; it must come first (RFC 6376 §3.6.1)",
    ("dkimpy", "sha1"): "it reads no h; the key forbids sha256, and sha1 counts for nothing (RFC 8301 §3.1)",
    ("dkimpy", "ed25519"): "it needs PyNaCl for this type, which is not installed here",
}
"""Other judge and record -> why we do not follow it."""


def record_sets() -> Iterator[dict[str, Any]]:
    def texts(name: str, values: str | list[str]) -> dict[str, Any]:
        rows = [values] if isinstance(values, str) else values
        return {"Name": name, "Type": "TXT", "ResourceRecords": [{"Value": route53_value(each)} for each in rows]}

    yield from (texts(f"{name}.test.", values) for name, values in SPF.items())
    yield from (texts(f"_dmarc.{name}.d.test.", values) for name, values in DMARC.items() if values)
    yield from (texts(f"{name}._domainkey.k.test.", values) for name, values in DKIM.items())
    for host in range(11):
        yield {"Name": f"h{host}.eleven.test.", "Type": "A", "ResourceRecords": [{"Value": SENDER}]}


@pytest.fixture(scope="module")
def server() -> Iterator[DnsServer]:
    found = list(record_sets())
    with DnsServer([HostedZones(lambda: [("test.", found)], lambda _name, _rtype: [])]) as running:
        yield running


@pytest.fixture
def answers(server: DnsServer) -> Answers:
    return Answers(DnsLookup(servers=(Server.parse(server.address),)))


@pytest.fixture(scope="module")
def theirs(server: DnsServer) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=False)
    address, _, port = server.address.partition(":")
    resolver.nameservers, resolver.port = [address], int(port)
    return resolver


def is_usable(judged: tuple[Judgement, ...], unusable: set[str]) -> bool:
    return not unusable & {each.cause for each in judged if each.state.value == "BAD"}


def agrees(judge: str, name: str, *, ours: bool, said: bool) -> bool:
    """Whether both say the same, or what they differ in is explained."""
    return (ours != said) == ((judge, name) in DISAGREEMENTS)


@pytest.mark.parametrize("name", SPF)
def test_spf(name, answers, theirs, monkeypatch):
    domain = f"{name}.test"
    ours = is_usable(spf.judge(domain, answers, spf.Expected(is_required=True)), UNUSABLE_SPF)
    checkdmarc.utils.DNS_CACHE.clear()
    assert agrees("checkdmarc", name, ours=ours, said=checkdmarc.spf.check_spf(domain, resolver=theirs)["valid"])

    def look_up(asked: str, rtype: str, *_args: Any, **_kwargs: Any) -> list[Any]:
        try:
            found = theirs.resolve(asked, rtype)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        return [((asked, rtype), each.strings if rtype == "TXT" else each.to_text()) for each in found]

    monkeypatch.setattr(pyspf, "DNSLookup", look_up)
    result = pyspf.check2(i=SENDER, s=f"someone@{domain}", h=domain)[0]
    assert agrees("pyspf", name, ours=ours, said=result in ("pass", "fail", "softfail", "neutral"))


@pytest.mark.parametrize("name", DMARC)
def test_dmarc(name, answers, theirs):
    domain = f"{name}.d.test"
    checkdmarc.utils.DNS_CACHE.clear()
    ours = is_usable(dmarc.judge(domain, answers), UNUSABLE_DMARC)
    assert agrees("checkdmarc", name, ours=ours, said=checkdmarc.dmarc.check_dmarc(domain, resolver=theirs)["valid"])


@pytest.mark.parametrize("name", DKIM)
def test_dkim(name, answers, theirs):
    ours = is_usable(dkim.judge("k.test", (dkim.Selector(name=name),), answers), UNUSABLE_DKIM)

    def text(asked: bytes, timeout: int = 5) -> bytes:
        return b"".join(theirs.resolve(asked.decode(), "TXT")[0].strings)

    try:
        key = dkimpy.load_pk_from_dns(f"{name}._domainkey.k.test.".encode(), dnsfunc=text)[0]
    except (dkimpy.KeyFormatError, dkimpy.NaClNotFoundError):
        key = None
    assert agrees("dkimpy", name, ours=ours, said=key is not None)


def test_each_disagreement_is_about_a_record_here():
    names = {"checkdmarc": {*SPF, *DMARC}, "pyspf": {*SPF}, "dkimpy": {*DKIM}}
    assert all(name in names[judge] for judge, name in DISAGREEMENTS)
