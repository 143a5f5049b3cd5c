"""A whole estate as a configuration that watches and changes nothing, with notes on what it cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address

from staygreen.core.config.config import Config, ExtraSubjects
from staygreen.core.config.tables.domain import Domain
from staygreen.core.config.tables.sender import Sender
from staygreen.core.estate.account_notes import of_the_account
from staygreen.core.estate.addresses import addresses
from staygreen.core.estate.domain import describe as describe_domain
from staygreen.core.estate.found import Estate, OwnedKind, Owner
from staygreen.core.estate.ledger import FILE, Ledger, Part, frozen
from staygreen.core.estate.published import Published
from staygreen.core.estate.sending import configuration_set, pool, unread_pools
from staygreen.core.naming import domain_stack
from staygreen.core.published.dns_cache import Answers
from staygreen.core.records import dmarc, spf
from staygreen.core.records.name import is_host_name

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a file would say."""

    config: Config
    """Nothing in it is managed."""
    notes: Mapping[Part, tuple[str, ...]]
    """Sentences on what could not be read, had to be guessed, or stays as it is."""
    obstacles: Mapping[Part, tuple[str, ...]]
    """Why a part cannot be taken over as it is, in clauses; a part without any can be."""


def describe(estate: Estate, sender: Sender, answers: Answers | None = None) -> Description:
    """Write down an estate.

    Args:
        estate: What was found.
        sender: Who sends; its account and region are the estate's.
        answers: Public DNS, for zones elsewhere; None: it is not asked.
    """
    ledger, published = Ledger(), Published(estate, answers)
    sets = tuple(configuration_set(each, ledger) for each in estate.configuration_sets or ())
    pools = tuple(map(pool, estate.pools or ()))
    pools = (*pools, *unread_pools(sets, pools, ledger))
    config = Config(sender=sender, pools=pools, configuration_sets=sets)
    config = replace(
        config,
        domains=tuple(_domains(estate, config, published, ledger)),
        addresses=tuple(addresses(estate, published, ledger)),
        # Elastic IPs are found by their tag, which these do not have
        subjects=ExtraSubjects(ips=tuple(ip_address(each.ip) for each in estate.addresses or () if each.reverse_name)),
    )
    _owners(estate, config, ledger)
    ledger.note(FILE, *of_the_account(estate))
    return Description(config=config, notes=frozen(ledger.notes), obstacles=frozen(ledger.obstacles))


def _domains(estate: Estate, config: Config, published: Published, ledger: Ledger) -> Iterator[Domain]:
    stacks: dict[str, str] = {}
    names = sorted({*_identities(estate, ledger), *_sending_zones(estate)})
    for name in names:
        other = stacks.setdefault(domain_stack(name), name)
        if other != name:
            ledger.note(FILE, f"Left out: the domain {name}, whose stack would have the name of {other}'s.")
            continue
        found = describe_domain(name, estate.identity(name), config.sender, published, config.configuration_sets)
        ledger.note(("domain", name), *found.notes)
        ledger.hinder(("domain", name), *found.obstacles)
        if found.domain.mail_from_name in names:
            ledger.hinder(("domain", name), f"its MAIL FROM domain {found.domain.mail_from_name} sends mail of its own")
        yield replace(found.domain, manage=False)


def _identities(estate: Estate, ledger: Ledger) -> Iterator[str]:
    mail_addresses = []
    for each in estate.identities or ():
        if not each.is_domain:
            mail_addresses.append(each.name)
        elif is_host_name(each.name.lower()):
            yield each.name.lower()
        else:
            ledger.note(FILE, f"Left out: the identity {each.name}, which is no domain that mail can be sent from.")
    if mail_addresses:
        more = f" and {len(mail_addresses) - _SHOWN} more" if len(mail_addresses) > _SHOWN else ""
        shown = f"{', '.join(mail_addresses[:_SHOWN])}{more}"
        ledger.note(FILE, f"Mail addresses that are identities of their own, watched by their domains: {shown}.")


def _sending_zones(estate: Estate) -> Iterator[str]:
    """Zones without an identity that speak of mail at their own name."""
    published = Published(estate)
    known = {each.name.lower() for each in estate.identities or ()} | {
        each.mail_from for each in estate.identities or ()
    }
    for zone in estate.zones or ():
        if zone.is_private or zone.is_live is False or not is_host_name(zone.name) or zone.name in known:
            continue
        texts = published.look(zone.name, "TXT").values
        policies = published.look(f"_dmarc.{zone.name}", "TXT").values
        if any(map(spf.is_spf, texts)) or any(text.startswith(dmarc.REPORT_AUTHORISATION) for text in policies):
            yield zone.name


def _owners(estate: Estate, config: Config, ledger: Ledger) -> None:
    """Who else looks after something is told beside it, and is why it stays there."""
    for part, owner in _owned(estate, config):
        ledger.note(part, f"{owner.tool} looks after it ({owner.place}): {owner.evidence}.")
        ledger.hinder(part, f"it belongs to {owner.tool} ({owner.place})")
    for domain in config.domains:
        for each in domain.verbatim:
            found = estate.owner(OwnedKind.RECORD, each.name, each.type)
            if found:
                text = f"{each.name} {each.type} belongs to {found.tool} ({found.place})"
                ledger.note(("domain", domain.name), f"{text}: {found.evidence}.")
                ledger.hinder(("domain", domain.name), text)


def _owned(estate: Estate, config: Config) -> Iterator[tuple[Part, Owner]]:
    named: list[tuple[str, OwnedKind, str]] = [
        *(("domain", OwnedKind.IDENTITY, each.name) for each in config.domains),
        *(("address", OwnedKind.ADDRESS, each.allocation_id) for each in config.addresses),
        *(("pool", OwnedKind.POOL, each.name) for each in config.pools),
        *(("configuration_set", OwnedKind.CONFIGURATION_SET, each.name) for each in config.configuration_sets),
    ]
    for key, kind, name in named:
        owner = estate.owner(kind, name)
        if owner:
            yield (key, name), owner
