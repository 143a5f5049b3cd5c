"""One run over the sources of SNDS: read what is new, keep it, and hand over what is known.

The order matters: the lease, then the token, stored before it is used, then the reports.
"""

from __future__ import annotations

import secrets as randomness
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from staygreen.adapters import clock
from staygreen.adapters.snds.cloudwatch import SndsMetrics
from staygreen.adapters.snds.history import History, latest_mark
from staygreen.adapters.snds.report_link import Link, SndsLink
from staygreen.adapters.snds.rest import SndsRest, TokenEndpoint, Web
from staygreen.adapters.snds.token_store import Lease, SecretToken
from staygreen.core.errors import SourceUnavailable
from staygreen.core.snds.history import Day, Mark, dates_to_read, window
from staygreen.core.snds.own_sending import Sends
from staygreen.core.snds.rest_answer import Answer, Reason
from staygreen.core.snds.rows import DataRow, StatusRow
from staygreen.core.snds.run_result import SES_CLOUDWATCH, SNDS_LINK, SNDS_REST, Question, Reading, SourceReading
from staygreen.core.snds.token import Denial, Denied, Grant, Secret

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

_WHY = {
    Denied.EXPIRED: Reason.AUTH_EXPIRED,
    Denied.CLIENT: Reason.AUTH_EXPIRED,
    Denied.UNAVAILABLE: Reason.SOURCE_DOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """The AWS clients that a run needs."""

    secrets: SecretsManagerClient
    table: DynamoDBClient
    metrics: CloudWatchClient
    objects: S3Client


@dataclass(slots=True, kw_only=True)
class Run:
    """One run."""

    question: Question
    clients: Clients
    now: Callable[[], datetime]
    owner: str
    """Names this run in the lease, such as its request id."""
    web: Web = field(default_factory=Web)
    _kept_at: str = ""
    _foreign: int = 0
    _sends: Sends | None = None

    def read(self) -> Reading:
        """Everything that is known after this run."""
        now = self.now()
        history = History(client=self.clients.table, table=self.question.places.table)
        days, marks = history.read(window(now.date()))
        sources: list[SourceReading] = []
        status: tuple[StatusRow, ...] | None = None
        fresh: list[Day] = []
        if self.question.dedicated:
            source, new = self._cloudwatch(history, marks[SES_CLOUDWATCH], now)
            sources.append(source)
            fresh.extend(new)
        if self.question.own and self.question.own_source == SNDS_REST:
            source, new, status = self._rest(history, marks[SNDS_REST], now)
            sources.append(source)
            fresh.extend(new)
        elif self.question.own and self.question.own_source == SNDS_LINK:
            source, new = self._link(history, marks[SNDS_LINK], now)
            sources.append(source)
            fresh.extend(new)
        return Reading(
            sources=tuple(sources),
            days=_merged(days, fresh),
            status=status,
            foreign=self._foreign,
            sends=self._sends,
        )

    def _cloudwatch(self, history: History, marks: dict[date, Mark], now: datetime) -> tuple[SourceReading, list[Day]]:
        asked, good = len(self.question.dedicated), latest_mark(marks)
        try:
            metrics = SndsMetrics(client=self.clients.metrics)
            found = metrics.days(self.question.dedicated, now)
            self._sends = metrics.sends(now)
        except (ClientError, BotoCoreError) as error:
            detail = f"CloudWatch: {error}"
            return _failed(SES_CLOUDWATCH, asked, Reason.SOURCE_DOWN, detail, good), []
        by_date: dict[date, list[Day]] = defaultdict(list)
        for day in found:
            by_date[day.on].append(day)
        for on in dates_to_read(now, marks):
            history.keep(on, by_date.get(on, []), SES_CLOUDWATCH, now)
        return SourceReading(source=SES_CLOUDWATCH, asked=asked, answered=asked, last_good=now), list(found)

    def _rest(
        self, history: History, marks: dict[date, Mark], now: datetime
    ) -> tuple[SourceReading, list[Day], tuple[StatusRow, ...] | None]:
        good = latest_mark(marks)
        lease = Lease(client=self.clients.table, table=history.table, owner=self.owner)
        with lease.held(self.now) as mine:
            if not mine:
                return _failed(SNDS_REST, 1, Reason.SOURCE_DOWN, "another run is reading", good), [], None
            outcome = self._renew()
            if isinstance(outcome, Denial):
                return _failed(SNDS_REST, 1, _WHY[outcome.why], outcome.detail, good), [], None
            return self._reports(history, self._api(outcome.access_token), marks, now)

    def _renew(self) -> Grant | Denial:
        places = self.question.places
        keeper = SecretToken(client=self.clients.secrets, secret_id=places.token_secret)
        try:
            return keeper.renew(TokenEndpoint(client=places.client, web=self.web).refresh, self.now())
        except SourceUnavailable as error:
            return Denial(why=Denied.UNAVAILABLE, code="store", detail=str(error))

    def _renew_access(self) -> Secret | None:
        outcome = self._renew()
        return outcome.access_token if isinstance(outcome, Grant) else None

    def _api(self, access_token: Secret) -> SndsRest:
        places = self.question.places
        return SndsRest(
            access_token=access_token,
            refresh=self._renew_access,
            base_url=places.base_url,
            zone=places.zone,
            web=self.web,
            bodies=self._keep_body,
        )

    def _reports(
        self, history: History, api: SndsRest, marks: dict[date, Mark], now: datetime
    ) -> tuple[SourceReading, list[Day], tuple[StatusRow, ...] | None]:
        """The days that are missing and the status report; the first answer that shuts the door ends the run."""
        fresh: list[Day] = []
        asked = answered = 0
        trouble: Answer | None = None
        for on in dates_to_read(now, marks):
            answer = api.day(on, now)
            asked += 1
            days = self._ours(answer.data, on, SNDS_REST)
            fresh.extend(days)
            if answer.is_usable:
                answered += 1
                history.keep(on, days, SNDS_REST, now)
                continue
            trouble = trouble or answer
            if answer.reason is not Reason.SCHEMA_DRIFT:
                break
            # The rows that were read are kept, without the mark: the report is asked for again.
            history.keep_rows(days, now)
        status = api.status(now) if trouble is None or trouble.reason is Reason.SCHEMA_DRIFT else trouble
        asked += 1
        answered += status.is_usable
        trouble = trouble or (None if status.is_usable else status)
        source = SourceReading(
            source=SNDS_REST,
            asked=asked,
            answered=answered,
            reason=trouble.reason if trouble else None,
            detail=trouble.detail if trouble else "",
            kept_at=self._kept_at,
            last_good=latest_mark(marks) if trouble else now,
        )
        return source, fresh, status.status if status.is_usable else None

    def _link(self, history: History, marks: dict[date, Mark], now: datetime) -> tuple[SourceReading, list[Day]]:
        good = latest_mark(marks)
        try:
            text = self.clients.secrets.get_secret_value(SecretId=self.question.places.link_secret)["SecretString"]
            link = Link.loads(text)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            return _failed(SNDS_LINK, 1, Reason.SOURCE_DOWN, f"Secrets Manager: {code}", good), []
        except ValueError as error:
            return _failed(SNDS_LINK, 1, Reason.AUTH_EXPIRED, str(error), good), []
        answer = SndsLink(link=link, zone=self.question.places.zone, web=self.web, bodies=self._keep_body).newest(now)
        # A link takes no date that is known for certain: the activity's first day stands for it.
        days = [day for row in answer.data for day in self._ours((row,), row.activity_start.date(), SNDS_LINK)]
        by_date: dict[date, list[Day]] = defaultdict(list)
        for day in days:
            by_date[day.on].append(day)
        for on, of_date in by_date.items():
            history.keep(on, of_date, SNDS_LINK, now)
        source = SourceReading(
            source=SNDS_LINK,
            asked=1,
            answered=int(answer.is_usable),
            reason=None if answer.is_usable else answer.reason,
            detail=answer.detail,
            kept_at=self._kept_at,
            last_good=now if answer.is_usable else good,
            link_created=link.created,
        )
        return source, days

    def _ours(self, rows: Iterable[DataRow], on: date, source: str) -> list[Day]:
        days = []
        for row in rows:
            if row.ip in self.question.own:
                days.append(Day.of_row(row, on, source))
            else:
                self._foreign += 1
        return days

    def _keep_body(self, name: str, body: bytes) -> None:
        """Put a body of unknown shape into the bucket; one a run is enough to learn from."""
        bucket = self.question.places.bucket
        if not bucket or self._kept_at:
            return
        key = f"drift/{self.now():%Y-%m-%dT%H%M%SZ}-{name}"
        try:
            self.clients.objects.put_object(Bucket=bucket, Key=key, Body=body)
        except (ClientError, BotoCoreError) as error:
            self._kept_at = f"nowhere: {error}"
        else:
            self._kept_at = f"s3://{bucket}/{key}"


def _failed(source: str, asked: int, reason: Reason, detail: str, good: datetime | None) -> SourceReading:
    return SourceReading(source=source, asked=asked, answered=0, reason=reason, detail=detail, last_good=good)


def _merged(old: dict[IPv4Address, list[Day]], fresh: Iterable[Day]) -> dict[IPv4Address, tuple[Day, ...]]:
    """History with this run's news over it, newest first."""
    by_key = {(day.ip, day.on): day for days in old.values() for day in days}
    by_key.update({(day.ip, day.on): day for day in fresh})
    merged: dict[IPv4Address, list[Day]] = defaultdict(list)
    for day in sorted(by_key.values(), key=lambda day: day.on, reverse=True):
        merged[day.ip].append(day)
    return {address: tuple(days) for address, days in merged.items()}


def read(question: Question) -> Reading:
    """One run with clients of its own, in the region and account of the environment."""
    from staygreen.adapters.aws.clients import client

    clients = Clients(
        secrets=client("secretsmanager"),
        table=client("dynamodb"),
        metrics=client("cloudwatch"),
        objects=client("s3"),
    )
    return Run(question=question, clients=clients, now=clock.now, owner=randomness.token_hex(16)).read()
