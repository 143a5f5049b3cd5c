"""Rules about record sets that are written as they are: each means what the settings beside it say.

Else a setting could be changed and nothing would come of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from staygreen.core.config.config import Config
from staygreen.core.config.line_numbers import Path
from staygreen.core.config.problem import Problem
from staygreen.core.config.tables.domain import DkimMode, Domain, Verbatim
from staygreen.core.records import dkim, dmarc, mail_from, spf, tags, tls, txt
from staygreen.core.records.fault import Fault
from staygreen.core.records.name import is_dns_name

Judge = Callable[[tuple[str, ...]], str]
"""From the values of a record set to what contradicts the settings; empty: nothing does."""

_LONGEST_TTL = 2**31 - 1
"""Seconds (RFC 2181 §8)."""
_EASY_TARGET = re.compile(r"[a-z0-9]+\.dkim\.(?:[a-z0-9-]+\.)?amazonses\.com\.?", re.IGNORECASE)
_MANY = "has {count} values; the settings write one"


def existing_records(config: Config) -> Iterator[Problem]:
    """A record set that is written as it is means what the settings say, and there is one of each name and type."""
    for index, domain in enumerate(config.domains):
        if domain.manage:
            yield from _of_domain(config, domain, ("domain", index, "verbatim"))


def ttls(config: Config) -> Iterator[Problem]:
    """Times to live are those that DNS has."""
    for index, address in enumerate(config.addresses):
        if address.ttl.total_seconds() > _LONGEST_TTL:
            yield Problem(("address", index, "ttl"), f"is above {_LONGEST_TTL} seconds (RFC 2181 §8)")


def _of_domain(config: Config, domain: Domain, path: Path) -> Iterator[Problem]:
    judges = dict(_judges(config, domain))
    seen: set[tuple[str, str]] = set()
    for index, each in enumerate(domain.verbatim):
        place = (*path, index)
        if (each.name, each.type) in seen:
            yield Problem(place, f"is the second record set {each.name} {each.type}")
        seen.add((each.name, each.type))
        yield from _form(each, place)
        judge = judges.get((each.name, each.type)) or _easy_judge(domain, each)
        reason = judge(each.values) if judge else _unsaid(each)
        if reason:
            yield Problem((*place, "values"), reason)


def _form(each: Verbatim, path: Path) -> Iterator[Problem]:
    if not is_dns_name(each.name):
        yield Problem((*path, "name"), f'"{each.name}" is not a name in DNS: lower case, no trailing dot')
    if not each.values:
        yield Problem((*path, "values"), "is empty")
    if each.ttl.total_seconds() > _LONGEST_TTL:
        yield Problem((*path, "ttl"), f"is above {_LONGEST_TTL} seconds (RFC 2181 §8)")


def _unsaid(each: Verbatim) -> str:
    return f"no setting of this domain declares {each.name} {each.type}: take the entry out, or add the setting"


def _easy_judge(domain: Domain, each: Verbatim) -> Judge | None:
    is_easy = domain.ses and domain.dkim.mode is DkimMode.EASY and each.type == "CNAME"
    return _easy if is_easy and each.name.endswith(f"._domainkey.{domain.name}") else None


def _easy(values: tuple[str, ...]) -> str:
    if len(values) != 1:
        return _MANY.format(count=len(values))
    return "" if _EASY_TARGET.fullmatch(values[0]) else f'"{values[0]}" is no key of Easy DKIM'


def _judges(config: Config, domain: Domain) -> Iterator[tuple[tuple[str, str], Judge]]:
    """What judges the record sets that the settings of a domain declare, by name and type."""
    if domain.parked:
        return
    for selector in domain.dkim.selectors:
        yield (f"{selector.name}._domainkey.{domain.name}", "TXT"), _text(partial(_key, selector.public_key))
    if domain.ses and domain.mail_from_name:
        yield (domain.mail_from_name, "MX"), partial(_feedback_mx, config.sender.region)
        yield (domain.mail_from_name, "TXT"), _text(_mail_from_spf)
    if domain.spf:
        yield (domain.name, "TXT"), partial(_apex, domain)
    if domain.dmarc:
        yield (f"_dmarc.{domain.name}", "TXT"), _text(partial(_dmarc, domain))
        for receiver in {each.rpartition("@")[2] for each in _report_addresses(domain)}:
            yield (dmarc.authorisation_name(domain.name, receiver), "TXT"), _text(_authorisation)
    if domain.mta_sts:
        name = f"{tls.MTA_STS_LABEL}.{domain.name}"
        yield (name, "TXT"), _text(partial(_tag, "id", domain.mta_sts.id))
    if domain.tls_rpt:
        wanted = ",".join(f"mailto:{each}" for each in domain.tls_rpt.aggregate_reports)
        yield (f"{tls.TLS_RPT_LABEL}.{domain.name}", "TXT"), _text(partial(_tag, "rua", wanted))


def _report_addresses(domain: Domain) -> tuple[str, ...]:
    return (*domain.dmarc.aggregate_reports, *domain.dmarc.failure_reports) if domain.dmarc else ()


def _text(judge: Callable[[str], str]) -> Judge:
    """Judge the text of a record set that has one value."""

    def judged(values: tuple[str, ...]) -> str:
        if len(values) != 1:
            return _MANY.format(count=len(values))
        text = txt.text_of_route53(values[0])
        return "is no text of a TXT record set in Route 53" if text is None else judge(text)

    return judged


def _key(public_key: str, text: str) -> str:
    found = dkim.parse(text)
    if isinstance(found, Fault):
        return f"is no DKIM key: {found}"
    return "" if found.public_key == public_key else "has another key than public_key says"


def _feedback_mx(region: str, values: tuple[str, ...]) -> str:
    if len(values) != 1:
        return _MANY.format(count=len(values))
    found = mail_from.parse(values[0])
    if isinstance(found, Fault):
        return f"does not lead to SES: {found}"
    return "" if found.region == region else f"leads to SES in {found.region}; the sender is in {region}"


def _mail_from_spf(text: str) -> str:
    return "" if spf.is_spf(text) and "include:amazonses.com" in text.lower() else "does not let SES send"


def _apex(domain: Domain, values: tuple[str, ...]) -> str:
    texts = [txt.text_of_route53(value) for value in values]
    others = sorted(text for text in texts if text is not None and not spf.is_spf(text))
    policies = [spf.parse(text) for text in texts if text is not None and spf.is_spf(text)]
    if None in texts or len(policies) != 1 or isinstance(policies[0], Fault):
        return "has not exactly one readable SPF record"
    settings = domain.spf
    wanted = [str(spf.parse_term(each.value)) for each in settings.mechanisms] if settings else []
    last = settings.all.value if settings else ""
    if list(map(str, policies[0].terms)) != [*wanted, last]:
        return f'"{policies[0]}" is not what spf says: {spf.VERSION} {" ".join([*wanted, last])}'
    return "" if others == sorted(settings.other_txt if settings else ()) else "has other texts than spf.other_txt"


def _dmarc(domain: Domain, text: str) -> str:
    found, wanted = dmarc.parse(text), domain.dmarc
    if isinstance(found, Fault):
        return f"is no DMARC record: {found}"
    if wanted is None:
        return ""
    pairs: Mapping[str, tuple[object, object]] = {
        "policy": (found.policy, wanted.policy),
        "subdomain_policy": (found.subdomain_policy, wanted.subdomain_policy),
        "nonexistent_policy": (found.nonexistent_policy, wanted.nonexistent_policy),
        "dkim_alignment": (found.dkim_alignment, wanted.dkim_alignment),
        "spf_alignment": (found.spf_alignment, wanted.spf_alignment),
        "testing": (found.testing, wanted.testing),
        "aggregate_reports": (dmarc.mail_addresses(found.aggregate_reports), wanted.aggregate_reports),
        "failure_reports": (dmarc.mail_addresses(found.failure_reports), wanted.failure_reports),
    }
    differing = next((name for name, (is_, should) in pairs.items() if is_ != should), "")
    return f"says something else than dmarc.{differing}: change the record's text too, or take the entry out" * bool(
        differing
    )


def _authorisation(text: str) -> str:
    return "" if text.startswith(dmarc.REPORT_AUTHORISATION) else f"does not begin with {dmarc.REPORT_AUTHORISATION}"


def _tag(name: str, wanted: str, text: str) -> str:
    found = tags.parse(text)
    if isinstance(found, Fault):
        return f"is no list of tags: {found}"
    value = next((each.value for each in found if each.name == name), "")
    spaceless = ",".join(part.strip() for part in value.split(",")).lower()
    return "" if spaceless == wanted.lower() else f"has {name}={value}; the setting says {wanted}"


RULES = (existing_records, ttls)
