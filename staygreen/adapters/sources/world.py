"""The world as AWS and DNS show it: identities, addresses, secrets, names.

What reads a source is loaded when the source is asked: each check asks few, and its cold start pays for no other.
"""

from __future__ import annotations

import secrets as randomness
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING, Any

from staygreen.adapters import clock
from staygreen.adapters.aws import secrets
from staygreen.adapters.dns import resolver
from staygreen.adapters.ses.pages import pages
from staygreen.core.account_share import DEFAULT_POOL, WHOLE, AccountShare
from staygreen.core.errors import SourceUnavailable
from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.naming import HOST_TAG, INCIDENTS, SENDER_TAG, ResourceNames
from staygreen.core.provisioning.reverse_name import Present
from staygreen.core.ses.identity import SesIdentity

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_sesv2.client import SESV2Client

    from staygreen.adapters.ses.identities import Identities, KeptDetails
    from staygreen.core.delisting.case import Case
    from staygreen.core.dmarc.store import StoredQuestion, StoredReports
    from staygreen.core.dns.authoritative import Authorities
    from staygreen.core.dns.message import Lookup, StreamLookup
    from staygreen.core.replies import complaints
    from staygreen.core.replies.counters import Class, Tally
    from staygreen.core.ses.standing import Standing, Volumes
    from staygreen.core.ses.suppression_list import Entry, Reason
    from staygreen.core.snds.run_result import Question, Reading


@dataclass(kw_only=True)
class AwsAsk:
    """Asks AWS when asked, and not before."""

    names: ResourceNames
    """Elastic IPs with the sender's tag are its own, unless another tag says that they are another environment's."""
    sesv2: SESV2Client
    ses: Any
    """The old API, which tells of a hundred identities at once."""
    ec2: EC2Client
    secretsmanager: SecretsManagerClient
    lookup: StreamLookup
    share: AccountShare = WHOLE
    """What of SES is the sender's."""
    kept: KeptDetails | None = None
    """What earlier runs read of identities; None: nothing is kept."""
    _secrets: dict[str, str | None] = field(default_factory=dict, repr=False)

    def now(self) -> datetime:
        """The present."""
        return clock.now()

    def token(self) -> str:
        """32 hexadecimal digits from the system's randomness."""
        return randomness.token_hex(16)

    def identities(self) -> Iterator[Subject]:
        """Domain identities and their MAIL FROM domains, whether verified or not."""
        with _source("SES identities"):
            for name, mail_from in self._identities.mail_from():
                yield Subject(SubjectKind.DOMAIN, name, "SES identity")
                if mail_from:
                    yield Subject(SubjectKind.DOMAIN, mail_from, f"MAIL FROM of {name}")

    def ses_identities(self) -> Iterator[SesIdentity]:
        """Domain identities; of many, the details may be of an earlier run."""
        with _source("SES identities"):
            yield from self._identities.all()

    @property
    def _identities(self) -> Identities:
        from staygreen.adapters.ses.identities import Identities

        return Identities(sesv2=self.sesv2, ses=self.ses, share=self.share, kept=self.kept, now=self.now())

    def dedicated_ips(self) -> Iterator[Subject]:
        """Dedicated IPs of the sender's pools."""
        return dedicated_ips(self.sesv2, self.share)

    def elastic_ips(self) -> Iterator[Subject]:
        """Elastic IPs that carry the sender's tag."""
        with _source("Elastic IPs"):
            for address in self._own_addresses():
                if "PublicIp" in address:
                    yield Subject(SubjectKind.IP, address["PublicIp"], self._called(address))

    def configured_elastic_ips(self) -> Mapping[str, str]:
        """The same by `Name` tag and by allocation id."""
        with _source("Elastic IPs"):
            return {
                name: address["PublicIp"]
                for address in self._own_addresses()
                for name in (_tags(address).get("Name", ""), address.get("AllocationId", ""))
                if name and "PublicIp" in address
            }

    def _called(self, address: Any) -> str:
        """The host's name, or what the configuration or else its owner calls the address."""
        tags = _tags(address)
        name = self.names.address_name(tags.get("Name", ""))
        return str(tags.get(HOST_TAG) or name or address.get("AllocationId", ""))

    def ses_standing(self) -> Standing:
        """What SES and CloudWatch say of the account's reputation."""
        from staygreen.adapters.aws.clients import client
        from staygreen.adapters.sources import ses_standing

        with _source("SES reputation"):
            return ses_standing.standing(self.sesv2, client("cloudwatch"), self.now(), self.share)

    def ses_volume(self) -> Volumes:
        """How many messages were sent, by day."""
        from staygreen.adapters.aws.clients import client
        from staygreen.adapters.sources import ses_volume

        with _source("Volumes of SES"):
            return ses_volume.volumes(self.sesv2, client("cloudwatch"), self.now(), self.share)

    def reverse_names(self) -> Mapping[str, Present]:
        """What EC2 says of the reverse names of the account's Elastic IPs, by address."""
        from staygreen.adapters.aws.elastic_ips import present_in

        with _source("reverse names of Elastic IPs"):
            pages = self.ec2.get_paginator("describe_addresses_attribute").paginate(Attribute="domain-name")
            return {item["PublicIp"]: present_in(item) for page in pages for item in page.get("Addresses", [])}

    def lookup_at(self, resolver_name: str) -> Lookup:
        """DNS by way of one resolver."""
        return resolver.to(resolver_name)

    @property
    def authorities(self) -> Authorities:
        """The authoritative servers."""
        from staygreen.adapters.dns.authoritative_answers import address_records

        return address_records

    def _own_addresses(self) -> Iterator[Any]:
        filters: Any = [{"Name": f"tag:{SENDER_TAG}", "Values": [self.names.sender]}]
        for address in self.ec2.describe_addresses(Filters=filters).get("Addresses", []):
            if self.names.may_own(_tags(address)):
                yield address

    def brought_ips(self) -> Iterator[str]:
        """Elastic IPs whose pool is not Amazon's."""
        with _source("Elastic IPs"):
            for address in self._own_addresses():
                if address.get("PublicIpv4Pool", "amazon") != "amazon":
                    yield address["PublicIp"]

    def replies(self, table: str, since: datetime, classes: Iterable[Class]) -> tuple[Tally, ...]:
        """The counters of replies."""
        from staygreen.adapters.aws.clients import client
        from staygreen.adapters.store.reply_counters import ReplyCounters

        with _source("The counters of replies"):
            counters = ReplyCounters(client=client("dynamodb"), table=table)
            return counters.read(since, clock.now(), classes)

    def ses_sent(self, since: datetime, until: datetime) -> int:
        """How many messages SES sent in this account and region."""
        from staygreen.adapters.aws.clients import client
        from staygreen.adapters.ses import sending_metrics

        with _source("The metrics of SES"):
            return sending_metrics.sent(client("cloudwatch"), since, until)

    def ses_to_microsoft(self, since: datetime) -> int | None:
        """What Virtual Deliverability Manager counts."""
        from staygreen.adapters.sources import ses_volume

        with _source("Virtual Deliverability Manager"):
            return ses_volume.to_microsoft(self.sesv2, since, clock.now())

    def suppressed(self, reason: Reason, since: datetime) -> Iterator[Entry]:
        """What was put on the account's suppression list for a reason since a time."""
        from staygreen.adapters.ses import suppression_list

        with _source("The suppression list of SES"):
            yield from suppression_list.entries(self.sesv2, reason, since)

    def secret(self, name: str) -> str | None:
        """The secret's value, read once."""
        if name not in self._secrets:
            self._secrets[name] = secrets.read(self.secretsmanager, name)
        return self._secrets[name]

    def snds(self, question: Question) -> Reading:
        """One run over the sources of SNDS."""
        from staygreen.adapters.snds import run

        return run.read(question)

    def reports(self, question: StoredQuestion) -> StoredReports:
        """The days of reports, what was ours on them, and what was deployed meanwhile."""
        from staygreen.adapters.sources import reports

        with _source("The table of reports"):
            return reports.read(question)

    def cases(self, table: str) -> tuple[Case, ...]:
        """The cases in the incident table, each after a look at the refusals there."""
        from staygreen.adapters.aws.clients import client
        from staygreen.adapters.store.cases import CaseTable
        from staygreen.adapters.store.incidents import IncidentTable

        with _source("cases"):
            return CaseTable(IncidentTable(client("dynamodb"), table)).watched(self.now())

    def received(self, question: complaints.Question) -> complaints.Reading:
        """What came in, from the incident table; whether it can, from SES."""
        from staygreen.adapters.sources import complaints as received

        with _source("complaints"):
            return received.read(question)


