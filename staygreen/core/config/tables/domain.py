"""`[[domain]]`: a domain that mail is sent from, with DKIM, SPF, DMARC and MAIL FROM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from types import MappingProxyType
from typing import ClassVar

from staygreen.core.config.field import key
from staygreen.core.config.tables.zone import Zone
from staygreen.core.records.dmarc import Alignment, Policy


class DkimMode(str, Enum):
    """Who makes the key."""

    EASY = "easy"
    BYODKIM = "byodkim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """One DKIM key that we own (RFC 6376 §3.1)."""

    name: str = key("Selector: the label before ._domainkey.")
    public_key: str = key("Public key, base64 of the DER SubjectPublicKeyInfo, without line breaks.")
    secret: str = key(
        "Secrets Manager name of the private key; printed by `staygreen dkim new`. Needed for the signing selector.", ""
    )
    signing: bool = key("True on the one selector that SES signs with; the others are only published.", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """How mail of the domain is signed."""

    mode: DkimMode = key("easy: AWS makes and rotates 2048-bit keys. byodkim: keys of our own.", DkimMode.EASY)
    selectors: tuple[Selector, ...] = key("Published keys of our own; with byodkim one of them signs.", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """One SPF mechanism and why it is there."""

    value: str = key("As in the record: include:_spf.example.net, ip4:192.0.2.0/24, a, mx.")
    reason: str = key("Which system sends from there. Shown in reviews.")


class SpfAll(str, Enum):
    """The last word of an SPF record (RFC 7208 §5.1)."""

    SOFTFAIL = "~all"
    FAIL = "-all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spf:
    """The SPF record of the domain itself (RFC 7208), and what shares its record set."""

    mechanisms: tuple[Mechanism, ...] = key("In the order of the record. SES's own include is on MAIL FROM.", ())
    all: SpfAll = key("~all or -all.", SpfAll.SOFTFAIL)
    other_txt: tuple[str, ...] = key("Every other string of the apex TXT record set: it is one record set.", ())


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

    policy: Policy = key("none, quarantine or reject.", Policy.NONE)
    subdomain_policy: Policy | None = key("sp: for subdomains that exist; absent means as policy.", None)
    nonexistent_policy: Policy | None = key("np: for subdomains that do not exist.", None)
    dkim_alignment: Alignment = key("adkim", Alignment.RELAXED)
    spf_alignment: Alignment = key("aspf", Alignment.RELAXED)
    testing: bool = key("t=y: ask receivers to apply the next weaker policy.", False)
    aggregate_reports: tuple[str, ...] = key("rua: mail addresses for aggregate reports.", ())
    failure_reports: tuple[str, ...] = key("ruf: mail addresses for failure reports.", ())
    people: bool = key("False: nobody posts from the domain. Else `dmarc ready` never recommends reject.", True)
    acknowledged: tuple[str, ...] = key("Undeclared senders that are known and left to the policy, by name.", ())
    accepted_loss: int = key("Altered forwards a month whose loss under reject is accepted.", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MtaSts:
    """The record that announces an MTA-STS policy (RFC 8461 §3.1); the policy itself is served elsewhere."""

    id: str = key("Version of the policy: 1 to 32 letters and digits, another one at each change.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsRpt:
    """Where senders report that mail could not be encrypted (RFC 8460 §3)."""

    LOOKED_FOR: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"rua": "is called aggregate_reports here: mail addresses without mailto:"}
    )

    aggregate_reports: tuple[str, ...] = key("rua: mail addresses for reports.", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSender:
    """Somebody else who sends in the domain's name and is meant to: DMARC reports are read by it."""

    name: str = key("What people call it, such as the service's name.")
    selectors: tuple[str, ...] = key("DKIM selectors that it signs with in the domain's name.", ())
    spf_domains: tuple[str, ...] = key("Domains of its return paths: SPF that passes for one shows it.", ())
    networks: tuple[str, ...] = key("Addresses and networks that it alone sends from.", ())
    forwarder: bool = key("True: it passes mail on, and sends none of its own.", False)
    cycle: timedelta = key("It sends everything once in so long; `dmarc ready` looks back that far.", timedelta(days=1))


