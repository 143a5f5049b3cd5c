"""Reads what a page of pictures shows: from the tables of one deployed sender, from CloudWatch and CloudFormation.

A source that does not answer is named, and the others are read all the same: only without the incident table there is
no page. Whoever asks needs, beside the tables: `cloudwatch:GetMetricData`, `cloudformation:ListStacks` and
`DescribeStackEvents`, `ec2:DescribeAddresses`, `ses:GetDedicatedIps` and `ListEmailIdentities`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from staygreen.adapters.sources import picture_facts
from staygreen.adapters.sources.verdict_evidence import Deployed
from staygreen.adapters.sources.world import connect
from staygreen.adapters.store.cases import CaseTable
from staygreen.adapters.store.complaints import ComplaintBook
from staygreen.adapters.store.deployments import DeploymentTable
from staygreen.core.deployments.deployment import Deployment
from staygreen.core.errors import SourceUnavailable
from staygreen.core.finding import IPAddress, Subject, SubjectKind
from staygreen.core.naming import INCIDENTS, ResourceNames
from staygreen.core.pictures.facts import Doing, Facts
from staygreen.core.pictures.period import Period
from staygreen.core.replies import complaints
from staygreen.core.snds.history import Day, Mark
from staygreen.core.verdict import evidence, verdict
from staygreen.core.verdict.verdict import Verdict

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient

    from staygreen.adapters.store.repairs import RepairTable

T = TypeVar("T")
_TOLD_OF_REPAIRS = frozenset({"applied", "half_applied", "verified", "unproven", "undone", "kept", "expired"})
_DEPLOYED = {
    "CREATE_COMPLETE": "created",
    "IMPORT_COMPLETE": "created",
    "UPDATE_COMPLETE": "updated",
    "UPDATE_ROLLBACK_COMPLETE": "rolled back",
}
_MOST_CHANGES = 3
_TOGETHER = timedelta(minutes=15)
"""Stacks that end within so long of each other are one deployment."""
_MISSING = ("ResourceNotFoundException", "TableNotFoundException")


@dataclass(kw_only=True)
class ReportSources:
    """Where one sender's facts come from."""

    names: ResourceNames
    dynamodb: DynamoDBClient
    cloudwatch: CloudWatchClient
    cloudformation: CloudFormationClient
    repairs: RepairTable
    reason: Callable[[BaseException], str] = str
    """Writes why a source did not answer."""
    failed: list[str] = field(default_factory=list)
    """What did not answer, each with why."""

    def facts(self, period: Period, now: datetime) -> Facts:
        """Everything of a period.

        Raises:
            SourceUnavailable: The incident table cannot be read, or nothing is deployed there.
        """
        here = Deployed(dynamodb=self.dynamodb, names=self.names)
        verdicts = here.verdicts(now)
        incidents = picture_facts.incidents(here.table, period)
        nothing: tuple[dict[IPAddress, str], tuple[Subject, ...]] = ({}, ())
        addresses, domains = self._try("the sender's addresses", self._subjects, nothing)
        days, reads, unread = self._snds(period)
        runs = self._try(
            "the record of runs in CloudWatch", lambda: picture_facts.runs(self.cloudwatch, self.names, period), None
        )
        tallies = self._try(
            "receivers' replies", lambda: picture_facts.tallies(self.dynamodb, self.names, period), None
        )
        since = max(period.first, (now - complaints.KEPT).date())
        known = (*(Subject(SubjectKind.IP, str(each)) for each in addresses), *domains)
        return Facts(
            sender=str(self.names),
            period=period,
            now=now,
            addresses=addresses,
            verdicts=tuple(_with_grades(each, days, now) for each in verdicts),
            days=days,
            reads=reads,
            incidents=incidents,
            runs=runs,
            tallies=tallies,
            complaints=self._try("complaints", lambda: self._complaints(known, since), None),
            complaints_since=since,
            rates=self._try("SES's rates in CloudWatch", lambda: picture_facts.rates(self.cloudwatch, period), None),
            doings=tuple(sorted((*self._deployments(period), *self._repairs(period)), key=lambda each: each.at)),
            cases=self._try("delisting cases", lambda: tuple(CaseTable(here.table).all()), ()),
            unread=(*self.failed, *unread),
        )

    def _try(self, what: str, read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except (ClientError, BotoCoreError, SourceUnavailable) as error:
            self.failed.append(f"{what} ({self.reason(error)})")
            return otherwise

    def _subjects(self) -> tuple[dict[IPAddress, str], tuple[Subject, ...]]:
        from staygreen.adapters.aws.account_share import deployed_share
        from staygreen.adapters.aws.clients import client

        ask = connect(self.names, share=deployed_share(client("ssm"), self.names))
        found = (*ask.elastic_ips(), *ask.dedicated_ips())
        return {ip_address(each.id): each.label for each in found}, tuple(ask.identities())

    def _snds(
        self, period: Period
    ) -> tuple[Mapping[IPAddress, Sequence[Day]] | None, Mapping[str, Mapping[date, Mark]], tuple[str, ...]]:
        try:
            days, reads = picture_facts.snds(self.dynamodb, self.names, period)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _MISSING:
                self.failed.append(f"SNDS's history ({self.reason(error)})")
                return None, {}, ()
            return None, {}, ("SNDS (it is not watched)",)
        return days, reads, () if reads else ("SNDS (nothing was read in these days)",)

    def _complaints(self, subjects: Iterable[Subject], since: date) -> tuple[complaints.Complaint, ...]:
        book = ComplaintBook(client=self.dynamodb, table=self.names.table(INCIDENTS))
        return book.of(subjects, datetime.combine(since, time(), UTC))

    def _repairs(self, period: Period) -> tuple[Doing, ...]:
        return self._try("repairs", lambda: tuple(self._of_repairs(period)), ())

    def _of_repairs(self, period: Period) -> Iterator[Doing]:
        """What was applied, proven and taken back; of repairs that changed nothing there is no mark."""
        opened = [each.id for each in self.repairs.open_measures()]
        for identifier in dict.fromkeys((*(each.measure for each in self.repairs.ledger().entries), *opened)):
            measure = self.repairs.measure(identifier)
            if measure is None:
                continue
            plan = measure.plan
            for past, text in self.repairs.history(identifier):
                if past.kind in _TOLD_OF_REPAIRS and period.begin <= past.at < period.end:
                    said = f"{plan.remediation} {past.kind.replace('_', ' ')}: {plan.summary} {text}"
                    yield Doing(at=past.at, text=said, kind="repair", subject=plan.subject.id)

    def _deployments(self, period: Period) -> tuple[Doing, ...]:
        return self._try("deployments", lambda: tuple(self._of_stacks(period)), ())

    def _of_stacks(self, period: Period) -> Iterator[Doing]:
        """When stacks of the sender reached the end of a deployment, by CloudFormation's own events."""
        recorded = self._recorded(period)
        for group in _together(sorted(self._ends_of_all(period))):
            words = dict.fromkeys(word for _, word, _ in group)
            told = (f"{word} {', '.join(name for _, each, name in group if each == word)}" for word in words)
            span = (group[0][0] - _TOGETHER, group[-1][0] + _TOGETHER)
            own = [each for each in recorded if span[0] <= each.at <= span[1] and each.took_effect]
            yield Doing(at=group[-1][0], text="; ".join((*told, *_changed(own))), kind="deployment")

    def _recorded(self, period: Period) -> tuple[Deployment, ...]:
        """The deployments whose mail facts were recorded."""
        table = DeploymentTable(self.dynamodb, self.names.table(INCIDENTS))
        return self._try("what deployments changed", lambda: tuple(table.ended(period.begin, period.end)), ())

    def _ends_of_all(self, period: Period) -> Iterator[tuple[datetime, str, str]]:
        """Each end of a deployment: when, what was done, the stack's name without the sender's prefix."""
        prefix = f"{self.names.prefix}-"
        pages = self.cloudformation.get_paginator("list_stacks").paginate()
        listed = (stack["StackName"] for page in pages for stack in page.get("StackSummaries", ()))
        for name in dict.fromkeys(each for each in listed if each.startswith(prefix)):
            for at, word in self._ends(name, period):
                yield at, word, name.removeprefix(prefix)

    def _ends(self, stack: str, period: Period) -> Iterator[tuple[datetime, str]]:
        pages = self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
        try:
            for event in (event for page in pages for event in page["StackEvents"]):
                at = event["Timestamp"].astimezone(UTC)
                if at < period.begin:
                    return  # newest first
                word = _DEPLOYED.get(event.get("ResourceStatus", ""))
                if word and event.get("PhysicalResourceId") == event["StackId"]:
                    yield at, word
        except ClientError as error:
            # a stack that was deleted is listed for 90 days and has no events under its name
            if error.response["Error"]["Code"] != "ValidationError":
                raise


def _with_grades(found: Verdict, days: Mapping[IPAddress, Sequence[Day]] | None, now: datetime) -> Verdict:
    """A verdict that takes what SNDS says of the address into account, which no check keeps for it."""
    if days is None or found.subject.kind is not SubjectKind.IP:
        return found
    rows = days.get(ip_address(found.subject.id), ())
    newest_first = sorted(rows, key=lambda row: row.on, reverse=True)
    more = evidence.of_days(newest_first, now, is_asked=True)
    return verdict.judge(found.subject, (*found.exhibits, *more), now)


def of_address(facts: Facts, address: IPAddress) -> Facts:
    """What is about one address alone: nothing that names another address or a domain goes with a request."""
    subject = Subject(SubjectKind.IP, str(address))
    return replace(
        facts,
        sender=subject.id,
        addresses={address: facts.addresses.get(address, "")},
        verdicts=tuple(each for each in facts.verdicts if each.subject == subject),
        days=None if facts.days is None else {each: rows for each, rows in facts.days.items() if each == address},
        incidents=tuple(each for each in facts.incidents if each.incident.subject == subject),
        tallies=None
        if facts.tallies is None
        else tuple(each for each in facts.tallies if each.combination.subject == subject),
        complaints=None
        if facts.complaints is None
        else tuple(each for each in facts.complaints if each.ip == subject.id),
        doings=tuple(each for each in facts.doings if each.subject == subject.id),
        cases=tuple(each for each in facts.cases if each.ip == subject.id),
        rates=None,
        reports=None,
        # why AWS said no names accounts and people
        unread=tuple(each.partition(" (")[0] for each in facts.unread),
    )


def _changed(deployments: Sequence[Deployment]) -> Iterator[str]:
    """Which commit it was, where that is known, and which mail facts changed, the first `_MOST_CHANGES` by name."""
    yield from dict.fromkeys(each.source for each in deployments if each.commit)
    things = list(dict.fromkeys(change.thing for each in deployments for change in each.changes))
    left = len(things) - _MOST_CHANGES + sum(each.changes_left_out for each in deployments)
    if things:
        yield f"changed {', '.join(things[:_MOST_CHANGES])}{f' and {left} more' if left > 0 else ''}"


def _together(ends: Iterable[tuple[datetime, str, str]]) -> Iterator[list[tuple[datetime, str, str]]]:
    """Ends in the order of time, those of one deployment together."""
    group: list[tuple[datetime, str, str]] = []
    for end in ends:
        if group and end[0] - group[-1][0] > _TOGETHER:
            yield group
            group = []
        group.append(end)
    if group:
        yield group