def dedicated_ips(sesv2: SESV2Client, share: AccountShare = WHOLE) -> Iterator[Subject]:
    """Dedicated IPs of the account's pools in a share."""
    with _source("SES dedicated IPs"):
        for page in pages(sesv2.get_dedicated_ips):
            for address in page.get("DedicatedIps", []):
                pool = address.get("PoolName", DEFAULT_POOL)
                if share.has_pool(pool):
                    yield Subject(SubjectKind.IP, address["Ip"], f"dedicated IP in pool {pool}")


def _tags(address: Any) -> dict[str, str]:
    return {tag.get("Key", ""): tag.get("Value", "") for tag in address.get("Tags", [])}


class _source:
    """Tells which source failed."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        if isinstance(error, (BotoCoreError, ClientError)):
            raise SourceUnavailable(f"{self.name}: {error}") from error


def connect(
    names: ResourceNames, resolver_name: str = "", seconds: float = inf, *, share: AccountShare = WHOLE
) -> AwsAsk:
    """An `AwsAsk` with clients of its own, in the region and account of the environment.

    Args:
        names: The deployment whose Elastic IPs are found.
        resolver_name: `ADDR[:PORT]` from the check's settings; empty: the system's resolver.
        seconds: After how many from now nothing more is asked of DNS.
        share: What of SES is the sender's.
    """
    from staygreen.adapters.aws.clients import client
    from staygreen.adapters.store.identity_details import IdentityDetails

    return AwsAsk(
        names=names,
        share=share,
        kept=IdentityDetails(client("dynamodb"), names.table(INCIDENTS)),
        sesv2=client("sesv2"),
        ses=client("ses"),
        ec2=client("ec2"),
        secretsmanager=client("secretsmanager"),
        lookup=resolver.to(resolver_name, seconds),
    )
