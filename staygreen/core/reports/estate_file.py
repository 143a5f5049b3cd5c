"""The estate from a file: a configuration, or a file that only lists what is ours."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_network

from staygreen.core.config import line_numbers
from staygreen.core.config.config import Config
from staygreen.core.config.field import key
from staygreen.core.config.problem import Problem, rendered
from staygreen.core.config.reader import read
from staygreen.core.config.rules.domain import network_problems
from staygreen.core.config.tables.domain import DkimMode, Domain, OtherSender
from staygreen.core.errors import ConfigError
from staygreen.core.reports.estate import DeclaredSender, Estate, Network


@dataclass(frozen=True, slots=True, kw_only=True)
class EstateDomain:
    """A domain that mail is sent from."""

    name: str = key("The domain.")
    parked: bool = key("True: never sends.", False)
    selectors: tuple[str, ...] = key("Selectors of our own DKIM keys.", ())
    easy_dkim: bool = key("True: SES makes the selectors (Easy DKIM), and they are not listed.", False)
    mail_from: tuple[str, ...] = key("MAIL FROM domains at SES.", ())
    nonexistent: tuple[str, ...] = key("Names below the domain that do not exist.", ())
    senders: tuple[OtherSender, ...] = key("Others who send in its name.", (), toml="sender")


@dataclass(frozen=True, slots=True, kw_only=True)
class EstateFile:
    """What is ours, listed."""

    addresses: tuple[str, ...] = key("Addresses and networks that are ours alone.", ())
    ses_ranges: tuple[str, ...] = key("Shared networks of SES.", ())
    domains: tuple[EstateDomain, ...] = key("Domains.", (), toml="domain")


def is_configuration(text: str) -> bool:
    """Whether a text is a whole configuration: it has the table `[sender]`."""
    try:
        return "sender" in tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        return False


def parse(text: str, filename: str) -> Estate:
    """Return the estate that a file lists.

    Raises:
        ConfigError: When anything is wrong; its `problems` hold each with its place.
    """
    try:
        document = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError((f"{filename}: not TOML: {error}",)) from error
    listed, problems = read(EstateFile, document)
    problems = (*problems, *_wrong_networks(listed))
    if problems:
        places = line_numbers.lines(text)
        raise ConfigError(tuple(rendered(problem, filename, places, document) for problem in problems))
    return _listed(listed)


def of_config(config: Config) -> Estate:
    """Return the estate that a configuration declares; of its addresses, only those that it names are known."""
    return Estate(
        domains=frozenset({*(each.name for each in config.domains), *config.subjects.domains}),
        parked=frozenset(each.name for each in config.domains if each.parked),
        networks=tuple(ip_network(each) for each in config.subjects.ips),
        selectors=frozenset((each.name, key.name.lower()) for each in config.domains for key in each.dkim.selectors),
        easy_dkim=frozenset(each.name for each in config.domains if _has_easy_dkim(each)),
        mail_from=frozenset(each.mail_from_name for each in config.domains if _sends_by_ses(each)),
        senders=tuple(_sender(each) for domain in config.domains for each in domain.senders),
        unlisted=tuple(each.name for each in config.addresses),
    )


def merged(estates: Iterable[Estate]) -> Estate:
    """Return what several files declare together."""
    all_ = tuple(estates)
    return Estate(
        domains=frozenset().union(*(each.domains for each in all_)),
        parked=frozenset().union(*(each.parked for each in all_)),
        nonexistent=frozenset().union(*(each.nonexistent for each in all_)),
        networks=tuple(network for each in all_ for network in each.networks),
        ses_ranges=tuple(network for each in all_ for network in each.ses_ranges),
        selectors=frozenset().union(*(each.selectors for each in all_)),
        easy_dkim=frozenset().union(*(each.easy_dkim for each in all_)),
        mail_from=frozenset().union(*(each.mail_from for each in all_)),
        senders=tuple(sender for each in all_ for sender in each.senders),
        # whoever lists addresses beside has been told
        unlisted=() if any(each.networks for each in all_) else tuple(name for each in all_ for name in each.unlisted),
    )


def _has_easy_dkim(domain: Domain) -> bool:
    return domain.ses and not domain.parked and domain.dkim.mode is DkimMode.EASY


def _sends_by_ses(domain: Domain) -> bool:
    return domain.ses and not domain.parked and bool(domain.mail_from_name)


def _sender(declared: OtherSender) -> DeclaredSender:
    return DeclaredSender(
        name=declared.name,
        selectors=frozenset(each.lower() for each in declared.selectors),
        spf_domains=frozenset(each.lower() for each in declared.spf_domains),
        networks=_networks(declared.networks),
        is_forwarder=declared.forwarder,
    )


def _listed(listed: EstateFile) -> Estate:
    return Estate(
        domains=frozenset(each.name for each in listed.domains),
        parked=frozenset(each.name for each in listed.domains if each.parked),
        nonexistent=frozenset(name for each in listed.domains for name in each.nonexistent),
        networks=_networks(listed.addresses),
        ses_ranges=_networks(listed.ses_ranges),
        selectors=frozenset((each.name, selector.lower()) for each in listed.domains for selector in each.selectors),
        easy_dkim=frozenset(each.name for each in listed.domains if each.easy_dkim),
        mail_from=frozenset(name for each in listed.domains for name in each.mail_from),
        senders=tuple(_sender(sender) for each in listed.domains for sender in each.senders),
    )


def _networks(texts: Iterable[str]) -> tuple[Network, ...]:
    return tuple(ip_network(each, strict=False) for each in texts)


def _wrong_networks(listed: EstateFile) -> Iterator[Problem]:
    yield from network_problems(("addresses",), listed.addresses)
    yield from network_problems(("ses_ranges",), listed.ses_ranges)
    for number, domain in enumerate(listed.domains):
        for place, sender in enumerate(domain.senders):
            yield from network_problems(("domain", number, "sender", place, "networks"), sender.networks)
