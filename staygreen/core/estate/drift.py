"""What stands otherwise than its template says, in words that people know.

CloudFormation takes over what exists as it is: an import changes no setting, and the stack is complete all the same
(CloudFormation User Guide, "Import AWS resources into a CloudFormation stack", read 2026-12-01).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from staygreen.core.estate.difference import NONE, Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """One resource of a stack that is not as its template says."""

    stack: str
    what: str
    """Such as ``the identity example.com``."""
    differences: tuple[Difference, ...] = ()
    """What was found, and what the template declares; empty: the resource is gone."""
    means: tuple[str, ...] = ()
    """What follows for mail or data, a sentence each."""

    def __str__(self) -> str:
        told = "; ".join(map(str, self.differences)) or "is not there any more"
        return f"{self.what}: {told}"


@dataclass(frozen=True, slots=True)
class _Words:
    what: str
    means: str = ""


_NOUNS = {
    "AWS::SES::EmailIdentity": "the identity",
    "AWS::SES::ConfigurationSet": "the configuration set",
    "AWS::SES::DedicatedIpPool": "the pool",
    "AWS::Route53::RecordSet": "the record",
    "AWS::EC2::EIP": "the address",
    "AWS::S3::Bucket": "the bucket",
    "AWS::DynamoDB::Table": "the table",
    "AWS::SNS::Topic": "the topic",
    "AWS::SQS::Queue": "the queue",
    "AWS::KMS::Key": "the key",
    "AWS::Lambda::Function": "the function",
    "AWS::Logs::LogGroup": "the log group",
}
_OLD_KEY = "What is stored stays encrypted with the key it was stored with: keep that key."
_SPF = "Mail through it has SES's own MAIL FROM, so SPF does not align with its domain."
_WORDS: Mapping[str, Mapping[str, _Words]] = {
    "AWS::SES::EmailIdentity": {
        "MailFromAttributes/BehaviorOnMxFailure": _Words("MX of MAIL FROM missing"),
        "MailFromAttributes/MailFromDomain": _Words("MAIL FROM", _SPF),
        "MailFromAttributes": _Words("MAIL FROM", _SPF),
        "DkimAttributes/SigningEnabled": _Words("DKIM signing", "Mail through it may go out without its signature."),
        "DkimAttributes": _Words("DKIM signing", "Mail through it may go out without its signature."),
        "DkimSigningAttributes": _Words("signing key"),
        "ConfigurationSetAttributes": _Words(
            "default configuration set", "Mail that names no set is not counted by its event destination."
        ),
        "FeedbackAttributes": _Words("feedback by mail"),
    },
    "AWS::SES::ConfigurationSet": {
        "DeliveryOptions/TlsPolicy": _Words("TLS"),
        "DeliveryOptions/SendingPoolName": _Words("pool", "Its mail goes out from other addresses."),
        "ReputationOptions": _Words("reputation metrics"),
        "SendingOptions": _Words("sending"),
        "SuppressionOptions": _Words("suppression"),
        "TrackingOptions": _Words("tracking domain"),
    },
    "AWS::SES::DedicatedIpPool": {"ScalingMode": _Words("scaling")},
    "AWS::Route53::RecordSet": {"ResourceRecords": _Words("value"), "TTL": _Words("TTL")},
    "AWS::S3::Bucket": {
        "BucketEncryption": _Words("encryption", _OLD_KEY),
        "LifecycleConfiguration": _Words("how long objects stay"),
        "PublicAccessBlockConfiguration": _Words("closed to the public", "Look at it before anything else."),
        "VersioningConfiguration": _Words("versions"),
    },
    "AWS::DynamoDB::Table": {
        "SSESpecification": _Words("encryption"),
        "PointInTimeRecoverySpecification": _Words("recovery to a point in time"),
        "TimeToLiveSpecification": _Words("expiry"),
    },
    "AWS::SNS::Topic": {"KmsMasterKeyId": _Words("encryption", "Who publishes may lack the right to its key.")},
}


def drifted(
    stack: str, type_name: str, name: str, paths: Iterable[tuple[str, Any, Any]], *, is_gone: bool = False
) -> Drifted:
    """Put into words how one resource differs.

    Args:
        stack: The stack's name.
        type_name: Of CloudFormation, such as ``AWS::S3::Bucket``.
        name: The resource's name or id.
        paths: Path (``/MailFromAttributes/MailFromDomain``), expected and actual value of each property; None: absent.
        is_gone: It does not exist.
    """
    what = f"{_NOUNS.get(type_name, type_name)} {name}"
    if is_gone:
        return Drifted(stack=stack, what=what)
    found: dict[str, Difference] = {}
    means: list[str] = []
    for path, expected, actual in paths:
        words = _words(type_name, path.strip("/"))
        found.setdefault(words.what, Difference(words.what, _text(actual), _text(expected)))
        if words.means:
            means.append(words.means)
    return Drifted(stack=stack, what=what, differences=tuple(found.values()), means=tuple(dict.fromkeys(means)))


def _words(type_name: str, path: str) -> _Words:
    """Those of the longest path that this is or is below; else the path itself."""
    known = _WORDS.get(type_name, {})
    fitting = [each for each in known if path == each or path.startswith(f"{each}/")]
    return known[max(fitting, key=len)] if fitting else _Words(path.replace("/", "."))


def _text(value: Any) -> str:
    """A value as people read it; a mapping with one value as that value."""
    if value in (None, "", {}, []):
        return NONE
    if isinstance(value, Mapping) and len(value) == 1:
        return _text(next(iter(value.values())))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
