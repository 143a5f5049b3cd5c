"""What a configuration file says, as values that cannot be wrong.

These definitions are the single source of the keys: the parser, the JSON Schema
and the documentation are made from them. `_key` holds the text that a person
reads beside a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field
from datetime import timedelta
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from types import MappingProxyType
from typing import Any, ClassVar

IPAddress = IPv4Address | IPv6Address


def _key(
    doc: str, default: Any = MISSING, factory: Any = MISSING, *, toml: str = "", choices: tuple[str, ...] = ()
) -> Any:
    """A field with its documentation; without a default the key is required.

    Args:
        doc: What a person reads beside the key.
        default: The value when the key is absent.
        factory: Makes that value, where it is not a plain one.
        toml: The key in the file, where it is not the field's name.
        choices: The only values that the key, or each of its entries, may have.
    """
    metadata = {"doc": doc, "toml": toml, "choices": choices}
    if factory is not MISSING:
        return field(default_factory=factory, metadata=metadata)
    if default is not MISSING:
        return field(default=default, metadata=metadata)
    return field(metadata=metadata)


def _empty() -> Mapping[str, str]:
    return MappingProxyType({})


class Environment(str, Enum):
    """Which copy of the system this is."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"


class DkimMode(str, Enum):
    """Who makes the key."""

    EASY = "easy"
    BYODKIM = "byodkim"


class Policy(str, Enum):
    """What a receiver is asked to do with mail that fails DMARC (RFC 9989 §4.7)."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"


class Alignment(str, Enum):
    """How exactly names must match (RFC 9989 §4.4)."""

    RELAXED = "relaxed"
    STRICT = "strict"


class SpfAll(str, Enum):
    """The last word of an SPF record (RFC 7208 §5.1)."""

    SOFTFAIL = "~all"
    FAIL = "-all"


class PoolKind(str, Enum):
    """What a dedicated IP pool is for."""

    STANDARD = "standard"
    MANAGED = "managed"
    QUARANTINE = "quarantine"
    """A standard pool that listed addresses are moved to; never used for sending."""


class SuppressionReason(str, Enum):
    """Why SES puts a recipient on the suppression list."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"


class SubscriptionProtocol(str, Enum):
    """How a subscriber gets messages."""

    EMAIL = "email"
    HTTPS = "https"
    HTTP = "http"
    """Plain HTTP: only for a loopback address, in the local cloud."""
    SQS = "sqs"
    LAMBDA = "lambda"


class Mode(str, Enum):
    """How far a remediation goes by itself."""

    OFF = "off"
    SUGGEST = "suggest"
    """Plans are announced; nothing is changed."""
    APPROVE = "approve"
    """Plans wait for a person."""
    AUTO = "auto"
    """Plans that nothing objects to are carried out."""


class TopicKey(str, Enum):
    """What encrypts the `alerts` topic at rest."""

    CUSTOMER = "customer"
    NONE = "none"


