"""Everything that a deployed sender knows about one of its addresses or domains, from wherever it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from staygreen.adapters.aws import recipient_hash
from staygreen.adapters.ses.suppression_list import WronglySuppressed
from staygreen.adapters.snds.history import History
from staygreen.adapters.sources.world import connect
from staygreen.adapters.store.filed_messages import FiledMessages
from staygreen.adapters.store.incidents import IncidentTable
from staygreen.adapters.store.reply_counters import ReplyCounters
from staygreen.adapters.store.verdicts import Verdicts
from staygreen.core.checks import CHECKS
from staygreen.core.delisting.case import Facts
from staygreen.core.errors import SourceUnavailable
from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.incidents.incident import Incident
from staygreen.core.naming import INCIDENTS, REPLIES, SNDS, ResourceNames
from staygreen.core.replies.counters import Class, Tally
from staygreen.core.ses.suppression_list import Wronged
from staygreen.core.snds.history import Day
from staygreen.core.verdict import evidence, received
from staygreen.core.verdict.verdict import Verdict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DAYS = 14
"""Days of SNDS that are shown."""
COUNTED = timedelta(days=30)
"""How far back counters of replies are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """The evidence of one environment.

    Raises:
        SourceUnavailable: AWS did not answer, or nothing is deployed there.
    """

    dynamodb: DynamoDBClient
    names: ResourceNames

    @property
    def table(self) -> IncidentTable:
        """The incident table."""
        return IncidentTable(self.dynamodb, self.names.table(INCIDENTS))

    def verdict(self, subject: Subject, now: datetime) -> Verdict:
        """The verdict about a subject, from all that is kept."""
        with _told(self.names):
            days, is_asked = self.days(subject, now)
            filed = FiledMessages(client=self.dynamodb, table=self.names.table(INCIDENTS)).of(subject)
            more = (*evidence.of_days(days, now, is_asked=is_asked), *received.exhibits(filed))
            return Verdicts(self.table).of(subject, now, more, is_watched=is_ours(subject, self.names))

    def verdicts(self, now: datetime) -> tuple[Verdict, ...]:
        """The verdict about every subject that anything was ever held against, the worst first."""
        with _told(self.names):
            return tuple(sorted(Verdicts(self.table).all(now), key=lambda each: (each.standing.rank, each.subject.id)))

    def kept(self, facts: Facts, now: datetime) -> tuple[tuple[Day, ...], tuple[Incident, ...]]:
        """What a packet can use: SNDS's days of the address, and every incident about it and its domains."""
        with _told(self.names):
            days, _ = self.days(Subject(SubjectKind.IP, facts.ips[0]), now)
            wanted = {*facts.ips, *facts.domains}
            known = (incident for check in CHECKS for incident in self.table.load(check.id)[0].values())
            return days, tuple(each for each in known if each.subject.id in wanted)

    def replies(self, now: datetime) -> tuple[Tally, ...]:
        """The counters of the last `COUNTED` about our standing or set-up."""
        with _told(self.names):
            counters = ReplyCounters(client=self.dynamodb, table=self.names.table(REPLIES))
            return counters.read(now - COUNTED, now, (Class.OURS,))

    def to_microsoft(self, since: datetime, now: datetime) -> int | None:
        """Messages that SES sent to Microsoft from the day of `since` on; None: nobody counts them.

        Whoever asks needs `ses:GetAccount` and `ses:BatchGetMetricData`.
        """
        from staygreen.adapters.aws.clients import client
        from staygreen.adapters.sources import ses_volume

        with _told(self.names):
            return ses_volume.to_microsoft(client("sesv2"), since, now)

    def wronged(self, subject: Subject, since: datetime) -> tuple[Wronged, ...]:
        """The recipients whom SES suppresses only for refusals of a subject, by entries since a time.

        The key of the hashes and SES's list are read: whoever asks needs `secretsmanager:GetSecretValue` and
        `ses:ListSuppressedDestinations`.
        """
        from staygreen.adapters.aws.clients import client

        with _told(self.names):
            return WronglySuppressed(
                client=client("sesv2"),
                counters=ReplyCounters(client=self.dynamodb, table=self.names.table(REPLIES)),
                hashed=recipient_hash.hasher(client("secretsmanager"), self.names.recipient_key),
            ).of(subject, since)

    def days(self, subject: Subject, now: datetime) -> tuple[tuple[Day, ...], bool]:
        """SNDS's newest days of an address, newest first; and whether SNDS is read at all."""
        address = ip_address(subject.id) if subject.kind is SubjectKind.IP else None
        if not isinstance(address, IPv4Address):
            return (), False
        dates = [(now - timedelta(days=back)).date() for back in range(DAYS)]
        history = History(client=self.dynamodb, table=self.names.table(SNDS))
        try:
            return history.of_address(address, dates), True
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return (), False
            raise


def is_ours(subject: Subject, names: ResourceNames) -> bool:
    """Whether the sender has it, so that its checks find it: a tagged Elastic IP, a dedicated IP, an identity."""
    from staygreen.adapters.aws.account_share import deployed_share
    from staygreen.adapters.aws.clients import client

    ask = connect(names, share=deployed_share(client("ssm"), names))
    if subject.kind is not SubjectKind.IP:
        return any(each.id == subject.id for each in ask.identities())
    return any(each.id == subject.id for each in (*ask.elastic_ips(), *ask.dedicated_ips()))


@contextmanager
def _told(names: ResourceNames) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            raise SourceUnavailable(f"nothing is deployed as {names} in this account and region") from error
        raise SourceUnavailable(str(error)) from error
    except BotoCoreError as error:
        raise SourceUnavailable(str(error)) from error
