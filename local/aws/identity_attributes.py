"""What version 1 of SES's API says of a hundred identities at once, from the state that version 2 keeps.

GetIdentityDkimAttributes and GetIdentityMailFromDomainAttributes take at most 100 identities. Statuses are as fresh as
the question, as for GetEmailIdentity.
Source: SES API Reference of both (read 2026-12-01). That the tokens of a key of one's own are its selector is
assumed (docs/assumptions.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from ministack.services import ses

from local.aws import records
from local.aws.email_identity import refresh

_MOST = 100
_STATUS = {"SUCCESS": "Success", "PENDING": "Pending", "FAILED": "Failed", "NOT_STARTED": "NotStarted"}


def install() -> None:
    """Answer the two calls."""
    original = ses.handle_request

    async def handle(method: str, path: str, headers: Any, body: Any, query: Any) -> Any:
        parameters = {**query, **parse_qs((body or b"").decode(errors="replace"))} if method == "POST" else query
        action = (parameters.get("Action") or [""])[0]
        answer = _ANSWERS.get(action)
        if path.startswith("/v2/") or answer is None:
            return await original(method, path, headers, body, query)
        return _answered(action, ses._collect_list(parameters, "Identities.member"), *answer)

    ses.handle_request = handle


def _answered(action: str, names: list[str], element: str, tell: Callable[[dict[str, Any]], str]) -> Any:
    if len(names) > _MOST:
        return ses._error("InvalidParameterValue", f"Too many identities: {len(names)}", 400)
    look = records.snapshot()
    entries = ""
    for name in names:
        identity = refresh(name, look)
        if identity is not None:
            entries += f"<entry><key>{ses._esc(name)}</key><value>{tell(identity)}</value></entry>"
    return ses._xml(200, f"{action}Response", f"<{action}Result><{element}>{entries}</{element}></{action}Result>")


def _dkim(identity: dict[str, Any]) -> str:
    found = identity["DkimAttributes"]
    tokens = "".join(f"<member>{token}</member>" for token in found.get("Tokens", ()))
    enabled = str(bool(found.get("SigningEnabled"))).lower()
    status = _STATUS.get(found.get("Status", ""), "NotStarted")
    told = f"<DkimEnabled>{enabled}</DkimEnabled><DkimVerificationStatus>{status}</DkimVerificationStatus>"
    return f"{told}<DkimTokens>{tokens}</DkimTokens>"


def _mail_from(identity: dict[str, Any]) -> str:
    found = identity.get("MailFromAttributes") or {}
    rejects = found.get("BehaviorOnMxFailure") == "REJECT_MESSAGE"
    behavior = f"<BehaviorOnMXFailure>{'RejectMessage' if rejects else 'UseDefaultValue'}</BehaviorOnMXFailure>"
    domain = found.get("MailFromDomain", "")
    if not domain:
        return behavior
    status = _STATUS.get(found.get("MailFromDomainStatus", ""), "Pending")
    return f"<MailFromDomain>{domain}</MailFromDomain><MailFromDomainStatus>{status}</MailFromDomainStatus>{behavior}"


_ANSWERS: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "GetIdentityDkimAttributes": ("DkimAttributes", _dkim),
    "GetIdentityMailFromDomainAttributes": ("MailFromDomainAttributes", _mail_from),
}
