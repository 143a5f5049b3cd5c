"""A stand-in for Microsoft's token endpoint, the SNDS REST API and report links, on loopback.

It answers in the forms that public clients met in 2026: CSV without a header as octet-stream, 404
for a day without data, and a refresh token that is replaced at every use. Whether the replaced
token still works is not known of the real one, so the stand-in can be *lenient* or *strict*. Every
failure is queued by the test (`fail`) and happens once for each time it is queued.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

BASE_PATH = "/ip-domain-management-snds"
AUTHORITY_PATH = "/consumers/oauth2/v2.0"
LINK_PATH = f"{BASE_PATH}/SNDS/DataKey"
LOGIN_PAGE = b"<!DOCTYPE html>\r\n<html><head><title>Sign in to your account</title></head><body></body></html>\r\n"


class Failure(Enum):
    """What the next answer of the API or of a link is instead of its rows."""

    EMPTY = "empty"
    LOGIN_PAGE = "login_page"
    REDIRECT = "redirect"
    BAD_REQUEST = "bad_request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    TOO_MANY = "too_many"
    SERVER_ERROR = "server_error"
    RESET = "reset"
    SLOW = "slow"
    JSON = "json"
    OVERSIZED = "oversized"


class Denial(Enum):
    """What the next answer of the token endpoint is instead of tokens."""

    INVALID_GRANT = "invalid_grant"
    UNAVAILABLE = "unavailable"
    NOT_JSON = "not_json"


@dataclass(slots=True)
class World:
    """What the stand-in knows; tests read and change it while it serves."""

    account: str = "postmaster@example.com"
    strict: bool = False
    days: dict[str, bytes] = field(default_factory=dict)
    """CSV of a day by its date, ``2026-09-11``. A date that is absent answers 404."""
    status: bytes = b""
    link_key: str = "link-key-" + "0" * 27
    refresh_token: str = ""
    replaced_tokens: set[str] = field(default_factory=set)
    access_tokens: set[str] = field(default_factory=set)
    codes: dict[str, str] = field(default_factory=dict)
    """PKCE challenge of each code that can be redeemed."""
    failures: deque[Failure] = field(default_factory=deque)
    denials: deque[Denial] = field(default_factory=deque)
    requests: list[str] = field(default_factory=list)
    """Method and path of every request, without queries."""
    release: threading.Event = field(default_factory=threading.Event)
    """Set to end every slow body."""
    before_grant: Callable[[], None] | None = None
    """Called once when tokens were replaced and nobody has been told yet."""

    def new_refresh_token(self) -> str:
        """Replace the refresh token."""
        if self.refresh_token:
            self.replaced_tokens.add(self.refresh_token)
        self.refresh_token = "refresh-" + secrets.token_urlsafe(24)
        return self.refresh_token

    def accepts(self, token: str) -> bool:
        """Whether a refresh token works."""
        return token == self.refresh_token or (not self.strict and token in self.replaced_tokens)


class SndsServer:
    """The stand-in, serving from `start` to `stop` (or as a context manager)."""

    def __init__(self, port: int = 0) -> None:
        self.world = World()
        self.world.new_refresh_token()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.world = self.world
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """The origin, such as ``http://127.0.0.1:4571``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def base_url(self) -> str:
        """The base of the REST API."""
        return self.url + BASE_PATH

    @property
    def authority(self) -> str:
        """The base of the authorize and token endpoints."""
        return self.url + AUTHORITY_PATH

    @property
    def link(self) -> str:
        """The automated report link, key included."""
        return f"{self.url}{LINK_PATH}?key={self.world.link_key}"

    def fail(self, *failures: Failure) -> None:
        """Answer the next requests for reports so."""
        self.world.failures.extend(failures)

    def deny(self, *denials: Denial) -> None:
        """Answer the next requests for tokens so."""
        self.world.denials.extend(denials)

    def authorize(self, url: str) -> str:
        """What a person does in the browser: log in at `url`. Returns the address that fails to open."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        code = "code-" + secrets.token_urlsafe(16)
        self.world.codes[code] = query["code_challenge"]
        return f"{query['redirect_uri']}/?code={code}&state={query['state']}"

    def start(self) -> SndsServer:
        """Begin to serve."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End, slow answers included."""
        self.world.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> SndsServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    world: World

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is what the tests ask for."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: request lines carry keys."""

    def do_POST(self) -> None:
        world = self.server.world
        path = urlsplit(self.path).path
        world.requests.append(f"POST {path}")
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if path == f"{AUTHORITY_PATH}/token":
            self._token(world, form)
        else:
            self._send(HTTPStatus.NOT_FOUND, b"")

    def do_GET(self) -> None:
        world = self.server.world
        parts = urlsplit(self.path)
        world.requests.append(f"GET {parts.path}")
        if world.failures:
            self._fail(world, world.failures.popleft())
        elif parts.path == LINK_PATH:
            self._link(world, parse_qs(parts.query))
        elif self.headers.get("Authorization", "").removeprefix("Bearer ") not in world.access_tokens:
            self._send(HTTPStatus.UNAUTHORIZED, b"")
        elif parts.path == f"{BASE_PATH}/api/report/status/ip":
            self._send(HTTPStatus.OK, world.status)
        else:
            self._data(world, parts.path)

    def _data(self, world: World, path: str) -> None:
        words = path.removeprefix(f"{BASE_PATH}/api/report/data").strip("/").split("/")
        day = words[0] or max(world.days, default="")
        body = world.days.get(day)
        if body is None:
            self._send(HTTPStatus.NOT_FOUND, b"")
            return
        if len(words) == 2:
            wanted = words[1].encode() + b","
            body = b"".join(line for line in body.splitlines(keepends=True) if line.startswith(wanted))
        self._send(HTTPStatus.OK, body)

    def _link(self, world: World, query: Mapping[str, list[str]]) -> None:
        if query.get("key") != [world.link_key]:
            self._send(HTTPStatus.OK, LOGIN_PAGE, "text/html; charset=utf-8")
            return
        day = query.get("date", [max(world.days, default="")])[0]
        self._send(HTTPStatus.OK, world.days.get(day, b""))

    def _token(self, world: World, form: Mapping[str, str]) -> None:
        if self.headers.get("Origin"):
            self._refuse("invalid_request", 90023, "AADSTS90023: Cross-origin token redemption")
        elif world.denials:
            self._deny(world.denials.popleft())
        elif form.get("grant_type") == "authorization_code":
            challenge = world.codes.pop(form.get("code", ""), None)
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if challenge != base64.urlsafe_b64encode(digest).rstrip(b"=").decode():
                self._refuse("invalid_grant", 501481, "The code verifier does not match")
            else:
                self._grant(world)
        elif form.get("grant_type") == "refresh_token" and world.accepts(form.get("refresh_token", "")):
            self._grant(world)
        else:
            self._refuse("invalid_grant", 70000, "The provided value for the input parameter is not valid")

    def _grant(self, world: World) -> None:
        access = "access-" + secrets.token_urlsafe(24)
        world.access_tokens.add(access)
        claims = base64.urlsafe_b64encode(json.dumps({"preferred_username": world.account}).encode()).rstrip(b"=")
        answer = {
            "token_type": "Bearer",
            "expires_in": 3600,
            "access_token": access,
            "refresh_token": world.new_refresh_token(),
            "id_token": f"e30.{claims.decode()}.c2ln",
        }
        interruption, world.before_grant = world.before_grant, None
        if interruption:
            interruption()
        self._send(HTTPStatus.OK, json.dumps(answer).encode(), "application/json")

    def _refuse(self, error: str, number: int, description: str) -> None:
        answer = {"error": error, "error_codes": [number], "error_description": description}
        self._send(HTTPStatus.BAD_REQUEST, json.dumps(answer).encode(), "application/json")

    def _deny(self, denial: Denial) -> None:
        if denial is Denial.INVALID_GRANT:
            self._refuse("invalid_grant", 70008, "The refresh token has expired")
        elif denial is Denial.UNAVAILABLE:
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, b'{"error":"temporarily_unavailable"}', "application/json")
        else:
            self._send(HTTPStatus.OK, LOGIN_PAGE, "text/html")

    def _fail(self, world: World, failure: Failure) -> None:
        if failure is Failure.RESET:
            # Linger of 0 turns the close into a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif failure is Failure.SLOW:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"192.0.2.10,")
            self.wfile.flush()
            world.release.wait(30)
        elif failure is Failure.OVERSIZED:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Length", str(1 << 40))
            self.end_headers()
        else:
            self._send(*_FAILURES[failure])

    def _send(self, status: HTTPStatus, body: bytes, kind: str = "application/octet-stream") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status is HTTPStatus.FOUND:
            self.send_header("Location", "/consumers/login")
        if status is HTTPStatus.TOO_MANY_REQUESTS:
            self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(body)


_FAILURES: Mapping[Failure, tuple[HTTPStatus, bytes, str]] = {
    Failure.EMPTY: (HTTPStatus.OK, b"", "application/octet-stream"),
    Failure.LOGIN_PAGE: (HTTPStatus.OK, LOGIN_PAGE, "text/html; charset=utf-8"),
    Failure.REDIRECT: (HTTPStatus.FOUND, b"", "text/html"),
    Failure.BAD_REQUEST: (HTTPStatus.BAD_REQUEST, b"Invalid date format", "text/plain"),
    Failure.UNAUTHORIZED: (HTTPStatus.UNAUTHORIZED, b"", "text/plain"),
    Failure.FORBIDDEN: (HTTPStatus.FORBIDDEN, b"", "text/plain"),
    Failure.TOO_MANY: (HTTPStatus.TOO_MANY_REQUESTS, b"", "text/plain"),
    Failure.SERVER_ERROR: (HTTPStatus.INTERNAL_SERVER_ERROR, b"oops", "text/plain"),
    Failure.JSON: (HTTPStatus.OK, b'[{"ipAddress":"192.0.2.10","filterResult":"GREEN"}]', "application/json"),
}
