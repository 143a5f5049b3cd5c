"""Whether every address has one name of our own that leads back to it (docs/runbooks/reverse_dns.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from staygreen.core.checks.check import Check
from staygreen.core.checks.world import Ask, Source
from staygreen.core.confirmation import Confirmation, read, written
from staygreen.core.dns.message import Question, RecordType
from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.incidents.report import Report
from staygreen.core.provisioning.reverse_name import Present
from staygreen.core.published import causes, ptr
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.findings import Teller, coverage

if TYPE_CHECKING:
    from staygreen.core.config.config import Config

ID = "reverse_dns"


def settings(config: Config) -> Mapping[str, Any]:
    """What the function reads at run time, as JSON values."""
    return {
        "resolvers": list(config.monitors.reverse_dns.resolvers),
        "ips": [str(ip) for ip in config.subjects.ips],
        "domains": sorted(domain.name for domain in config.domains if not domain.parked),
        "addresses": {
            address.allocation_id or config.names.address(address.name): {"ptr": address.ptr, "helo": address.helo}
            for address in config.addresses
        },
        "confirmation": written(config.monitors.reverse_dns.confirmation),
    }


def confirmation(settings: Mapping[str, Any]) -> Confirmation:
    """The incident rules of this check, from its settings."""
    return read(settings, Confirmation())


def run(settings: Mapping[str, Any], ask: Ask) -> Report:
    """Judge every Elastic IP, every dedicated IP and every address of the configuration."""
    teller = Teller(check=ID, causes=causes.REVERSE_DNS, now=ask.now())
    expected = {subject: each for subject, each in _expected(settings, ask)}
    resolvers = {name: Answers(ask.lookup_at(name)) for name in settings["resolvers"]} or {"dns": Answers(ask.lookup)}
    for answers in resolvers.values():
        _fetch(expected.values(), answers)
    views = ptr.Views(resolvers=resolvers, authorities=cache(ask.authorities))
    findings = [
        finding
        for subject, each in expected.items()
        for finding in teller.findings(subject, ptr.judge(each, views), "dns")
    ]
    findings.extend(teller.silence(name, answers) for name, answers in resolvers.items())
    return Report(
        findings=tuple(findings), coverage=tuple(coverage(name, answers) for name, answers in resolvers.items())
    )


def _expected(settings: Mapping[str, Any], ask: Ask) -> Iterator[tuple[Subject, ptr.Expected]]:
    """Every address once, with what is known of it."""
    names, domains = ask.reverse_names(), tuple(settings["domains"])
    addresses = ask.configured_elastic_ips()
    all_declared = {addresses[name]: said for name, said in settings["addresses"].items() if name in addresses}
    seen: set[str] = set()
    subjects = (
        *((subject, False) for subject in ask.elastic_ips()),
        *((subject, True) for subject in ask.dedicated_ips()),
        *((Subject(SubjectKind.IP, ip), False) for ip in settings["ips"]),
    )
    for subject, is_amazons in subjects:
        if subject.id in seen:
            continue
        seen.add(subject.id)
        declared = all_declared.get(subject.id, {})
        present = names.get(subject.id, Present())
        yield (
            subject,
            ptr.Expected(
                address=ip_address(subject.id),
                is_amazons=is_amazons,
                declared=declared.get("ptr", ""),
                helo=declared.get("helo", ""),
                pending=present.pending,
                progress=present.progress,
                domains=domains,
            ),
        )


def _fetch(expected: Iterable[ptr.Expected], answers: Answers) -> None:
    """Ask in two rounds what would be asked one by one: the names, and where they lead."""
    known = [(each, each.address.reverse_pointer) for each in expected]
    answers.fetch(Question(pointer, RecordType.PTR) for _, pointer in known)
    answers.fetch(
        Question(ptr.name_in(value), RecordType.A if each.address.version == 4 else RecordType.AAAA)
        for each, pointer in known
        for value in answers.ask(pointer, RecordType.PTR).values[:1]
    )


CHECK = Check(
    id=ID,
    title="reverse DNS",
    sources=frozenset({Source.ELASTIC_IPS, Source.ELASTIC_IP_NAMES, Source.SES_DEDICATED_IPS, Source.DNS}),
    timeout=timedelta(minutes=5),
    memory_mb=256,
    enabled=lambda config: config.monitors.reverse_dns.enabled,
    schedule=lambda config: config.monitors.reverse_dns.schedule,
    settings=settings,
    secrets=lambda _config: (),
    confirmation=confirmation,
    run=run,
)