class MailFromFailure(str, Enum):
    """What SES does while the MX of MAIL FROM is not found (SES API v2, BehaviorOnMxFailure)."""

    SEND = "send"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Settings of the SES identity that hardly anybody changes; one that was taken over keeps its own here."""

    signing: bool = key("False: SES does not sign its mail with DKIM.", True)
    keep_signing_key: bool = key(
        "True: the key that SES signs with stays as it is, and no template names it: for a private key that is not in "
        "Secrets Manager, and for 1024-bit keys of AWS.",
        False,
    )
    mail_from_failure: MailFromFailure = key(
        "While the MX of MAIL FROM is not found: `send` from amazonses.com, or `reject`.", MailFromFailure.SEND
    )
    feedback_forwarding: bool = key("False: bounces and complaints are not mailed to the sender's address.", True)
    default_set: bool = key("False: no default configuration set; mail sent without one emits no events.", True)


PLAIN_TYPES = ("A", "CNAME", "MX", "TXT")
"""Types of the record sets that a domain's mail needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verbatim:
    """A record set that exists and is written as it is, instead of how its settings would be written.

    It has to mean what the settings say. Without it the next deployment writes the standard form.
    """

    name: str = key("Owner, lower case, without a trailing dot.")
    type: str = key("Record type.", choices=PLAIN_TYPES)
    ttl: timedelta = key("Its time to live.", timedelta(hours=1))
    values: tuple[str, ...] = key("Its values, letter for letter as Route 53 has them: TXT with quotation marks.")


LEAVABLE = ("dkim", "mail_from_mx", "mail_from_spf", "apex_txt", "dmarc", "mta_sts", "tls_rpt", "report_authorisation")
"""Purposes of record sets that can be left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain that mail is sent from."""

    name: str = key("The domain, lower case, without a trailing dot. Names with other scripts in A-label form.")
    manage: bool = key("False: watched only, nothing is provisioned.", True)
    parked: bool = key("True: never sends. Null MX, v=spf1 -all, p=reject; no identity.", False)
    ses: bool = key("False: its mail does not leave through SES. No identity, no MAIL FROM; SPF and DMARC only.", True)
    zone: Zone | None = key("Its hosted zone; absent: the records are exported instead of created.", None)
    dkim: Dkim = key("Signing.", factory=Dkim)
    mail_from: str = key("Custom MAIL FROM: a label such as `bounce` (made bounce.<domain>) or a whole name.", "bounce")
    configuration_set: str = key(
        "Default configuration set of the identity: mail sent without one emits no events. Absent: the only one.", ""
    )
    spf: Spf | None = key("The apex SPF record; absent: no apex TXT record set is managed.", None)
    dmarc: Dmarc | None = key("The DMARC record; absent: not managed.", None)
    identity: Identity = key("Further settings of the identity.", factory=Identity)
    leave_records: tuple[str, ...] = key(
        "Record sets that are not written, because something else owns them or they are weighted, aliases or shared.",
        (),
        choices=LEAVABLE,
    )
    verbatim: tuple[Verbatim, ...] = key("Record sets that exist and are written as they are.", ())
    mta_sts: MtaSts | None = key("The MTA-STS record at _mta-sts; absent: not managed.", None)
    tls_rpt: TlsRpt | None = key("The TLS-RPT record at _smtp._tls; absent: not managed.", None)
    senders: tuple[OtherSender, ...] = key("Others who send in its name; reports are read by it.", (), toml="sender")

    @property
    def mail_from_name(self) -> str:
        """The whole MAIL FROM domain, or empty when there is none."""
        if not self.mail_from or "." in self.mail_from:
            return self.mail_from
        return f"{self.mail_from}.{self.name}"
