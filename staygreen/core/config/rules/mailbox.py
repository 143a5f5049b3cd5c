"""Rules about the mailbox: whose mail it takes, and that it takes nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from staygreen.core.config.config import Config
from staygreen.core.config.line_numbers import Path
from staygreen.core.config.problem import Problem
from staygreen.core.config.rules.reports import LOCAL
from staygreen.core.config.rules.sender import is_mail_address
from staygreen.core.config.rules.zone import zone_problems
from staygreen.core.config.tables.mailbox import CONTACT_NAMES, Mailbox
from staygreen.core.config.tables.zone import Zone
from staygreen.core.records.name import is_host_name, is_within

_MOST_CONTACTS = 20
"""Of two addresses each: the rules stand in a function's environment, which holds 4 KB (AWS Lambda quotas)."""


def domains(config: Config) -> Iterator[Problem]:
    """Every domain of the mailbox is free: an MX takes all mail of its name."""
    seen: set[str] = set()
    for path, name, zone in _received(config):
        if not is_host_name(name):
            yield Problem((*path, "domain"), f'"{name}" is not a domain name: lower case, no trailing dot')
            continue
        if name in seen:
            yield Problem((*path, "domain"), f'"{name}" appears twice')
        seen.add(name)
        yield from zone_problems(zone, name, (*path, "zone"))
        yield from _taken(config, name, (*path, "domain"))


def _taken(config: Config, name: str, path: Path) -> Iterator[Problem]:
    for domain in config.domains:
        if domain.parked and domain.name == name:
            yield Problem(path, f'"{name}" is parked: its null MX says that it takes no mail')
        elif domain.ses and domain.mail_from_name == name:
            yield Problem(path, f'"{name}" is a MAIL FROM domain: SES needs its MX for bounces; use another name')
        elif is_within(domain.name, name):
            yield Problem(
                path,
                f'the MX of "{name}" would take all mail of the domain from the servers that it has now: name a '
                f'subdomain that is used for nothing else, such as "reports.{name}"',
            )
    identities = [domain.name for domain in config.domains if domain.ses and not domain.parked]
    if not any(is_within(name, identity) for identity in identities):
        yield Problem(
            path, f'"{name}" is within no SES identity here: SES receives for verified names', is_warning=True
        )


def mailbox(config: Config) -> Iterator[Problem]:
    """The address, the reporters and the retention are usable."""
    given = config.mailbox
    if given is None:
        return
    if not LOCAL.fullmatch(given.jmrp):
        yield Problem(("mailbox", "jmrp"), f'"{given.jmrp}" is not the part before an @: lower case')
    elif given.jmrp in CONTACT_NAMES:
        yield Problem(("mailbox", "jmrp"), f"{given.jmrp}@ is for people: reports need an address of their own")
    for index, reporter in enumerate(given.reporters):
        if not is_host_name(reporter) and (not is_mail_address(reporter) or reporter != reporter.lower()):
            yield Problem(
                ("mailbox", "reporters", index), f'"{reporter}" is neither a domain nor an address, lower case'
            )
    if given.retention < timedelta(days=1) or given.retention % timedelta(days=1):
        yield Problem(("mailbox", "retention"), "must be whole days, 1d or more")
    if len(given.contacts) > _MOST_CONTACTS:
        yield Problem(("mailbox", "contact"), f"has {len(given.contacts)} entries: {_MOST_CONTACTS} is the most")


def _received(config: Config) -> Iterator[tuple[Path, str, Zone | None]]:
    given: Mailbox | None = config.mailbox
    if given is None:
        return
    yield ("mailbox",), given.domain, given.zone
    for index, contact in enumerate(given.contacts):
        yield ("mailbox", "contact", index), contact.domain, contact.zone


RULES = (domains, mailbox)
