"""What checks may ask the world, as seams that adapters fill.

A check names the sources it reads; its function is given exactly those
permissions. Everything here is a declaration: no module in the core asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from staygreen.core.dns.authoritative import Authorities
from staygreen.core.dns.message import Lookup, StreamLookup
from staygreen.core.finding import Subject
from staygreen.core.provisioning.reverse_name import Present
from staygreen.core.ses.identity import SesIdentity

if TYPE_CHECKING:
    from staygreen.core.delisting.case import Case
    from staygreen.core.dmarc.store import StoredQuestion, StoredReports
    from staygreen.core.replies import complaints
    from staygreen.core.replies.counters import Class, Tally
    from staygreen.core.ses import standing
    from staygreen.core.ses.suppression_list import Entry, Reason
    from staygreen.core.snds import run_result as snds


class Source(Enum):
    """A named source. Stacks turn each into the least permission that reads it."""

    SES_IDENTITIES = "ses_identities"
    """Domain identities and their MAIL FROM domains."""
    SES_IDENTITY_DETAILS = "ses_identity_details"
    """All that SES says of each."""
    SES_DEDICATED_IPS = "ses_dedicated_ips"
    ELASTIC_IPS = "elastic_ips"
    ELASTIC_IP_NAMES = "elastic_ip_names"
    DNS = "dns"
    SECRETS = "secrets"
    SNDS = "snds"
    """Microsoft's REST API or report link: the login in Secrets Manager, and the history table."""
    COMPLAINTS = "complaints"
    """Complaints and mail that came in, in the incident table."""
    CASES = "cases"
    """Delisting cases, in the incident table."""
    RECEIPT_RULES = "receipt_rules"
    """The active receipt rule set of SES."""
    CLOUDWATCH_SNDS = "cloudwatch_snds"
    """The SNDS.* metrics that AWS publishes for SES dedicated IPs."""
    REPLIES = "replies"
    """The counters of what receiving servers answered."""
    SES_STANDING = "ses_standing"
    """What SES says of the account's reputation, and its metrics in CloudWatch."""
    SES_VOLUME = "ses_volume"
    """How many messages were sent, by day."""
    SUPPRESSION_LIST = "suppression_list"
    """The account's suppression list in SES."""
    SES_SENT = "ses_sent"
    """How much SES sent in all, from its CloudWatch metrics."""
    REPORTS = "reports"
    """Days of DMARC and TLS reports, and what was ours on them."""
    SES_TO_MICROSOFT = "ses_to_microsoft"
    """How much of it went to Microsoft, from Virtual Deliverability Manager where it is on."""


# A sweep makes a question, a reply and a result each time it asks, and to make a dataclass that is frozen takes ten
# times as long as one that is not: these are kept from being changed by their types alone. They may be made without
# keywords, which take as long again, but by the sweep alone.


NARROWED = frozenset({Source.SES_IDENTITIES, Source.SES_DEDICATED_IPS, Source.SES_STANDING, Source.SES_VOLUME})
"""Sources that show what is this sender's alone, where `sender.only` says what is."""


class Ask(Protocol):
    """The world as a check may read it. Adapters implement it; tests use `adapters.memory`."""

    def now(self) -> datetime: ...

    def identities(self) -> Iterable[Subject]:
        """SES identities that are domains, their MAIL FROM domains included."""
        ...

    def dedicated_ips(self) -> Iterable[Subject]: ...

    def elastic_ips(self) -> Iterable[Subject]: ...

    def configured_elastic_ips(self) -> Mapping[str, str]:
        """The same addresses, each by the `Name` tag and by the allocation id that a configuration may know it by."""
        ...

    def brought_ips(self) -> Iterable[str]:
        """Those Elastic IPs that are of a range of the sender's own (BYOIP), not of AWS."""
        ...

    def replies(self, table: str, since: datetime, classes: Iterable[Class]) -> tuple[Tally, ...]:
        """The counters of replies in a table, of these classes, from `since` on."""
        ...

    def ses_sent(self, since: datetime, until: datetime) -> int:
        """How many messages SES sent, to all providers together."""
        ...

    def ses_to_microsoft(self, since: datetime) -> int | None:
        """How many messages SES sent to Microsoft from the day (UTC) of `since` on; None: nobody counts them."""
        ...

    def suppressed(self, reason: Reason, since: datetime) -> Iterable[Entry]:
        """What was put on the account's suppression list for a reason since a time."""
        ...

    def secret(self, name: str) -> str | None:
        """The secret's value, or None when it does not exist."""
        ...

    def token(self) -> str:
        """Fresh random text at each call: 32 hexadecimal digits."""
        ...

    @property
    def lookup(self) -> StreamLookup: ...

    def lookup_at(self, resolver: str) -> Lookup:
        """The same, asked of one resolver (`ADDR[:PORT]`)."""
        ...

    @property
    def authorities(self) -> Authorities: ...

    def ses_identities(self) -> Iterable[SesIdentity]:
        """Domain identities, each with all that SES says of it."""
        ...

    def ses_standing(self) -> standing.Standing:
        """Everything about the account's reputation."""
        ...

    def ses_volume(self) -> standing.Volumes:
        """Messages by day: of the account, and of its parts where somebody counts them."""
        ...

    def reverse_names(self) -> Mapping[str, Present]:
        """What EC2 says of the reverse names of Elastic IPs that have one or wait for one, by address."""
        ...

    def snds(self, question: snds.Question) -> snds.Reading:
        """What SNDS says of the addresses: history, after what is new was read and kept."""
        ...

    def received(self, question: complaints.Question) -> complaints.Reading:
        """Complaints and mail that came in, and whether they still can."""
        ...

    def reports(self, question: StoredQuestion) -> StoredReports:
        """The days of DMARC and TLS reports of domains, and what was ours on them."""
        ...

    def cases(self, table: str) -> tuple[Case, ...]:
        """Every delisting case, taken on by what the replies since say."""
        ...
