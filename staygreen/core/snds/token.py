"""The user token that the SNDS REST API asks for: what to send, and what an answer means.

The API takes the portal's own login: a public OAuth client for personal Microsoft accounts, with
PKCE (RFC 7636) and no client secret. The refresh token is replaced at every use. Nothing here is
documented by Microsoft for third parties (collected from three public clients, 2026-11-23), so
authority, client id and scope are settings.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from urllib.parse import parse_qs, urlencode

LOGIN_COMMAND = "staygreen snds login"
_ASSUMED_LIFE = timedelta(hours=1)


class Secret:
    """A text that shows itself only when asked to: never in logs, messages or tracebacks."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The OAuth client that the portal uses."""

    authority: str = "https://login.microsoftonline.com/consumers/oauth2/v2.0"
    client_id: str = "a53a6cc1-a1cd-46f7-a4aa-281cdabec33c"
    scope: str = "a53a6cc1-a1cd-46f7-a4aa-281cdabec33c/.default offline_access openid profile"
    redirect_uri: str = "http://localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One login under way. Both texts are random, made by the caller."""

    verifier: Secret
    state: Secret

    @property
    def code_challenge(self) -> str:
        """The S256 challenge (RFC 7636 §4.2)."""
        digest = hashlib.sha256(self.verifier.reveal().encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


class Denied(Enum):
    """Why the token endpoint gave nothing."""

    EXPIRED = "expired"
    """`invalid_grant` and its kin: a person must log in again."""
    CLIENT = "client"
    """The request is wrong (client, scope, `AADSTS90023`): logging in again does not help."""
    UNAVAILABLE = "unavailable"
    """No sense was made of the answer, or the endpoint failed: try later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """A refusal, with words for a person. Never holds what was sent."""

    why: Denied
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Tokens that were just given."""

    access_token: Secret
    refresh_token: Secret
    expires_at: datetime
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is kept between runs: the JSON of the secret."""

    refresh_token: Secret
    obtained_at: datetime
    account: str = ""
    version: int = 1
    """Version of this form, for programs that come later."""

    def dumps(self) -> str:
        """The text to store. The one place where the token becomes text."""
        return json.dumps(
            {
                "refresh_token": self.refresh_token.reveal(),
                "obtained_at": self.obtained_at.isoformat(),
                "account": self.account,
                "version": self.version,
            }
        )

    @classmethod
    def loads(cls, text: str) -> Token:
        """The inverse of `dumps`.

        Raises:
            ValueError: When the text is not such a secret; the message does not repeat it.
        """
        try:
            stored = json.loads(text)
            obtained_at = datetime.fromisoformat(stored["obtained_at"])
            token = cls(
                refresh_token=Secret(str(stored["refresh_token"])),
                obtained_at=obtained_at,
                account=str(stored.get("account", "")),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError(f"the secret does not hold an SNDS token; run `{LOGIN_COMMAND}`") from None
        if not token.refresh_token or obtained_at.tzinfo is None:
            raise ValueError(f"the secret holds an incomplete SNDS token; run `{LOGIN_COMMAND}`")
        return token


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """What the browser was sent back with: a code, or why there is none."""

    code: Secret = field(default_factory=lambda: Secret(""))
    fault: str = ""


def authorize_url(client: Client, challenge: Challenge) -> str:
    """The address that a person opens to log in."""
    query = {
        "client_id": client.client_id,
        "response_type": "code",
        "redirect_uri": client.redirect_uri,
        "response_mode": "query",
        "scope": client.scope,
        "state": challenge.state.reveal(),
        "code_challenge": challenge.code_challenge,
        "code_challenge_method": "S256",
        "prompt": "select_account",
    }
    return f"{client.authority}/authorize?{urlencode(query)}"


def read_redirect(pasted: str, state: Secret) -> Redirect:
    """The code in the address that the browser could not open.

    Args:
        pasted: The whole address, ``http://localhost/?code=...&state=...``, or only its query.
        state: What this login sent; another state is another login, or an attack (RFC 6749 §10.12).
    """
    text = pasted.strip().strip("\"'<>")
    # what stands before the query is the browser's, and need not be an address
    query = text.partition("?")[2].partition("#")[0] or text
    values = {name: found[0] for name, found in parse_qs(query, keep_blank_values=True).items()}
    if "error" in values:
        return Redirect(fault=f"Microsoft refused the login: {values['error'][:80]}")
    if not values.get("code"):
        return Redirect(fault="there is no code in it; paste the whole address that starts with http://localhost")
    if not hmac.compare_digest(values.get("state", "").encode(), state.reveal().encode()):
        return Redirect(fault="its state is not of this login; use the address that was just printed")
    return Redirect(code=Secret(values["code"]))


def redeem_form(client: Client, code: Secret, challenge: Challenge) -> Mapping[str, str]:
    """What to post to the token endpoint for a code. A code lives about a minute."""
    return {
        "grant_type": "authorization_code",
        "client_id": client.client_id,
        "scope": client.scope,
        "code": code.reveal(),
        "redirect_uri": client.redirect_uri,
        "code_verifier": challenge.verifier.reveal(),
    }


def refresh_form(client: Client, refresh_token: Secret) -> Mapping[str, str]:
    """What to post to the token endpoint for new tokens."""
    return {
        "grant_type": "refresh_token",
        "client_id": client.client_id,
        "scope": client.scope,
        "refresh_token": refresh_token.reveal(),
    }


def read_grant(status: int, body: bytes, now: datetime, *, before: Secret | None = None) -> Grant | Denial:
    """What an answer of the token endpoint means (RFC 6749 §5).

    Args:
        status: The HTTP status.
        body: The body.
        now: When the answer came (aware).
        before: The refresh token that was used: it goes on when the answer brings no new one.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        return Denial(why=Denied.UNAVAILABLE, code=str(status), detail=f"status {status} without JSON")
    if status != 200 or "error" in answer:
        return _denial(status, answer)
    access = answer.get("access_token")
    refresh = answer.get("refresh_token") or (before.reveal() if before else "")
    if not isinstance(access, str) or not access:
        return Denial(why=Denied.UNAVAILABLE, code="no_token", detail="an answer without an access token")
    if not isinstance(refresh, str) or not refresh:
        detail = "no refresh token: the scope must have offline_access"
        return Denial(why=Denied.CLIENT, code="no_refresh_token", detail=detail)
    return Grant(
        access_token=Secret(access),
        refresh_token=Secret(refresh),
        expires_at=now + _life(answer.get("expires_in")),
        account=_account(answer.get("id_token")),
    )


def newest(current: Token, candidate: Token | None) -> Token:
    """Which token to use when a run was killed between keeping a candidate and making it current.

    A candidate that is older than the current token was overtaken, by a login or another run.
    """
    return candidate if candidate and candidate.obtained_at > current.obtained_at else current


_NEEDS_LOGIN = frozenset({"invalid_grant", "interaction_required", "login_required", "consent_required"})
_LATER = frozenset({"temporarily_unavailable", "server_error", "slow_down"})


def _denial(status: int, answer: Mapping[str, Any]) -> Denial:
    code = str(answer.get("error", ""))[:60]
    numbers = [number for number in answer.get("error_codes") or [] if isinstance(number, int)]
    name = f"{code} AADSTS{numbers[0]}" if numbers else code
    if status >= 500 or status == 429 or code in _LATER:
        return Denial(why=Denied.UNAVAILABLE, code=name, detail=f"status {status} ({name})")
    if 90023 in numbers or "AADSTS90023" in str(answer.get("error_description", "")):
        detail = "AADSTS90023: the request looked like a browser's; something between here and Microsoft adds Origin"
        return Denial(why=Denied.CLIENT, code="AADSTS90023", detail=detail)
    if code in _NEEDS_LOGIN:
        return Denial(why=Denied.EXPIRED, code=name, detail=f"Microsoft no longer takes the token ({name})")
    return Denial(why=Denied.CLIENT, code=name, detail=f"Microsoft refused the request (status {status}, {name})")


def _life(seconds: object) -> timedelta:
    if isinstance(seconds, int | str) and str(seconds).isdigit() and len(str(seconds)) < 8:
        return timedelta(seconds=int(seconds))
    return _ASSUMED_LIFE


def _account(id_token: object) -> str:
    """Whose account it is. It came straight from the token endpoint, so no signature is checked (OIDC §3.1.3.7)."""
    if not isinstance(id_token, str) or id_token.count(".") != 2:
        return ""
    payload = id_token.split(".")[1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error):
        return ""
    if not isinstance(claims, dict):
        return ""
    return str(claims.get("preferred_username") or claims.get("email") or claims.get("name") or "")[:200]
