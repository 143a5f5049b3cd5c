"""Where the mailbox takes reports in, and the domains of a configuration with those addresses in their records."""

from __future__ import annotations

from dataclasses import replace

from staygreen.core.config.config import Config
from staygreen.core.config.tables.domain import Dmarc, Domain
from staygreen.core.records.dmarc import Policy


def aggregate(config: Config) -> str:
    """The address for aggregate reports; empty: no mailbox takes them."""
    return _address(config, config.reports.aggregate) if config.reports else ""


def failure(config: Config) -> str:
    """The address for failure reports; empty: none are asked for."""
    return _address(config, config.reports.failure) if config.reports else ""


def tls(config: Config) -> str:
    """The address for TLS reports; empty: no mailbox takes them."""
    return _address(config, config.reports.tls) if config.reports else ""


def in_records(config: Config) -> Config:
    """Return the configuration with our addresses in the DMARC and TLS-RPT records that it manages.

    A domain whose record is not managed stays as it is. A parked domain always has a DMARC record.
    """
    if config.reports is None or config.mailbox is None:
        return config
    return replace(config, domains=tuple(_of_domain(config, each) if each.manage else each for each in config.domains))


def _of_domain(config: Config, domain: Domain) -> Domain:
    dmarc = domain.dmarc or (Dmarc(policy=Policy.REJECT) if domain.parked else None)
    if dmarc:
        dmarc = replace(
            dmarc,
            aggregate_reports=_with(dmarc.aggregate_reports, aggregate(config)),
            failure_reports=_with(dmarc.failure_reports, failure(config)),
        )
    rpt = domain.tls_rpt and replace(
        domain.tls_rpt, aggregate_reports=_with(domain.tls_rpt.aggregate_reports, tls(config))
    )
    return replace(domain, dmarc=dmarc, tls_rpt=rpt)


def _with(addresses: tuple[str, ...], ours: str) -> tuple[str, ...]:
    return addresses if not ours or ours in addresses else (*addresses, ours)


def _address(config: Config, local: str) -> str:
    return f"{local}@{config.mailbox.domain}" if config.mailbox and local else ""
