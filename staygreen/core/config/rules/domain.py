"""Rules about domains: names, zones, DKIM, SPF, DMARC, and what is parked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_network

from staygreen.core.config.config import Config
from staygreen.core.config.line_numbers import Path
from staygreen.core.config.problem import Problem, suggestion
from staygreen.core.config.rules.sender import is_mail_address, repeated
from staygreen.core.config.rules.zone import zone_problems
from staygreen.core.config.tables.domain import DkimMode, Domain, Selector
from staygreen.core.naming import domain_stack
from staygreen.core.records import dkim, spf
from staygreen.core.records.dmarc import Policy
from staygreen.core.records.fault import Fault
from staygreen.core.records.name import is_host_name, is_label, is_within

_PRIVATE_KEY_STARTS = ("MIIEv", "MIIEo", "MIIEp", "MIICd", "MIICX", "MIICW")
"""How base64 of an RSA private key of 1024 or 2048 bits begins (PKCS #8 and PKCS #1)."""
_MAX_ROUTE53_TXT = 4000
_POLICY_ID = re.compile(r"[A-Za-z0-9]{1,32}")


def names(config: Config) -> Iterator[Problem]:
    """Names are canonical, unique, and give each domain a stack of its own."""
    yield from repeated((domain.name for domain in config.domains), "domain", "domain")
    stacks: dict[str, str] = {}
    for path, domain in _domains(config):
        if not is_host_name(domain.name):
            yield Problem((*path, "name"), _not_canonical(domain.name))
        other = stacks.setdefault(domain_stack(domain.name), domain.name)
        if other != domain.name:
            yield Problem((*path, "name"), f'would have the same stack as "{other}": put one in a file of its own')


def zones(config: Config) -> Iterator[Problem]:
    """A domain is its zone's name or below it."""
    for path, domain in _domains(config):
        yield from zone_problems(domain.zone, domain.name, (*path, "zone"))


def default_sets(config: Config) -> Iterator[Problem]:
    """Every identity has a configuration set that exists."""
    known = list(dict.fromkeys(given.name for given in config.configuration_sets))
    for path, domain in _identities(config):
        key = (*path, "configuration_set")
        if domain.configuration_set and domain.configuration_set not in known:
            hint = suggestion(domain.configuration_set, known)
            yield Problem(key, f'there is no configuration set "{domain.configuration_set}"{hint}')
        elif not domain.identity.default_set:
            if domain.configuration_set:
                yield Problem(key, "is named, and identity.default_set = false says that there is none")
        elif not domain.configuration_set and not known:
            yield Problem(key, "no configuration set is defined: mail sent without one emits no events")
        elif not domain.configuration_set and len(known) > 1:
            yield Problem(key, f"is missing: say which of {', '.join(known)}")


def mail_from(config: Config) -> Iterator[Problem]:
    """MAIL FROM is below the domain: SES takes no other (SES developer guide, custom MAIL FROM)."""
    for path, domain in _identities(config):
        name = domain.mail_from_name
        if not is_host_name(domain.name):
            continue
        if name and (not is_host_name(name) or not is_within(name, domain.name) or name == domain.name):
            yield Problem((*path, "mail_from"), f'"{domain.mail_from}" is not a label or a name below {domain.name}')
        elif name in {other.name for other in config.domains}:
            yield Problem((*path, "mail_from"), f'"{name}" is a domain of its own here: its records would collide')


def signing(config: Config) -> Iterator[Problem]:
    """BYODKIM has exactly one signing selector; published keys are RSA keys."""
    for path, domain in _senders(config):
        selectors = domain.dkim.selectors
        place: Path = (*path, "dkim", "selectors")
        yield from _signing_selector(domain, place)
        seen: set[str] = set()
        for index, selector in enumerate(selectors):
            yield from _selector(selector, (*place, index), needs_secret=not domain.identity.keep_signing_key)
            if selector.name in seen:
                yield Problem((*place, index, "name"), f'the selector "{selector.name}" appears twice')
            seen.add(selector.name)


def _signing_selector(domain: Domain, place: Path) -> Iterator[Problem]:
    count = sum(selector.signing for selector in domain.dkim.selectors)
    if not domain.ses:
        if count:
            yield Problem(place, "with ses = false the mail servers sign: no selector has signing = true")
    elif domain.dkim.mode is DkimMode.EASY and count:
        yield Problem(place, "with easy AWS signs: selectors are only published, none has signing = true")
    elif domain.dkim.mode is DkimMode.BYODKIM and count != 1:
        yield Problem(place, f"byodkim needs exactly one selector with signing = true; there are {count}")


def _selector(selector: Selector, path: Path, *, needs_secret: bool) -> Iterator[Problem]:
    if not is_label(selector.name.lower()):
        yield Problem((*path, "name"), f'"{selector.name}" is not one label of letters, digits and inner hyphens')
    if selector.signing and not selector.secret and needs_secret:
        yield Problem((*path, "secret"), "is missing: SES signs with the private key that it names")
    if "PRIVATE KEY" in selector.public_key or selector.public_key.startswith(_PRIVATE_KEY_STARTS):
        yield Problem(
            (*path, "public_key"),
            "holds a PRIVATE key: take it out of this file and of its history, and make a new one",
        )
        return
    bits = dkim.rsa_bits(selector.public_key)
    if bits is None:
        yield Problem((*path, "public_key"), "is not base64 of a DER RSA public key, without headers and line breaks")
    elif bits < 1024:
        yield Problem((*path, "public_key"), f"has {bits} bits: receivers take 1024 or more (RFC 8301 §3.2)")
    elif bits < 2048:
        yield Problem((*path, "public_key"), f"has {bits} bits: 2048 is recommended", is_warning=True)


def senders_policy(config: Config) -> Iterator[Problem]:
    """The SPF record is one that receivers accept."""
    for path, domain in _managed(config):
        if domain.spf:
            yield from _mechanisms(domain, (*path, "spf", "mechanisms"))
            yield from _other_txt(domain.spf.other_txt, (*path, "spf", "other_txt"))


def _mechanisms(domain: Domain, path: Path) -> Iterator[Problem]:
    asking = 0
    for index, mechanism in enumerate(domain.spf.mechanisms if domain.spf else ()):
        term = spf.parse_term(mechanism.value)
        place: Path = (*path, index, "value")
        if not mechanism.reason.strip():
            yield Problem((*path, index, "reason"), "is empty: say who sends, so that somebody can take it out one day")
        if _is_whole_record(mechanism.value):
            yield Problem(place, f'"{mechanism.value}" is a whole record: {_SINGLE}')
            continue
        if isinstance(term, Fault):
            yield Problem(place, f'"{mechanism.value}" {term}')
            continue
        asking += term.asks_dns
        reason = _UNWANTED.get(term.mechanism if isinstance(term, spf.Directive) else "=", "")
        if reason:
            yield Problem(place, f'"{mechanism.value}" {reason}')
    if asking > spf.MAX_LOOKUPS:
        yield Problem(
            path, f"makes receivers ask DNS {asking} times; above {spf.MAX_LOOKUPS} the record fails (RFC 7208 §4.6.4)"
        )


_SINGLE = (
    "list its mechanisms one by one, such as include:spf.example.net, without v=spf1 and without all, which spf.all "
    "sets"
)


def _is_whole_record(text: str) -> bool:
    return text.strip().lower().startswith("v=spf1") or " " in text.strip()


_UNWANTED = {
    "all": "stands last by itself: set spf.all",
    "ptr": "is not to be used (RFC 7208 §5.5): name the hosts or networks",
    "=": "is a modifier: only mechanisms are listed here",
}


def _other_txt(texts: tuple[str, ...], path: Path) -> Iterator[Problem]:
    for index, text in enumerate(texts):
        if spf.is_spf(text):
            yield Problem(
                (*path, index), "is an SPF record: a second one voids both (RFC 7208 §4.5); use spf.mechanisms"
            )
        if len(text.encode()) > _MAX_ROUTE53_TXT or not text:
            yield Problem((*path, index), f"must have 1 to {_MAX_ROUTE53_TXT} octets")
        if text in texts[:index]:
            yield Problem((*path, index), "appears twice")


def reports(config: Config) -> Iterator[Problem]:
    """DMARC report addresses are plain mail addresses; a policy that nobody reads about is worth a warning."""
    for path, domain in _managed(config):
        if domain.dmarc is None:
            continue
        for key in ("aggregate_reports", "failure_reports"):
            for index, address in enumerate(getattr(domain.dmarc, key)):
                reason = _report_address(address)
                if reason:
                    yield Problem((*path, "dmarc", key, index), reason)
        if not domain.dmarc.aggregate_reports:
            yield Problem((*path, "dmarc"), "has no aggregate_reports: nobody sees what fails", is_warning=True)


def _report_address(address: str) -> str:
    if address.lower().startswith("mailto:"):
        return f'"{address}" is a URI: write the mail address without mailto:'
    if not is_mail_address(address) or "!" in address or address != address.lower():
        return f'"{address}" is not a mail address in lower case'
    return ""


def transport(config: Config) -> Iterator[Problem]:
    """MTA-STS ids and TLS-RPT addresses are what senders can read."""
    for path, domain in _managed(config):
        if domain.mta_sts and not _POLICY_ID.fullmatch(domain.mta_sts.id):
            yield Problem((*path, "mta_sts", "id"), f'"{domain.mta_sts.id}" is not 1 to 32 letters and digits')
        if domain.tls_rpt and not domain.tls_rpt.aggregate_reports:
            yield Problem((*path, "tls_rpt", "aggregate_reports"), "is empty: name who gets the reports")
        for index, address in enumerate(domain.tls_rpt.aggregate_reports if domain.tls_rpt else ()):
            reason = _report_address(address)
            if reason:
                yield Problem((*path, "tls_rpt", "aggregate_reports", index), reason)


def other_senders(config: Config) -> Iterator[Problem]:
    """A sender of a domain can be told from others by something."""
    for path, domain in _domains(config):
        for index, sender in enumerate(domain.senders):
            yield from network_problems((*path, "sender", index, "networks"), sender.networks)
            if not (sender.selectors or sender.spf_domains or sender.networks):
                text = "needs selectors, spf_domains or networks: nothing else shows in reports who sent"
                yield Problem((*path, "sender", index), text)


def network_problems(path: Path, texts: Iterable[str]) -> Iterator[Problem]:
    """The problems of texts that are to be addresses or networks."""
    for index, text in enumerate(texts):
        try:
            ip_network(text, strict=False)
        except ValueError:
            yield Problem((*path, index), f'"{text}" is no address or network such as 192.0.2.0/24')


def parked(config: Config) -> Iterator[Problem]:
    """A parked domain has nothing that sends."""
    for path, domain in _domains(config):
        if not domain.parked:
            continue
        if domain.dkim.selectors or domain.dkim.mode is not DkimMode.EASY:
            yield Problem((*path, "dkim"), "a parked domain signs nothing")
        if domain.spf and domain.spf.mechanisms:
            yield Problem((*path, "spf", "mechanisms"), "a parked domain has no senders")
        if domain.configuration_set:
            yield Problem((*path, "configuration_set"), "a parked domain has no identity to give it to")
        if domain.dmarc and domain.dmarc.policy is not Policy.REJECT:
            yield Problem((*path, "dmarc", "policy"), "a parked domain asks for reject")


def _domains(config: Config) -> Iterator[tuple[Path, Domain]]:
    for index, domain in enumerate(config.domains):
        yield ("domain", index), domain


def _managed(config: Config) -> Iterator[tuple[Path, Domain]]:
    return ((path, domain) for path, domain in _domains(config) if domain.manage)


def _senders(config: Config) -> Iterator[tuple[Path, Domain]]:
    return ((path, domain) for path, domain in _managed(config) if not domain.parked)


def _identities(config: Config) -> Iterator[tuple[Path, Domain]]:
    return ((path, domain) for path, domain in _senders(config) if domain.ses)


def _not_canonical(name: str) -> str:
    canonical = name.lower().removesuffix(".")
    if is_host_name(canonical):
        return f'"{name}" must be written "{canonical}"'
    return f'"{name}" is not a domain name; names in other scripts are written in their xn-- form'


RULES = (names, zones, default_sets, mail_from, signing, senders_policy, reports, transport, other_senders, parked)
