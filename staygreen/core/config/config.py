"""A whole configuration: one sender, in one account and one region."""

from __future__ import annotations

from dataclasses import dataclass

from staygreen.core.account_share import AccountShare, account_share
from staygreen.core.config.field import key
from staygreen.core.config.tables.address import Address
from staygreen.core.config.tables.approvers import Approver
from staygreen.core.config.tables.domain import Domain
from staygreen.core.config.tables.github import Acknowledgement, GitHub
from staygreen.core.config.tables.mailbox import Mailbox
from staygreen.core.config.tables.monitors.auth_records import AuthRecords
from staygreen.core.config.tables.monitors.blocklist import Blocklist
from staygreen.core.config.tables.monitors.cases import Cases
from staygreen.core.config.tables.monitors.complaints import Complaints
from staygreen.core.config.tables.monitors.dmarc import DmarcReports
from staygreen.core.config.tables.monitors.refusals import Refusals
from staygreen.core.config.tables.monitors.reverse_dns import ReverseDns
from staygreen.core.config.tables.monitors.ses_reputation import SesReputation
from staygreen.core.config.tables.monitors.snds import Snds
from staygreen.core.config.tables.monitors.tls_reports import TlsReports
from staygreen.core.config.tables.monitors.volume import Volume
from staygreen.core.config.tables.notifications import Notifications
from staygreen.core.config.tables.pool import ConfigurationSet, Pool
from staygreen.core.config.tables.remediations import Remediations
from staygreen.core.config.tables.reports import Reports
from staygreen.core.config.tables.sender import Sender
from staygreen.core.finding import IPAddress
from staygreen.core.naming import ResourceNames


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitors:
    """What is watched."""

    blocklist: Blocklist = key("DNS blocklists.", factory=Blocklist)
    snds: Snds = key("Microsoft's own view of the addresses.", factory=Snds)
    refusals: Refusals = key("What receiving servers answer.", factory=Refusals)
    complaints: Complaints = key("Recipients' complaints.", factory=Complaints)
    cases: Cases = key("Delisting cases.", factory=Cases)
    reverse_dns: ReverseDns = key("Reverse DNS of every address.", factory=ReverseDns)
    auth_records: AuthRecords = key("Authentication records of every identity.", factory=AuthRecords)
    ses_reputation: SesReputation = key("What SES thinks of the account.", factory=SesReputation)
    volume: Volume = key("Sudden changes of volume.", factory=Volume)
    dmarc: DmarcReports = key("What DMARC reports say of our mail.", factory=DmarcReports)
    tls_reports: TlsReports = key("What TLS reports say of mail to us.", factory=TlsReports)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraSubjects:
    """What to watch beyond what is found in the account."""

    ips: tuple[IPAddress, ...] = key("Addresses.", ())
    domains: tuple[str, ...] = key("Domains: link and tracking domains, other From domains.", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One sender, in one account and one region."""

    sender: Sender = key("Who sends.")
    domains: tuple[Domain, ...] = key("Domains.", (), toml="domain")
    addresses: tuple[Address, ...] = key("Elastic IPs.", (), toml="address")
    pools: tuple[Pool, ...] = key("Dedicated IP pools.", (), toml="pool")
    configuration_sets: tuple[ConfigurationSet, ...] = key("Configuration sets.", (), toml="configuration_set")
    monitors: Monitors = key("Checks.", factory=Monitors, toml="monitor")
    remediations: Remediations = key("Repairs.", factory=Remediations, toml="remediation")
    approvers: tuple[Approver, ...] = key("People who may approve repairs.", (), toml="approver")
    mailbox: Mailbox | None = key("Where complaint reports come in; absent: none.", None)
    reports: Reports | None = key("DMARC and TLS reports that are received and kept; absent: none.", None)
    subjects: ExtraSubjects = key("Extra subjects.", factory=ExtraSubjects)
    notifications: Notifications = key("Who is told.", factory=Notifications)
    github: GitHub = key("Reviews on GitHub.", factory=GitHub)
    acknowledgements: tuple[Acknowledgement, ...] = key(
        "Findings of reviews that are accepted, each until a day.", (), toml="acknowledge"
    )

    @property
    def share(self) -> AccountShare:
        """What of SES is this sender's."""
        return account_share(self.sender.only, (each.name for each in self.configuration_sets))

    @property
    def names(self) -> ResourceNames:
        """The names of all that is deployed for it."""
        return ResourceNames(sender=self.sender.name, environment=self.sender.environment.value)
