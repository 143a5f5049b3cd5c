"""Whether SPF, DKIM, DMARC, MAIL FROM and transport records are as declared (docs/runbooks/auth_records.md).

What is declared comes from the configuration by way of the settings; Easy DKIM's names, and what SES
makes of the records, come from SES itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from staygreen.core.checks.check import Check
from staygreen.core.checks.world import Ask, Source
from staygreen.core.confirmation import Confirmation, read, written
from staygreen.core.declared.record import Purpose
from staygreen.core.declared.zone import domain_records
from staygreen.core.dns.message import Question, RecordType
from staygreen.core.finding import Finding, IPAddress, State, Subject, SubjectKind
from staygreen.core.incidents.report import Coverage, Report
from staygreen.core.published import causes, dkim, dmarc, mail_from, null_mx, ses_identity, spf, tls
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.findings import Teller, coverage
from staygreen.core.published.judgement import Judgement, bad
from staygreen.core.records.name import is_within
from staygreen.core.ses.identity import SesIdentity, is_old

if TYPE_CHECKING:
    from staygreen.core.config.config import Config
    from staygreen.core.config.tables.domain import Domain

ID = "auth_records"
_TEXTS = {
    Purpose.APEX_TXT: "spf",
    Purpose.DMARC: "dmarc",
    Purpose.MTA_STS: "mta_sts",
    Purpose.TLS_RPT: "tls_rpt",
    Purpose.NULL_MX: "null_mx",
}
"""Declared values, by the key that the settings carry them under."""
_SES_DKIM_ZONE = "dkim.amazonses.com"


def settings(config: Config) -> Mapping[str, Any]:
    """What the function reads at run time, as JSON values."""
    return {
        "region": config.sender.region,
        "resolver": config.monitors.auth_records.resolver,
        "domains": [_declared(config, domain) for domain in config.domains],
        "confirmation": written(config.monitors.auth_records.confirmation),
    }


def _declared(config: Config, domain: Domain) -> Mapping[str, Any]:
    """One domain as declared; a watched one has nothing but its name."""
    found: dict[str, Any] = {"name": domain.name}
    if not domain.manage:
        return found
    found |= {
        _TEXTS[record.purpose]: record.values[0]
        for record in domain_records(config, domain)
        if record.purpose in _TEXTS
    }
    if domain.parked:
        return found
    found["dkim"] = {selector.name: selector.public_key for selector in domain.dkim.selectors}
    found["hosts"] = [
        address.allocation_id or config.names.address(address.name)
        for address in config.addresses
        if address.ptr and _owner(config, address.ptr) == domain.name
    ]
    if domain.ses:
        found |= {"ses": True, "mail_from": domain.mail_from_name}
    return {key: value for key, value in found.items() if value}


def _owner(config: Config, host: str) -> str:
    """The domain that a host sends for: the longest above its name."""
    names = [domain.name for domain in config.domains if is_within(host, domain.name)]
    return max(names, key=len, default="")


def confirmation(settings: Mapping[str, Any]) -> Confirmation:
    """The incident rules of this check, from its settings."""
    return read(settings, Confirmation())


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One domain: what is declared of it, and what SES says."""

    name: str
    declared: Mapping[str, Any]
    identity: SesIdentity | None
    region: str
    hosts: tuple[IPAddress, ...]
    """Addresses of its own mail servers, as found in the account."""

    @property
    def selectors(self) -> tuple[dkim.Selector, ...]:
        """The DKIM keys to look for."""
        own = {name: dkim.Selector(name=name, public_key=key) for name, key in self.declared.get("dkim", {}).items()}
        known = self.identity and not self.identity.lacks_details
        # of Easy DKIM's keys one may be absent, of our own none: nothing is said before it is known which they are
        for token in self.identity.dkim_tokens if self.identity and known else ():
            if self.identity and self.identity.is_easy_dkim:
                own[token] = dkim.Selector(name=token, target=f"{token}.{self.identity.dkim_zone or _SES_DKIM_ZONE}")
            else:
                own.setdefault(token, dkim.Selector(name=token))
        return tuple(own.values())

    @property
    def mail_from(self) -> str:
        """The MAIL FROM domain; empty when there is none."""
        return str(self.declared.get("mail_from", "") or (self.identity.mail_from if self.identity else ""))

    @property
    def transport(self) -> Mapping[str, str]:
        """The declared records about transport, by cause."""
        return {cause: self.declared[cause] for cause in tls.CAUSES if cause in self.declared}

    def questions(self) -> Iterator[Question]:
        """What is going to be asked first."""
        yield Question(self.name, RecordType.TXT)
        yield Question(f"_dmarc.{self.name}", RecordType.TXT)
        yield from dkim.questions(self.name, self.selectors)
        if self.mail_from:
            yield from mail_from.questions(self.mail_from)
        yield from tls.questions(self.name, self.transport)
        if "null_mx" in self.declared:
            yield Question(self.name, RecordType.MX)


