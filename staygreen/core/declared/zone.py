"""Every DNS record that a configuration declares, in whatever zone it belongs to.

What AWS decides on deployment (Easy DKIM names, new addresses) stands as a
placeholder, ``${stack.Output}``: the output of a stack of this sender that will
hold it. `filled` puts live values in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from staygreen.core.config.config import Config
from staygreen.core.config.tables.address import Address
from staygreen.core.config.tables.domain import DkimMode, Domain, SpfAll
from staygreen.core.config.tables.zone import Zone
from staygreen.core.declared.dmarc import declared as declared_dmarc
from staygreen.core.declared.existing import existing
from staygreen.core.declared.record import PLACEHOLDER, Purpose, Record
from staygreen.core.declared.spf import declared as declared_spf
from staygreen.core.declared.tls import mta_sts, tls_rpt
from staygreen.core.dns.message import RecordType
from staygreen.core.naming import ADDRESSES_STACK, address_output, dkim_name_output, dkim_value_output, domain_stack
from staygreen.core.records import dmarc, spf, tls
from staygreen.core.records.dkim import DkimKey
from staygreen.core.records.dmarc import DmarcRecord, Policy
from staygreen.core.records.mail_from import MailFromMx
from staygreen.core.records.name import is_within

EASY_DKIM_NAMES = 3
"""One CNAME for each of three tokens (SES Developer Guide, "Creating DNS records for DKIM signing", 2026-11-24)."""


def records(config: Config, live: Mapping[str, str] | None = None) -> tuple[Record, ...]:
    """Return every record that the configuration declares, domains first, in the file's order.

    Args:
        config: The sender.
        live: Values of placeholders, by ``stack.Output``.
    """
    found = [
        *(record for domain in config.domains for record in domain_records(config, domain)),
        *(record for address in config.addresses for record in address_records(address)),
        *mailbox_records(config),
    ]
    return tuple(filled(record, live or {}) for record in found)


def domain_records(config: Config, domain: Domain) -> tuple[Record, ...]:
    """Return the records of one domain; none when it is only watched."""
    if not domain.manage:
        return ()
    return existing(domain, (*settings_records(domain, config.sender.region), *_report_authorisations(config, domain)))


def settings_records(domain: Domain, region: str) -> Iterator[Record]:
    """Give what the settings of a domain declare of it, each record in the standard form."""
    if domain.parked:
        yield from _parked(domain)
        return
    for part in (_dkim(domain), _mail_from(domain, region), _apex(domain), _dmarc(domain), _transport(domain)):
        yield from part


def address_records(address: Address) -> tuple[Record, ...]:
    """Return the forward A record that the reverse name of an address needs."""
    if not address.manage or not address.ptr:
        return ()
    value = _placeholder(ADDRESSES_STACK, address_output(address.name))
    return (
        Record(
            purpose=Purpose.HOST,
            key="host",
            name=address.ptr,
            type=RecordType.A,
            values=(value,),
            zone=address.zone,
            owner=address.name,
            ttl=address.ttl,
        ),
    )


def mailbox_records(config: Config) -> tuple[Record, ...]:
    """Return the MX record of each domain that mail is received for (Amazon SES endpoints, "Email receiving")."""
    mailbox = config.mailbox
    if mailbox is None:
        return ()
    value = f"10 inbound-smtp.{config.sender.region}.amazonaws.com"
    return tuple(
        Record(
            purpose=Purpose.MAILBOX_MX,
            key=f"mx_{name}",
            name=name,
            type=RecordType.MX,
            values=(value,),
            zone=zone,
            owner=mailbox.domain,
        )
        for name, zone in {
            mailbox.domain: mailbox.zone,
            **{each.domain: each.zone for each in mailbox.contacts},
        }.items()
    )


def filled(record: Record, live: Mapping[str, str]) -> Record:
    """Return the record with the placeholders that `live` knows replaced."""

    def value(match: re.Match[str]) -> str:
        return live.get(match[1], match[0])

    values = tuple(PLACEHOLDER.sub(value, text) for text in record.values)
    return replace(record, name=PLACEHOLDER.sub(value, record.name), values=values)


def _placeholder(stack: str, output: str) -> str:
    return f"${{{stack}.{output}}}"


def _record(domain: Domain, purpose: Purpose, name: str, rtype: RecordType, *values: str, key: str = "") -> Record:
    return Record(
        purpose=purpose,
        key=key or purpose.value,
        name=name,
        type=rtype,
        values=values,
        zone=domain.zone,
        owner=domain.name,
    )


def _dkim(domain: Domain) -> Iterator[Record]:
    for selector in domain.dkim.selectors:
        # Published in either mode: before a change of mode the new key has to be in DNS already.
        name = f"{selector.name}._domainkey.{domain.name}"
        text = str(DkimKey(public_key=selector.public_key))
        yield _record(domain, Purpose.DKIM, name, RecordType.TXT, text, key=f"dkim_{selector.name}")
    if domain.ses and domain.dkim.mode is DkimMode.EASY:
        stack = domain_stack(domain.name)
        for number in range(1, EASY_DKIM_NAMES + 1):
            name = _placeholder(stack, dkim_name_output(number))
            value = _placeholder(stack, dkim_value_output(number))
            yield _record(domain, Purpose.DKIM, name, RecordType.CNAME, value, key=f"dkim{number}")


def _mail_from(domain: Domain, region: str) -> Iterator[Record]:
    name = domain.mail_from_name
    if domain.ses and name:
        yield _record(domain, Purpose.MAIL_FROM_MX, name, RecordType.MX, str(MailFromMx(region=region)))
        yield _record(domain, Purpose.MAIL_FROM_SPF, name, RecordType.TXT, spf.AMAZON_SES)


def _apex(domain: Domain) -> Iterator[Record]:
    if domain.spf:
        texts = (declared_spf(domain.spf), *domain.spf.other_txt)
        yield _record(domain, Purpose.APEX_TXT, domain.name, RecordType.TXT, *texts)


def _dmarc(domain: Domain) -> Iterator[Record]:
    if domain.dmarc:
        yield _record(domain, Purpose.DMARC, f"_dmarc.{domain.name}", RecordType.TXT, str(declared_dmarc(domain.dmarc)))


def _transport(domain: Domain) -> Iterator[Record]:
    if domain.mta_sts:
        name = f"{tls.MTA_STS_LABEL}.{domain.name}"
        yield _record(domain, Purpose.MTA_STS, name, RecordType.TXT, mta_sts(domain.mta_sts))
    if domain.tls_rpt:
        name = f"{tls.TLS_RPT_LABEL}.{domain.name}"
        yield _record(domain, Purpose.TLS_RPT, name, RecordType.TXT, tls_rpt(domain.tls_rpt))


def _parked(domain: Domain) -> Iterator[Record]:
    """Say wherever a receiver looks that this domain neither sends nor takes mail (RFC 7505, RFC 7208 §10.1.2)."""
    yield _record(domain, Purpose.NULL_MX, domain.name, RecordType.MX, "0 .")
    other = domain.spf.other_txt if domain.spf else ()
    yield _record(domain, Purpose.APEX_TXT, domain.name, RecordType.TXT, f"{spf.VERSION} {SpfAll.FAIL.value}", *other)
    policy = declared_dmarc(domain.dmarc) if domain.dmarc else DmarcRecord(policy=Policy.REJECT)
    yield _record(domain, Purpose.DMARC, f"_dmarc.{domain.name}", RecordType.TXT, str(policy))
    nothing = str(DkimKey(public_key=""))
    yield _record(domain, Purpose.NO_DKIM, f"*._domainkey.{domain.name}", RecordType.TXT, nothing)


def _report_authorisations(config: Config, domain: Domain) -> Iterator[Record]:
    for receiver in external_receivers(domain):
        name = dmarc.authorisation_name(domain.name, receiver)
        record = _record(
            domain,
            Purpose.REPORT_AUTHORISATION,
            name,
            RecordType.TXT,
            dmarc.REPORT_AUTHORISATION,
            key=f"report_authorisation_{receiver}",
        )
        yield replace(record, zone=_zone_of(config, receiver))


def external_receivers(domain: Domain) -> tuple[str, ...]:
    """Return the domains that have to agree to take this domain's reports (RFC 9990 §4).

    A receiver above or below the domain is its own. Two names elsewhere under one
    organizational domain get an authorisation too: it does no harm.
    """
    if not domain.dmarc:
        return ()
    addresses = (*domain.dmarc.aggregate_reports, *domain.dmarc.failure_reports)
    receivers = dict.fromkeys(address.rpartition("@")[2] for address in addresses)
    return tuple(
        receiver
        for receiver in receivers
        if not is_within(receiver, domain.name) and not is_within(domain.name, receiver)
    )


def _zone_of(config: Config, name: str) -> Zone | None:
    """The hosted zone in the configuration that holds a name: the longest that fits."""
    given = [*(d.zone for d in config.domains if d.manage), *(a.zone for a in config.addresses if a.manage)]
    given += [config.mailbox.zone] if config.mailbox else []
    zones = [zone for zone in given if zone and is_within(name, zone.name)]
    return max(zones, key=lambda zone: len(zone.name), default=None)
