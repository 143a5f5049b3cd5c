"""One record set that a configuration declares."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from staygreen.core.config.tables.zone import Zone
from staygreen.core.dns.message import RecordType
from staygreen.core.records import txt

TTL = timedelta(hours=1)
PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")
"""What is known only after deployment: ``${stack.Output}``."""


class Purpose(str, Enum):
    """What a record is for."""

    DKIM = "dkim"
    MAIL_FROM_MX = "mail_from_mx"
    MAIL_FROM_SPF = "mail_from_spf"
    APEX_TXT = "apex_txt"
    DMARC = "dmarc"
    MTA_STS = "mta_sts"
    TLS_RPT = "tls_rpt"
    REPORT_AUTHORISATION = "report_authorisation"
    HOST = "host"
    MAILBOX_MX = "mailbox_mx"
    NULL_MX = "null_mx"
    NO_DKIM = "no_dkim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record set."""

    purpose: Purpose
    key: str
    """Stable, unique among the records of its domain or address: `dkim1`, `dmarc`, `dkim_s2026a`."""
    name: str
    """Owner, lower case, without a trailing dot; or with placeholders."""
    type: RecordType
    values: tuple[str, ...]
    """Record data. TXT: the whole text, neither quoted nor cut. Names without a trailing dot."""
    zone: Zone | None
    """The hosted zone that gets it; None: it is made elsewhere, by whoever runs that zone."""
    owner: str
    """The domain or address of the configuration that it belongs to."""
    ttl: timedelta = TTL
    verbatim: tuple[str, ...] = ()
    """The values as Route 53 has them already; empty: it is written in the standard form."""

    @property
    def placeholders(self) -> tuple[str, ...]:
        """What is known only after deployment, as ``stack.Output``, without repetition."""
        found = PLACEHOLDER.findall(" ".join((self.name, *self.values)))
        return tuple(dict.fromkeys(found))

    @property
    def known(self) -> bool:
        """Whether everything in it is known."""
        return not self.placeholders

    @property
    def route53_values(self) -> tuple[str, ...]:
        """The values as Route 53 takes them: TXT cut into strings of 255 octets, quoted and escaped."""
        if self.verbatim:
            return self.verbatim
        if self.type is RecordType.TXT:
            return tuple(txt.route53_value(value) for value in self.values)
        return self.values