def run(settings: Mapping[str, Any], ask: Ask) -> Report:
    """Judge every identity and every domain of the configuration."""
    teller, answers = Teller(check=ID, causes=causes.AUTH_RECORDS, now=ask.now()), Answers(ask.lookup)
    plans = tuple(_plans(settings, ask))
    answers.fetch(question for plan in plans for question in plan.questions())
    findings = [finding for plan in plans for finding in _findings(plan, answers, teller)]
    return Report(
        findings=(*findings, teller.silence("dns", answers)),
        coverage=(coverage("dns", answers), *_details(plans, ask.now())),
    )


def _details(plans: Iterable[Plan], now: datetime) -> Iterator[Coverage]:
    """How much of what SES tells of one identity at a time is of today."""
    identities = [plan.identity for plan in plans if plan.identity]
    old = sum(is_old(each, now) for each in identities)
    if identities:
        yield Coverage(
            source="ses_details",
            asked=len(identities),
            answered=len(identities) - old,
            reason="older_than_a_day" if old else "",
        )


def _plans(settings: Mapping[str, Any], ask: Ask) -> Iterator[Plan]:
    declared = {domain["name"]: domain for domain in settings["domains"]}
    identities = {identity.name: identity for identity in ask.ses_identities()}
    addresses = {name: ip_address(address) for name, address in ask.configured_elastic_ips().items()}
    for name in sorted(declared.keys() | identities.keys()):
        said = declared.get(name, {})
        yield Plan(
            name=name,
            declared=said,
            identity=identities.get(name),
            region=settings["region"],
            hosts=tuple(addresses[host] for host in said.get("hosts", ()) if host in addresses),
        )


def _findings(plan: Plan, answers: Answers, teller: Teller) -> Iterator[Finding]:
    subject = Subject(SubjectKind.DOMAIN, plan.name, "SES identity" if plan.identity else "")
    published = judge(plan, answers)
    yield from teller.findings(subject, published, "dns")
    yield from teller.findings(subject, _at_ses(plan, published), "ses")


def judge(plan: Plan, answers: Answers) -> tuple[Judgement, ...]:
    """Everything that DNS says about one domain."""
    expected = spf.Expected(
        is_required=bool(plan.declared.get("spf") or plan.hosts),
        declared=plan.declared.get("spf", ""),
        hosts=plan.hosts,
    )
    return (
        *spf.judge(plan.name, answers, expected),
        *dmarc.judge(plan.name, answers, declared=plan.declared.get("dmarc", "")),
        *(dkim.judge(plan.name, plan.selectors, answers) if plan.selectors else ()),
        *(mail_from.judge(plan.mail_from, plan.region, answers) if plan.mail_from else ()),
        *tls.judge(plan.name, plan.transport, answers),
        *(null_mx.judge(plan.name, answers) if "null_mx" in plan.declared else ()),
    )


def _at_ses(plan: Plan, published: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """What SES says, where the records do not explain it."""
    if plan.identity is None:
        if not plan.declared.get("ses"):
            return ()
        text = f"SES has no identity {plan.name}, which the configuration declares"
        return (bad(ses_identity.UNVERIFIED, text, name=plan.name),)
    wrong = {each.cause for each in published if each.state is State.BAD}
    return ses_identity.judge(
        plan.identity,
        mail_from=plan.declared.get("mail_from", ""),
        is_dkim_explained=bool(wrong & set(dkim.CAUSES)),
        is_mail_from_explained=mail_from.MX in wrong,
    )


CHECK = Check(
    id=ID,
    title="authentication records",
    sources=frozenset({Source.SES_IDENTITIES, Source.SES_IDENTITY_DETAILS, Source.ELASTIC_IPS, Source.DNS}),
    timeout=timedelta(minutes=5),
    memory_mb=256,
    enabled=lambda config: config.monitors.auth_records.enabled,
    schedule=lambda config: config.monitors.auth_records.schedule,
    settings=settings,
    secrets=lambda _config: (),
    confirmation=confirmation,
    run=run,
)
