"""Asks Microsoft: the token endpoint, the SNDS REST API, and automated report links.

Plain HTTP of the standard library. No request carries an Origin header: with one the token
endpoint answers AADSTS90023. Redirects are not followed, because they lead to a login page. No
address, header or body is ever logged or put into an exception: links and tokens are secrets.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from ipaddress import ip_address
from urllib.parse import SplitResult, urlencode, urlsplit

from staygreen.core.errors import SourceUnavailable
from staygreen.core.snds.rest_answer import LARGEST_BODY_BYTES, Answer, Reason, read_answer
from staygreen.core.snds.token import (
    Challenge,
    Client,
    Denial,
    Denied,
    Grant,
    Secret,
    read_grant,
    redeem_form,
    refresh_form,
)

BASE_URL = "https://substrate.office.com/ip-domain-management-snds"
_TRIES = 3
_LONGEST_WAIT_SECONDS = 30.0
_AGAIN = frozenset({429, 500, 502, 503, 504})


class BodyTooLarge(Exception):
    """When a body is larger than `LARGEST_BODY_BYTES`."""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """Status and body of one answer."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """How requests are made."""

    timeout: timedelta = timedelta(seconds=60)
    """For one request, its body included."""
    backoff: timedelta = timedelta(seconds=2)
    """Wait before the second try; the third waits twice as long."""
    pause: Callable[[float], None] = time.sleep
    largest_body: int = LARGEST_BODY_BYTES

    def get(self, url: str, headers: Mapping[str, str]) -> HttpReply:
        """The answer to a GET, after up to three tries.

        Raises:
            SourceUnavailable: When no try was answered.
            BodyTooLarge: When the answer is too large.
        """
        return self._persist("GET", url, headers, b"")

    def post_form(self, url: str, form: Mapping[str, str]) -> HttpReply:
        """The answer to a form, tried once: a code or a refresh token may be spent by the first try."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        return self._once("POST", url, headers, urlencode(form).encode())

    def _persist(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> HttpReply:
        for attempt in range(1, _TRIES):
            wait = self.backoff.total_seconds() * attempt
            try:
                reply = self._once(method, url, headers, body)
            except SourceUnavailable:
                self.pause(wait)
                continue
            if reply.status not in _AGAIN:
                return reply
            self.pause(_wait(reply.retry_after, wait))
        return self._once(method, url, headers, body)

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> HttpReply:
        parts = urlsplit(url)
        connection = _connection(parts, self.timeout.total_seconds())
        deadline = time.monotonic() + self.timeout.total_seconds()
        try:
            target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            connection.request(method, target, body=body or None, headers={"User-Agent": "staygreen", **headers})
            response = connection.getresponse()
            read = self._read(response, connection, deadline)
            return HttpReply(response.status, read, response.headers.get("Retry-After", ""))
        except (OSError, http.client.HTTPException) as error:
            # Without the cause: its text may hold the address, and the address may hold a key.
            raise SourceUnavailable(f"{parts.hostname} did not answer ({type(error).__name__})") from None
        finally:
            connection.close()

    def _read(
        self, response: http.client.HTTPResponse, connection: http.client.HTTPConnection, deadline: float
    ) -> bytes:
        if response.length is not None and response.length > self.largest_body:
            raise BodyTooLarge
        parts: list[bytes] = []
        size = 0
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if connection.sock is not None:
                connection.sock.settimeout(left)
            part = response.read1(1 << 16)
            if not part:
                break
            parts.append(part)
            size += len(part)
            if size > self.largest_body:
                raise BodyTooLarge
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
        return b"".join(parts)


@dataclass(slots=True, kw_only=True)
class SndsRest:
    """The REST API with one user's token."""

    access_token: Secret
    refresh: Callable[[], Secret | None]
    """Gets a new access token once, after a 401; None when a person must log in."""
    base_url: str = BASE_URL
    zone: tzinfo = UTC
    web: Web = field(default_factory=Web)
    bodies: Callable[[str, bytes], None] = lambda name, body: None
    """Given the raw body of every answer with an unknown shape, to keep."""
    _refreshed: bool = False

    def day(self, day: date, now: datetime) -> Answer:
        """The rows of one report date, all addresses of the account."""
        return self._ask(f"api/report/data/{day.isoformat()}", now)

    def newest(self, now: datetime) -> Answer:
        """The rows of the most recent report."""
        return self._ask("api/report/data", now)

    def status(self, now: datetime) -> Answer:
        """The addresses that are not normal, over the last day."""
        return self._ask("api/report/status/ip", now)

    def _ask(self, path: str, now: datetime) -> Answer:
        try:
            reply = self._get(path)
            if reply.status == 401 and not self._refreshed:
                self._refreshed = True
                renewed = self.refresh()
                if renewed is None:
                    return Answer(reason=Reason.AUTH_EXPIRED, detail="status 401")
                self.access_token = renewed
                reply = self._get(path)
        except SourceUnavailable as error:
            return Answer(reason=Reason.SOURCE_DOWN, detail=str(error))
        except BodyTooLarge:
            detail = f"the answer is larger than {self.web.largest_body} bytes"
            return Answer(reason=Reason.SCHEMA_DRIFT, detail=detail)
        return judged(reply, path.rsplit("/", 1)[-1], now, self.zone, self.bodies)

    def _get(self, path: str) -> HttpReply:
        headers = {"Authorization": f"Bearer {self.access_token.reveal()}", "Accept": "text/csv, */*"}
        return self.web.get(f"{self.base_url.rstrip('/')}/{path}", headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndpoint:
    """Where codes and refresh tokens become access tokens."""

    client: Client = field(default_factory=Client)
    web: Web = field(default_factory=Web)

    def redeem(self, code: Secret, challenge: Challenge, now: datetime) -> Grant | Denial:
        """The tokens for a code."""
        return self._post(redeem_form(self.client, code, challenge), now, None)

    def refresh(self, refresh_token: Secret, now: datetime) -> Grant | Denial:
        """New tokens for a refresh token, which is spent."""
        return self._post(refresh_form(self.client, refresh_token), now, refresh_token)

    def _post(self, form: Mapping[str, str], now: datetime, before: Secret | None) -> Grant | Denial:
        try:
            reply = self.web.post_form(f"{self.client.authority}/token", form)
        except SourceUnavailable as error:
            return Denial(why=Denied.UNAVAILABLE, code="no_answer", detail=str(error))
        except BodyTooLarge:
            return Denial(why=Denied.UNAVAILABLE, code="too_large", detail="an answer that is too large")
        return read_grant(reply.status, reply.body, now, before=before)


def judged(reply: HttpReply, name: str, now: datetime, zone: tzinfo, bodies: Callable[[str, bytes], None]) -> Answer:
    """What an answer means; a body of unknown shape is handed on to be kept."""
    answer = read_answer(reply.status, reply.body, now=now, zone=zone)
    if answer.reason is Reason.SCHEMA_DRIFT:
        bodies(name, reply.body)
    return answer


def _connection(parts: SplitResult, timeout: float) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, parts.port, timeout=timeout)
    if parts.scheme == "http" and _is_loopback(host):
        return http.client.HTTPConnection(host, parts.port, timeout=timeout)
    raise SourceUnavailable("only https is asked; plain HTTP only on loopback")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _wait(retry_after: str, otherwise: float) -> float:
    return min(float(retry_after), _LONGEST_WAIT_SECONDS) if retry_after.isdigit() else otherwise