class Topic(str, Enum):
    """Which messages."""

    ALERTS = "alerts"
    OPERATIONS = "operations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends, and where it is deployed."""

    name: str = _key("Short name: lower-case letters, digits and hyphens, at most 20. Tags and names carry it.")
    environment: Environment = _key("Which copy this is.", Environment.PRODUCTION)
    account: str = _key("The AWS account, 12 digits, in quotes.")
    region: str = _key("Exactly one AWS region, such as eu-central-1.")
    tags: Mapping[str, str] = _key("Tags on every resource.", factory=_empty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A Route 53 hosted zone in this account."""

    id: str = _key("Hosted zone id, such as Z0123456789ABCDEFGHIJ.")
    name: str = _key("The zone's name; the domain is equal to it or below it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """One DKIM key that we own (RFC 6376 §3.1)."""

    name: str = _key("Selector: the label before ._domainkey.")
    public_key: str = _key("Public key, base64 of the DER SubjectPublicKeyInfo, without line breaks.")
    secret: str = _key(
        "Secrets Manager name of the private key; printed by `staygreen dkim new`. Needed for the signing selector.", ""
    )
    signing: bool = _key("True on the one selector that SES signs with; the others are only published.", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """How mail of the domain is signed."""

    mode: DkimMode = _key("easy: AWS makes and rotates 2048-bit keys. byodkim: keys of our own.", DkimMode.EASY)
    selectors: tuple[Selector, ...] = _key("Published keys of our own; with byodkim one of them signs.", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """One SPF mechanism and why it is there."""

    value: str = _key("As in the record: include:_spf.example.net, ip4:192.0.2.0/24, a, mx.")
    reason: str = _key("Which system sends from there. Shown in reviews.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spf:
    """The SPF record of the domain itself (RFC 7208), and what shares its record set."""

    mechanisms: tuple[Mechanism, ...] = _key("In the order of the record. SES's own include is on MAIL FROM.", ())
    all: SpfAll = _key("~all or -all.", SpfAll.SOFTFAIL)
    other_txt: tuple[str, ...] = _key("Every other string of the apex TXT record set: it is one record set.", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Dmarc:
    """The DMARC policy (RFC 9989). There is no pct: it was removed."""

    LOOKED_FOR: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "pct": "was removed from DMARC (RFC 9989): use testing = true for a trial",
            "p": "is called policy here",
            "sp": "is called subdomain_policy here",
            "np": "is called nonexistent_policy here",
            "adkim": "is called dkim_alignment here",
            "aspf": "is called spf_alignment here",
            "t": "is called testing here: true or false",
            "rua": "is called aggregate_reports here: mail addresses without mailto:",
            "ruf": "is called failure_reports here: mail addresses without mailto:",
        }
    )

    policy: Policy = _key("none, quarantine or reject.", Policy.NONE)
    subdomain_policy: Policy | None = _key("sp: for subdomains that exist; absent means as policy.", None)
    nonexistent_policy: Policy | None = _key("np: for subdomains that do not exist.", None)
    dkim_alignment: Alignment = _key("adkim", Alignment.RELAXED)
    spf_alignment: Alignment = _key("aspf", Alignment.RELAXED)
    testing: bool = _key("t=y: ask receivers to apply the next weaker policy.", False)
    aggregate_reports: tuple[str, ...] = _key("rua: mail addresses for aggregate reports.", ())
    failure_reports: tuple[str, ...] = _key("ruf: mail addresses for failure reports.", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class MtaSts:
    """The record that announces an MTA-STS policy (RFC 8461 §3.1); the policy itself is served elsewhere."""

    id: str = _key("Version of the policy: 1 to 32 letters and digits, another one at each change.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsRpt:
    """Where senders report that mail could not be encrypted (RFC 8460 §3)."""

    LOOKED_FOR: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"rua": "is called aggregate_reports here: mail addresses without mailto:"}
    )

    aggregate_reports: tuple[str, ...] = _key("rua: mail addresses for reports.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain that mail is sent from."""

    name: str = _key("The domain, lower case, without a trailing dot. Names with other scripts in A-label form.")
    manage: bool = _key("False: watched only, nothing is provisioned.", True)
    parked: bool = _key("True: never sends. Null MX, v=spf1 -all, p=reject; no identity.", False)
    ses: bool = _key("False: its mail does not leave through SES. No identity, no MAIL FROM; SPF and DMARC only.", True)
    zone: Zone | None = _key("Its hosted zone; absent: the records are exported instead of created.", None)
    dkim: Dkim = _key("Signing.", factory=Dkim)
    mail_from: str = _key(
        "Custom MAIL FROM: a label such as `bounce` (made bounce.<domain>) or a whole name.", "bounce"
    )
    configuration_set: str = _key(
        "Default configuration set of the identity: mail sent without one emits no events. Absent: the only one.", ""
    )
    spf: Spf | None = _key("The apex SPF record; absent: no apex TXT record set is managed.", None)
    dmarc: Dmarc | None = _key("The DMARC record; absent: not managed.", None)
    mta_sts: MtaSts | None = _key("The MTA-STS record at _mta-sts; absent: not managed.", None)
    tls_rpt: TlsRpt | None = _key("The TLS-RPT record at _smtp._tls; absent: not managed.", None)

    @property
    def mail_from_name(self) -> str:
        """The whole MAIL FROM domain, or empty when there is none."""
        if not self.mail_from or "." in self.mail_from:
            return self.mail_from
        return f"{self.mail_from}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An Elastic IP that a mail server sends from."""

    name: str = _key("Short name, unique; part of the logical id: renaming replaces the address.")
    manage: bool = _key("False: watched only; give allocation_id.", True)
    allocation_id: str = _key("Adopt this existing address instead of a new one.", "")
    ptr: str = _key("Reverse DNS name; its A record is created when zone is given.", "")
    helo: str = _key("The name that the server says in HELO, where it is to be checked; usually the PTR name.", "")
    zone: Zone | None = _key(
        "Hosted zone of the PTR name; absent: create its A record elsewhere while the deployment waits.", None
    )
    release: bool = _key("True: deleting it resets its PTR and lets the address go for ever.", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool of SES dedicated IPs."""

    name: str = _key("Pool name in SES.")
    kind: PoolKind = _key("standard, managed or quarantine.", PoolKind.STANDARD)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationSet:
    """How SES treats mail that names this set."""

    name: str = _key("Name in SES.")
    tls_required: bool = _key("True: mail is delivered over TLS or not at all.", False)
    reputation_metrics: bool = _key("Bounce and complaint rates of this set in CloudWatch.", True)
    suppression: tuple[SuppressionReason, ...] = _key(
        "Which events put a recipient on the suppression list.",
        (SuppressionReason.BOUNCE, SuppressionReason.COMPLAINT),
    )
    pool: str = _key("Dedicated IP pool to send from; empty: shared addresses.", "")
    vdm: bool = _key("Virtual Deliverability Manager for this set: engagement metrics; billed by message.", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """When a bad finding becomes an incident, and when an incident is over."""

    sightings: int = _key("Bad findings needed to open.", 2)
    spacing: timedelta = _key("The sightings are more than this apart.", timedelta(seconds=300))
    clears: int = _key("Clean findings in a row needed to close.", 3)
    coverage_runs: int = _key("Runs without an answer after which a source's silence is an incident.", 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnList:
    """A blocklist that the catalogue does not have."""

    id: str = _key("Stable id, lower case.")
    name: str = _key("What people call it.")
    zone: str = _key("DNS zone.")
    targets: tuple[str, ...] = _key("ipv4, ipv6, domain.", choices=("ipv4", "ipv6", "domain"))
    listing_codes: tuple[str, ...] = _key("Answers that mean listed, such as 127.0.0.2 or 127.0.0.2-127.0.0.9.")
    error_codes: tuple[str, ...] = _key("Answers that mean the list refused.", ())
    severity: str = _key("critical, high, medium or info.", "medium", choices=("critical", "high", "medium", "info"))
    positive_test: str = _key("A name or address that is always listed.", "127.0.0.2")
    negative_test: str = _key("A name or address that is never listed; empty: none.", "127.0.0.1")
    delist_url: str = _key("Where to ask for removal.", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocklist:
    """The `blocklist` check."""

    enabled: bool = _key("False: not deployed.", True)
    schedule: timedelta = _key("How often; whole minutes, 15 or more.", timedelta(hours=1))
    confirmation: Confirmation = _key("When a listing is believed, and when it is over.", factory=Confirmation)
    on: tuple[str, ...] = _key("Lists to ask beyond the default set, by id.", ())
    off: tuple[str, ...] = _key("Lists of the default set not to ask, by id.", ())
    own: tuple[OwnList, ...] = _key("Lists of your own.", ())
    keys: Mapping[str, str] = _key(
        "Secrets Manager name of the key, by key family: spamhaus, abusix, spamrats.", factory=_empty
    )
    resolver: str = _key("ADDR or ADDR:PORT of a resolver to ask instead of the system's.", "")
    direct: tuple[str, ...] = _key("Lists whose own name servers are asked, past every resolver, by id.", ())
    neighbourhood: int = _key(
        "Prefix length, 22 to 31: alerts and verdicts count the listed neighbours around. 0: not asked.",
        0,
    )
    fleet: bool = _key(
        "True: what is too much for one function is divided among several (docs/sweep.md). Deploys a state machine, "
        "a function, a bucket and their alarms.",
        False,
    )
    shard: int = _key("With `fleet`: how many subjects one function looks up, 10 to 5,000.", 1000)
    canaries: tuple[str, ...] = _key(
        "Own addresses or domains known to be clean; when one flips, the list is suspected.", ()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseDns:
    """The `reverse_dns` check: each address has one name that leads back to it."""

    enabled: bool = _key("False: not deployed.", True)
    schedule: timedelta = _key("How often; whole minutes, 15 or more.", timedelta(hours=1))
    confirmation: Confirmation = _key("When a fault is believed, and when it is over.", factory=Confirmation)
    resolvers: tuple[str, ...] = _key(
        "Resolvers to ask beside the authoritative servers: ADDR or ADDR:PORT.", ("1.1.1.1", "8.8.8.8")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthRecords:
    """The `auth_records` check: SPF, DKIM, DMARC and MAIL FROM as declared, and as SES sees them."""

    enabled: bool = _key("False: not deployed.", True)
    schedule: timedelta = _key("How often; whole minutes, 15 or more.", timedelta(hours=1))
    confirmation: Confirmation = _key("When a fault is believed, and when it is over.", factory=Confirmation)
    resolver: str = _key("ADDR or ADDR:PORT of a resolver to ask instead of the system's.", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class SesReputation:
    """The `ses_reputation` check: whether SES still trusts the account."""

    enabled: bool = _key("False: not deployed. Deployed where something sends through SES.", True)
    schedule: timedelta = _key(
        "How often; whole minutes, 15 or more. What SES tells by itself is judged at once.", timedelta(hours=1)
    )
    confirmation: Confirmation = _key("When a rate is believed, and when it is over.", factory=Confirmation)
    bounce_limit: float = _key("Bounce rate at which AWS reviews accounts, as a fraction.", 0.05)
    complaint_limit: float = _key("Complaint rate at which AWS reviews accounts, as a fraction.", 0.001)
    warning_at: float = _key("Share of a limit that is a warning.", 0.4)
    critical_at: float = _key("Share of a limit that is critical.", 0.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """The `volume` check: sudden changes of what is sent through SES."""

    enabled: bool = _key(
        "False: not deployed. Deployed where something sends through SES; configuration sets then publish `Send`, one "
        "custom metric for each.",
        True,
    )
    schedule: timedelta = _key("How often; whole minutes, 15 or more.", timedelta(hours=1))
    confirmation: Confirmation = _key(
        "When a change is believed, and when it is over.",
        factory=lambda: Confirmation(sightings=1, spacing=timedelta(0), clears=1),
    )
    factor: float = _key("Times the usual volume that is sudden; more than 1.", 2.0)
    minimum: int = _key("Messages a day below which nothing is sudden.", 500)


@dataclass(frozen=True, slots=True, kw_only=True)
class SndsNetwork:
    """A network that the SNDS account has access to."""

    network: str = _key("The network, such as 203.0.113.0/24, or one address.")
    attested: str = _key(
        "The day when Microsoft last confirmed the access, such as 2026-11-01; it ends after ten months."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Snds:
    """The `snds` check: Microsoft's own view of the addresses."""

    enabled: bool = _key("True: deployed. Costs nothing for SES dedicated IPs; own addresses need an account.", False)
    schedule: timedelta = _key(
        "How often; whole minutes, 1h or more. Data is daily and one to two days late.", timedelta(hours=6)
    )
    confirmation: Confirmation = _key(
        "When a state is believed, and when it is over.",
        factory=lambda: Confirmation(sightings=1, spacing=timedelta(0), clears=1),
    )
    token_secret: str = _key(
        "Secrets Manager name of the login; written by `staygreen snds login`. Empty: the REST API is not asked.", ""
    )
    link_secret: str = _key("Secrets Manager name of a report link, which ends after 30 days. Empty: none.", "")
    timezone: str = _key("Zone of the dates in reports, which name none.", "UTC")
    networks: tuple[SndsNetwork, ...] = _key(
        "Networks of the account, to be reminded after nine months; TOML key `network`.", (), toml="network"
    )
    steady: tuple[IPAddress, ...] = _key(
        "Addresses that send more than 100 messages a day to Microsoft: silence about them is a finding.", ()
    )
    yellow_days: int = _key("Days of yellow in a row that are a warning.", 2)
    complaint_warning: float = _key("Complaint rate that is a warning, as a fraction: 0.001 is 0.1 %.", 0.001)
    complaint_critical: float = _key("Complaint rate that is critical, as a fraction.", 0.003)
    recipients_gap: float = _key("Share of recipients not accepted that is a warning, as a fraction.", 0.1)
    per_ip_metrics: bool = _key(
        "True: five CloudWatch metrics for each address, once a day: about 60 USD a month for 1,000 addresses.", False
    )
    base_url: str = _key("Where the REST API is.", "https://substrate.office.com/ip-domain-management-snds")
    authority: str = _key("Where logins are made.", "https://login.microsoftonline.com/consumers/oauth2/v2.0")
    client_id: str = _key("OAuth client of Microsoft's portal.", "a53a6cc1-a1cd-46f7-a4aa-281cdabec33c")
    scope: str = _key(
        "OAuth scope; needs offline_access.",
        "a53a6cc1-a1cd-46f7-a4aa-281cdabec33c/.default offline_access openid profile",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """The `refusals` check: what receiving servers answer."""

    enabled: bool = _key("False: not deployed.", True)
    schedule: timedelta = _key(
        "How often counters are judged; whole minutes, 5 or more. A block is judged when it arrives.",
        timedelta(minutes=15),
    )
    log_groups: tuple[str, ...] = _key(
        "CloudWatch log groups with the mail logs of Postfix or Exim; they must exist.", ()
    )
    cluster: int = _key("Messages put off within six hours that make a throttle news.", 3)
    quiet: timedelta = _key("A block is over when nothing was refused for this long.", timedelta(hours=48))
    unreadable_alarm: int = _key("Unreadable events in an hour from which operations are told.", 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaints:
    """The `complaints` check: recipients who marked mail as spam, as SES and reports to the mailbox say."""

    enabled: bool = _key("False: not deployed. Deployed where there is a mailbox, or mail goes through SES.", True)
    schedule: timedelta = _key(
        "How often; whole minutes, from 5m to 1d. A mail to postmaster@ waits this long.", timedelta(minutes=15)
    )
    confirmation: Confirmation = _key(
        "When a count is believed, and when it is over.",
        factory=lambda: Confirmation(sightings=1, spacing=timedelta(0), clears=1),
    )
    window: timedelta = _key("Complaints of this long are counted together; at most 30d.", timedelta(days=1))
    warning: int = _key("Complaints in the window that are a warning: of one address, or of one domain.", 5)
    critical: int = _key("Complaints in the window that are critical.", 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """The `cases` check: reminds of what is owed in delisting cases, and says when one worked."""

    enabled: bool = _key("False: not deployed. Deployed where there are addresses or pools.", True)
    schedule: timedelta = _key("How often; whole minutes, from 15m to 1d.", timedelta(hours=6))


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitors:
    """What is watched."""

    blocklist: Blocklist = _key("DNS blocklists.", factory=Blocklist)
    snds: Snds = _key("Microsoft's own view of the addresses.", factory=Snds)
    refusals: Refusals = _key("What receiving servers answer.", factory=Refusals)
    complaints: Complaints = _key("Recipients' complaints.", factory=Complaints)
    cases: Cases = _key("Delisting cases.", factory=Cases)
    reverse_dns: ReverseDns = _key("Reverse DNS of every address.", factory=ReverseDns)
    auth_records: AuthRecords = _key("Authentication records of every identity.", factory=AuthRecords)
    ses_reputation: SesReputation = _key("What SES thinks of the account.", factory=SesReputation)
    volume: Volume = _key("Sudden changes of volume.", factory=Volume)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraSubjects:
    """What to watch beyond what is found in the account."""

    ips: tuple[IPAddress, ...] = _key("Addresses.", ())
    domains: tuple[str, ...] = _key("Domains: link and tracking domains, other From domains.", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscriber to a topic."""

    topic: Topic = _key("alerts or operations.", Topic.ALERTS)
    protocol: SubscriptionProtocol = _key("email, https, sqs or lambda.")
    endpoint: str = _key("Mail address, https URL, or ARN of the queue or function.")
    severities: tuple[str, ...] = _key(
        "Only these: critical, warning, info; empty: all.", (), choices=("critical", "warning", "info")
    )
    checks: tuple[str, ...] = _key("Only these checks; empty: all.", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """Alerts in a Slack channel, through an app of your own workspace (docs/slack.md)."""

    token_secret: str = _key(
        "Secrets Manager name of the app's bot token: each incident is one thread. This or webhook_secret.", ""
    )
    channel: str = _key("With token_secret: id of the channel, such as C0123456789.", "")
    webhook_secret: str = _key(
        "Secrets Manager name of an incoming webhook's URL: each announcement is a message of its own.", ""
    )
    signing_secret: str = _key(
        "Secrets Manager name of the app's signing secret: alerts get buttons, and a function URL takes their presses. "
        "Empty: no buttons, and nothing is open to the internet.",
        "",
    )
    approvers: tuple[str, ...] = _key(
        "Who may press: ids of users (U0123456789) and, with token_secret, of user groups (S0123456789).", ()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackChannel:
    """A Slack channel that Amazon Q Developer writes to."""

    workspace: str = _key("Id of the workspace, such as T0123456789, as Amazon Q Developer's console shows it.")
    channel: str = _key("Id of the channel, such as C0123456789.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsChannel:
    """A Microsoft Teams channel that Amazon Q Developer writes to."""

    tenant: str = _key("Id of the Microsoft tenant, a UUID.")
    team: str = _key("Id of the team, a UUID.")
    channel: str = _key("Id of the channel, from its link; such as 19%3Aab...%40thread.tacv2.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Alerts in Slack or Teams through Amazon Q Developer, AWS's own chat integration (docs/slack.md)."""

    slack: tuple[SlackChannel, ...] = _key("Slack channels.", ())
    teams: tuple[TeamsChannel, ...] = _key("Teams channels.", ())
    operations: bool = _key("True: alarms about the monitor itself are shown there too.", False)


class Every(str, Enum):
    """How often a digest is sent."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What is new, open, over and unanswered, as one message to everybody who gets alerts."""

    every: Every = _key("day, or week: on Monday.", Every.WEEK)
    hour: int = _key("The hour of the day, 0 to 23.", 7)
    timezone: str = _key("Whose hour: a name such as Europe/Berlin.", "UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """Who is told."""

    encryption: TopicKey = _key("customer: a KMS key of this stack (about 1 USD a month); none.", TopicKey.CUSTOMER)
    subscriptions: tuple[Subscription, ...] = _key("Subscribers.", ())
    slack: Slack | None = _key("Slack, written to directly; absent: not used.", None)
    chat: Chat | None = _key("Slack or Teams through Amazon Q Developer; absent: not used.", None)
    digest: Digest | None = _key("A regular summary; absent: none.", None)
    runbook_base: str = _key(
        "Where the runbooks are; alerts link there.",
        "https://github.com/staygreen/staygreen/blob/main/docs/runbooks",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """A finding of `staygreen review` that is accepted; it stays visible, and counts again after its last day."""

    rule: str = _key("The rule's id as the review prints it, such as dmarc-weakened.")
    subject: str = _key("What the finding is about, as the review prints it, such as TXT _dmarc.example.com.")
    reason: str = _key("Why it is accepted, for whoever reads the review.")
    expires: str = _key("The last day on which it counts, such as 2027-01-31.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """A person who may approve repairs, and how we know them."""

    name: str = _key("What the records call the person; `approvers` of a remediation name it.")
    slack: str = _key(
        "Slack id of a user (U0123ABCD), or of a user group (S0123ABCD) that counts as one; empty: not through Slack.",
        "",
    )
    iam: str = _key(
        "ARN of the IAM user, of the role, or of the role with the session (assumed-role/ROLE/SESSION); "
        "empty: not through the command.",
        "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a remediation may touch; an empty filter lets everything through."""

    pools: tuple[str, ...] = _key("Only addresses of these pools.", ())
    domains: tuple[str, ...] = _key("Only these domains.", ())
    tags: tuple[str, ...] = _key("Only Elastic IPs with one of these tags, written key=value.", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a remediation never goes beyond."""

    capacity_floor: int = _key("Addresses that must stay in a pool.", 2)
    moves_a_day: int = _key("Measures begun within 24 hours.", 1)
    hold_down: timedelta = _key("How long a subject is left alone after a measure, at most 90d.", timedelta(days=1))
    expiry: timedelta = _key("How long a measure is in force at most; then a person decides.", timedelta(days=30))
    volume_floor: int = _key("Messages under which a rate is no evidence.", 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One remediation."""

    mode: Mode = _key("off, suggest (announce plans, change nothing), approve or auto.", Mode.SUGGEST)
    scope: Scope = _key("What it may touch.", factory=Scope)
    limits: Limits = _key("What it never goes beyond.", factory=Limits)
    quiet_hours: tuple[str, ...] = _key("Hours, UTC, in which nothing is applied, such as 22:00-06:00.", ())
    approvers: tuple[str, ...] = _key("Who may approve, by name; empty: every [[approver]].", ())
    two_people: bool = _key("True: two different people have to approve.", False)
    approval_within: timedelta = _key("How long a plan can be approved and applied, at most 7d.", timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine(Remedy):
    """Taking a listed dedicated IP out of service; needs a pool of kind quarantine."""

    clean_days: int = _key("Days without the listing before an address returns.", 3)
    warmup_steps: tuple[int, ...] = _key("Percentages that a returning address climbs; empty: at once.", (10, 25, 50))
    warmup_rest: timedelta = _key("How long it rests on each step.", timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Remedy):
    """Pausing a tenant or configuration set."""

    confirm_after: timedelta = _key("A pause that is not critical waits so long for a second look.", timedelta(hours=1))
    pause: timedelta = _key("How long it is paused.", timedelta(days=1))
    probation: timedelta = _key("How long it is watched after it was resumed.", timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Remediations:
    """What is repaired, and how far that goes by itself."""

    set_reverse_dns: Remedy = _key("Sets a reverse name again where the A record stands.", factory=Remedy)
    quarantine_ip: Quarantine = _key("Moves a listed dedicated IP out of service.", factory=Quarantine)
    pause_sending: Pause = _key("Pauses what sends badly.", factory=Pause)
    suppression: Remedy = _key("Keeps the suppression list right.", factory=Remedy)
    restore_records: Remedy = _key("Brings drifted DNS records back.", factory=Remedy)
    open_case: Remedy = _key("Drafts the delisting case.", factory=Remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHub:
    """Reviews of pull requests on GitHub that compare with what is deployed (docs/review.md)."""

    repository: str = _key("owner/name: its pull requests may read deployed templates. Empty: nothing is made.", "")
    provider: str = _key(
        "ARN of the account's OpenID Connect provider for GitHub; empty: it is made, once for an account.", ""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A domain whose postmaster@ and abuse@ are received, such as the one of a reverse name."""

    domain: str = _key("The domain. Its MX takes all its mail; what is neither postmaster@ nor abuse@ is refused.")
    zone: Zone | None = _key("Its hosted zone; absent: the MX record is exported instead of created.", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Where complaint reports come in (SES receives them), and mail to postmaster@ and abuse@."""

    domain: str = _key("A domain for reports alone, such as reports.example.com: its MX takes all its mail.")
    zone: Zone | None = _key("Its hosted zone; absent: the MX record is exported instead of created.", None)
    jmrp: str = _key(
        "The part before the @ of the address to give to Microsoft's JMRP and other feedback loops.", "jmrp"
    )
    reporters: tuple[str, ...] = _key(
        "Whose reports count when DMARC proves them: addresses, or domains with all below them where no stranger has "
        "a mailbox. Reports of others are kept and count nothing.",
        ("staff@hotmail.com", "microsoft.com", "arf.mail.yahoo.com", "email-abuse.amazonses.com"),
    )
    contacts: tuple[Contact, ...] = _key(
        "Domains of reverse names: SNDS asks for access by mail to them.", (), toml="contact"
    )
    retention: timedelta = _key("How long messages are kept; whole days.", timedelta(days=90))

    @property
    def jmrp_address(self) -> str:
        """The address for reports."""
        return f"{self.jmrp}@{self.domain}"

    @property
    def contact_addresses(self) -> tuple[str, ...]:
        """Every address for people."""
        return tuple(f"{local}@{each.domain}" for each in self.contacts for local in CONTACT_NAMES)


CONTACT_NAMES = ("postmaster", "abuse")
"""RFC 2142 sections 4 and 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One sender, in one account and one region."""

    sender: Sender = _key("Who sends.")
    domains: tuple[Domain, ...] = _key("Domains.", (), toml="domain")
    addresses: tuple[Address, ...] = _key("Elastic IPs.", (), toml="address")
    pools: tuple[Pool, ...] = _key("Dedicated IP pools.", (), toml="pool")
    configuration_sets: tuple[ConfigurationSet, ...] = _key("Configuration sets.", (), toml="configuration_set")
    monitors: Monitors = _key("Checks.", factory=Monitors, toml="monitor")
    remediations: Remediations = _key("Repairs.", factory=Remediations, toml="remediation")
    approvers: tuple[Approver, ...] = _key("People who may approve repairs.", (), toml="approver")
    mailbox: Mailbox | None = _key("Where complaint reports come in; absent: none.", None)
    subjects: ExtraSubjects = _key("Extra subjects.", factory=ExtraSubjects)
    notifications: Notifications = _key("Who is told.", factory=Notifications)
    github: GitHub = _key("Reviews on GitHub.", factory=GitHub)
    acknowledgements: tuple[Acknowledgement, ...] = _key(
        "Findings of reviews that are accepted, each until a day.", (), toml="acknowledge"
    )
