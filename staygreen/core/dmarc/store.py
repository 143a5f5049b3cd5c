"""What is stored of reports, as a check or a person asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType

from staygreen.core.dmarc.day import DomainDay, UnreadableReport
from staygreen.core.dmarc.tls_day import TlsDay
from staygreen.core.reports.estate import Estate

LOOKED_BACK = timedelta(days=36)
"""Days that are judged together: a month and a week, so that what is usual is known before what is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredQuestion:
    """What is asked of the store of reports."""

    table: str
    domains: tuple[str, ...]
    since: date
    incidents: str = ""
    """The incident table, where deployments are recorded; empty: they are not asked for."""
    rules: tuple[str, ...] = ()
    """Receipt rules that reports come in by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReports:
    """What the store has."""

    days: tuple[DomainDay, ...] = ()
    """Days of the domains that aggregate reports were about, the oldest first."""
    tls_days: tuple[TlsDay, ...] = ()
    unreadable: tuple[UnreadableReport, ...] = ()
    estates: Mapping[date, Estate] = field(default_factory=lambda: MappingProxyType({}))
    """What was ours on each day."""
    policy_changes: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """When a deployment last changed a domain's DMARC record, by domain."""
    missing_rules: tuple[str, ...] = ()
    """Of the rules that were asked about, those that are not in SES's active set."""

    def estate_of(self, day: date, present: Estate) -> Estate:
        """What was ours on a day, with the senders that are declared now: to declare one re-judges history.

        Where nothing was written down on the day, the nearest later day is taken, else what is ours at present.
        """
        later = min((each for each in self.estates if each >= day), default=None)
        if later is None:
            return present
        then = self.estates[later]
        return Estate(
            domains=then.domains | present.domains,
            parked=present.parked,
            nonexistent=then.nonexistent | present.nonexistent,
            networks=tuple(dict.fromkeys((*then.networks, *present.networks))),
            ses_ranges=present.ses_ranges or then.ses_ranges,
            selectors=then.selectors | present.selectors,
            easy_dkim=then.easy_dkim & present.easy_dkim if then.easy_dkim else present.easy_dkim,
            mail_from=then.mail_from | present.mail_from,
            senders=present.senders,
        )
