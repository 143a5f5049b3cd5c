"""What a person is told when AWS cannot be asked, or says no."""

from __future__ import annotations

import sys

_HINTS = {
    "NoRegionError": "no region is known: give --config FILE, set AWS_DEFAULT_REGION, or a region in the profile that "
    "AWS_PROFILE names",
    **dict.fromkeys(
        ("NoCredentialsError", "CredentialRetrievalError", "TokenRetrievalError", "SSOTokenLoadError"),
        "there are no credentials: set AWS_PROFILE, or log in as you do for the AWS CLI",
    ),
    **dict.fromkeys(
        ("ExpiredToken", "ExpiredTokenException", "UnauthorizedSSOTokenError", "RequestExpired"),
        "the credentials have expired: log in again as you do for the AWS CLI",
    ),
}
NO_DEPLOYMENT = "see that the sender, its environment, the account and the region are those of a deployment"
_MISSING = ("ResourceNotFoundException", "ParameterNotFound")


def reason(error: BaseException) -> str:
    """One sentence about an error of boto3's, or one that was raised for it; else the error's own text."""
    cause: BaseException | None = error
    while cause is not None:
        known = _HINTS.get(type(cause).__name__) or _HINTS.get(_code(cause))
        if known:
            return f"AWS was not asked: {known}"
        if _code(cause) in _MISSING:
            return f"{_text(error)}; {NO_DEPLOYMENT}"
        cause = cause.__cause__
    return _text(error)


def about(service: str, error: BaseException) -> str:
    """One sentence about a service that did not answer."""
    said = reason(error)
    return said if said.startswith("AWS ") else f"{service} did not answer: {said}"


def is_aws(error: BaseException) -> bool:
    """Whether an error is boto3's."""
    # a command that asked AWS has loaded it; no other pays for it
    known = sys.modules.get("botocore.exceptions")
    return known is not None and isinstance(error, known.BotoCoreError | known.ClientError)


def _code(error: BaseException) -> str:
    response = getattr(error, "response", None)
    found = response.get("Error", {}).get("Code", "") if isinstance(response, dict) else ""
    return str(found)


def _text(error: BaseException) -> str:
    return str(error).rstrip(".")
