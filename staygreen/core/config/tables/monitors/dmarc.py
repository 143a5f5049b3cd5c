"""`[monitor.dmarc]`: what aggregate reports say of our mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from staygreen.core.config.field import key


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcLimits:
    """From where on what reports say is an incident. Shares are of messages of one UTC day."""

    broken_share: float = key("Share of a source's or key's mail that fails, from which on it is broken.", 0.05)
    broken_messages: int = key("Failing messages a day below which nothing is broken.", 20)
    broken_share_alone: float = key("Share that a known reporter's word alone confirms.", 0.5)
    broken_messages_alone: int = key("Failing messages that a known reporter's word alone confirms.", 100)
    quiet_share: float = key("Share below which nothing is wrong: in the week before, and to close.", 0.01)
    spf_alone_share: float = key("Share of a source's mail that passes by SPF alone.", 0.2)
    spf_alone_messages: int = key("Messages a day that pass by SPF alone.", 100)
    spf_alone_days: int = key("Days in a row, to open and to close.", 3)
    spf_alone_quiet: float = key("Share below which it is over.", 0.05)
    undeclared_messages: int = key("Messages of an undeclared sender on each of two days.", 50)
    undeclared_at_once: int = key("Messages of an undeclared sender on one day.", 500)
    undeclared_forgotten: timedelta = key("Unseen for so long, an undeclared sender is gone.", timedelta(days=30))
    campaign_messages: int = key("Messages a day that pass nothing, from which on it is a campaign.", 100)
    campaign_factor: float = key("Times the usual number of such messages; more than 1.", 5.0)
    silence: timedelta = key(
        "No report for so long is an incident; reports are due 16 hours after their day.", timedelta(hours=72)
    )
    silence_sent: int = key("Messages a day that were sent all the same.", 100)
    absent_days: int = key("Days without a report of Google or Microsoft, which used to come.", 4)
    stopped_messages: int = key("Own messages a day that one reporter quarantined or rejected.", 10)
    stopped_share: float = key("Their share of our mail at it.", 0.01)
    not_looked_up_share: float = key("Share of own mail whose key receivers could not look up.", 0.02)
    unreadable: int = key("Reports in a row of one reporter that could not be read.", 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcReports:
    """The `dmarc` check: whose mail the reports show, and whether ours is in order."""

    enabled: bool = key("False: not deployed. Deployed where reports are received.", True)
    schedule: timedelta = key("How often; whole minutes, from 15m to 1d.", timedelta(hours=6))
    limits: DmarcLimits = key("From where on it is an incident.", factory=DmarcLimits)
