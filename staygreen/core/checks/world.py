"""What checks may ask the world, as seams that adapters fill.

A check names the sources it reads; its function is given exactly those
permissions. Everything here is a declaration: no module in the core asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol

from staygreen.core.dns.route import SYSTEM, Route
from staygreen.core.finding import Subject

if TYPE_CHECKING:
    from staygreen.core.delisting.case import Case
    from staygreen.core.replies import complaints
    from staygreen.core.replies.counters import Class, Tally
    from staygreen.core.ses import standing
    from staygreen.core.ses.suppression_list import Entry, Reason
    from staygreen.core.snds import run_result as snds


class Source(Enum):
    """A named source. Stacks turn each into the least permission that reads it."""

    SES_IDENTITIES = "ses_identities"
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
    SES_TO_MICROSOFT = "ses_to_microsoft"
    """How much of it went to Microsoft, from Virtual Deliverability Manager where it is on."""


class RecordType(Enum):
    """DNS record types that checks ask for."""

    A = "A"
    AAAA = "AAAA"
    CNAME = "CNAME"
    MX = "MX"
    NS = "NS"
    PTR = "PTR"
    SOA = "SOA"
    TXT = "TXT"


class Rcode(Enum):
    """How a DNS question ended. The last three are ours: nothing was answered."""

    NOERROR = "NOERROR"
    NXDOMAIN = "NXDOMAIN"
    SERVFAIL = "SERVFAIL"
    REFUSED = "REFUSED"
    OTHER = "OTHER"
    TIMEOUT = "TIMEOUT"
    MALFORMED = "MALFORMED"
    NOT_ASKED = "NOT_ASKED"
    """The time or the quota was over before it was answered."""

    # members are singletons; Enum's own hash is written in Python, and a sweep asks it for each reply
    __hash__ = object.__hash__


# A sweep makes a question, a reply and a result each time it asks, and to make a dataclass that is frozen takes ten
# times as long as one that is not: these are kept from being changed by their types alone. They may be made without
# keywords, which take as long again, but by the sweep alone.


@dataclass(slots=True, unsafe_hash=True)
class Question:
    """One DNS question: `name` in lower case without a trailing dot."""

    name: Final[str]
    rtype: Final[RecordType] = RecordType.A
    route: Final[Route] = field(default=SYSTEM, compare=False, repr=False)
    labels: Final[bytes] = field(default=b"", compare=False, repr=False)
    """Of a question for A records: the labels before the route's zone as a message has them, where they are known."""


@dataclass(slots=True, unsafe_hash=True)
class Reply:
    """What came back for one question."""

    question: Final[Question]
    rcode: Final[Rcode]
    values: Final[tuple[str, ...]] = ()
    """Record data of the asked type, in the order of the answer; TXT strings joined."""
    canonical: Final[str] = ""
    """The name that the records belong to after CNAMEs; empty: the asked name."""
    soa_owner: Final[str | None] = None
    """Owner of the SOA in the authority section, or None when there is none."""
    elapsed: Final[timedelta] = timedelta(0)
    ttl: Final[int | None] = None
    """Seconds that the values may be kept; None where nobody looked."""

    @property
    def is_answered(self) -> bool:
        """Whether it says what is published; anything else says nothing, not that nothing is."""
        return self.rcode in (Rcode.NOERROR, Rcode.NXDOMAIN)


class Lookup(Protocol):
    """Names in, answers out: every question gets exactly one reply, in any order."""

    def __call__(self, questions: Iterable[Question], /) -> Iterator[Reply]: ...


class StreamLookup(Lookup, Protocol):
    """A lookup that keeps apart what belongs to different lists: one that answers slowly holds up no other.

    Questions are drawn as there is room, from each stream by itself. A stream that has nothing to ask
    before one of its replies came yields None.
    """

    def __call__(self, *streams: Iterable[Question | None]) -> Iterator[Reply]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAnswer:
    """What one authoritative server says of the addresses of a name."""

    server: str
    rcode: Rcode
    addresses: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = ", ".join(self.addresses) if self.addresses else self.rcode.value
        return f"{self.server} says {said}"


Authorities = Callable[[str, RecordType], tuple[ServerAnswer, ...]]
"""The authoritative servers' answers about a name's A or AAAA records, each server for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What EC2 says of an address's reverse name."""

    name: str = ""
    """The name in force; empty: none."""
    pending: str | None = None
    """The name that is landing; empty: a reset is; None: nothing is."""

    def __str__(self) -> str:
        name = self.name or "no name"
        if self.pending is None:
            return f"EC2 has {name}"
        return f"EC2 has {name}, {self.pending or 'its removal'} is pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class SesIdentity:
    """A domain identity as SES describes it (SES API v2 Reference, GetEmailIdentity)."""

    name: str
    """The domain, lower case."""
    is_verified: bool
    """Whether SES sends for it."""
    verification: str
    """PENDING, SUCCESS, FAILED, TEMPORARY_FAILURE or NOT_STARTED; so are the other statuses."""
    signing_enabled: bool = True
    dkim_status: str = ""
    dkim_tokens: tuple[str, ...] = ()
    """Easy DKIM: the three tokens; otherwise our own selector."""
    is_easy_dkim: bool = True
    dkim_zone: str = ""
    """Where Easy DKIM's CNAMEs lead; empty: the usual zone."""
    mail_from: str = ""
    mail_from_status: str = ""
    rejects_on_mx_failure: bool = False
    configuration_set: str = ""
    """The default configuration set; empty: none."""


class Ask(Protocol):
    """The world as a check may read it. Adapters implement it; tests use `adapters.memory`."""

    def now(self) -> datetime: ...

    def identities(self) -> Iterable[Subject]:
        """SES identities that are domains, their MAIL FROM domains included."""
        ...

    def dedicated_ips(self) -> Iterable[Subject]: ...

    def elastic_ips(self) -> Iterable[Subject]: ...

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

    def cases(self, table: str) -> tuple[Case, ...]:
        """Every delisting case, taken on by what the replies since say."""
        ...
