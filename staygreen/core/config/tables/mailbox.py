"""`[mailbox]`: where complaint reports and mail for people come in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from staygreen.core.config.field import key
from staygreen.core.config.tables.zone import Zone

CONTACT_NAMES = ("postmaster", "abuse")
"""RFC 2142 sections 4 and 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A domain whose postmaster@ and abuse@ are received, such as the one of a reverse name."""

    domain: str = key("The domain. Its MX takes all its mail; what is neither postmaster@ nor abuse@ is refused.")
    zone: Zone | None = key("Its hosted zone; absent: the MX record is exported instead of created.", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Where complaint reports come in (SES receives them), and mail to postmaster@ and abuse@."""

    domain: str = key("A domain for reports alone, such as reports.example.com: its MX takes all its mail.")
    zone: Zone | None = key("Its hosted zone; absent: the MX record is exported instead of created.", None)
    jmrp: str = key(
        "The part before the @ of the address to give to Microsoft's JMRP and other feedback loops.", "jmrp"
    )
    reporters: tuple[str, ...] = key(
        "Whose reports count when DMARC proves them: addresses, or domains with all below them where no stranger has "
        "a mailbox. Reports of others are kept and count nothing.",
        ("staff@hotmail.com", "microsoft.com", "arf.mail.yahoo.com", "email-abuse.amazonses.com"),
    )
    contacts: tuple[Contact, ...] = key(
        "Domains of reverse names: SNDS asks for access by mail to them.", (), toml="contact"
    )
    retention: timedelta = key("How long messages are kept; whole days.", timedelta(days=90))

    @property
    def jmrp_address(self) -> str:
        """The address for reports."""
        return f"{self.jmrp}@{self.domain}"

    @property
    def contact_addresses(self) -> tuple[str, ...]:
        """Every address for people."""
        return tuple(f"{local}@{each.domain}" for each in self.contacts for local in CONTACT_NAMES)
