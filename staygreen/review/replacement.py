"""Whether a change of a property makes CloudFormation replace the resource.

Replaced are resources whose create-only properties, or writable members of the
primary identifier, change ("Resource type schema", CloudFormation CLI guide,
verified 2026-11). The table is `data/replacement.json`, made by
``python -m staygreen.review.replacement``.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent / "data" / "replacement.json"

TYPES = (
    "AWS::CloudWatch::Alarm",
    "AWS::DynamoDB::Table",
    "AWS::EC2::EIP",
    "AWS::EC2::EIPAssociation",
    "AWS::EC2::Instance",
    "AWS::EC2::NatGateway",
    "AWS::EC2::VPCEndpoint",
    "AWS::Events::Rule",
    "AWS::IAM::AccessKey",
    "AWS::IAM::Role",
    "AWS::IAM::User",
    "AWS::KMS::Key",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::Route53::HostedZone",
    "AWS::Route53::RecordSet",
    "AWS::Route53::RecordSetGroup",
    "AWS::S3::Bucket",
    "AWS::SES::ConfigurationSet",
    "AWS::SES::ConfigurationSetEventDestination",
    "AWS::SES::DedicatedIpPool",
    "AWS::SES::EmailIdentity",
    "AWS::SES::MailManagerArchive",
    "AWS::SES::MailManagerIngressPoint",
    "AWS::SES::ReceiptFilter",
    "AWS::SES::ReceiptRule",
    "AWS::SES::ReceiptRuleSet",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SSM::Parameter",
    "AWS::Scheduler::Schedule",
    "AWS::SecretsManager::Secret",
)
"""The types that the table knows."""


class Replacement(Enum):
    """What an update does to the resource."""

    NO = "no"
    MAYBE = "maybe"
    YES = "yes"


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """Type → property (``/`` between levels) → ``yes`` or ``maybe``."""
    content: Mapping[str, Mapping[str, str]] = json.loads(TABLE.read_text())["types"]
    return content


def judge(type_name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Replacement:
    """Whether the change from one set of resolved properties to another replaces the resource."""
    worst = Replacement.NO
    for path, word in table().get(type_name, {}).items():
        if _at(before, path) != _at(after, path):
            if word == "yes":
                return Replacement.YES
            worst = Replacement.MAYBE
    return worst


def _at(properties: Any, path: str) -> Any:
    for part in path.split("/"):
        properties = properties.get(part) if isinstance(properties, Mapping) else None
    return properties


def from_schema(schema: Mapping[str, Any]) -> dict[str, str]:
    """The rules that a resource provider schema gives."""

    def paths(name: str) -> set[str]:
        return {pointer.removeprefix("/properties/") for pointer in schema.get(name, ())}

    writable = paths("primaryIdentifier") - paths("readOnlyProperties")
    found = {path: "maybe" for path in paths("conditionalCreateOnlyProperties")}
    return found | {path: "yes" for path in paths("createOnlyProperties") | writable}


def from_database(file: Path) -> dict[str, dict[str, str]]:
    """The same from the database that the CDK CLI carries, by type."""
    with gzip.open(file) as opened:
        entities = json.load(opened)["schema"]["resource"]["entities"]
    found = {}
    for entity in entities.values() if isinstance(entities, dict) else entities:
        words = {
            name: prop["causesReplacement"]
            for name, prop in entity["properties"].items()
            if prop.get("causesReplacement") in ("yes", "maybe")
        }
        found[entity["cloudFormationType"]] = words
    return found


IN_PLACE = {
    ("AWS::Route53::RecordSet", "Type"): "maybe",
    ("AWS::Route53::RecordSet", "SetIdentifier"): "maybe",
}
"""Members of the identifier that the CDK's database, following the user guide, updates in place: may replace."""


def main() -> None:
    """Write the table from cfn-lint's schemas and the CDK CLI's database, given as the argument."""
    import cfnlint  # type: ignore[import-untyped]

    schemas = Path(cfnlint.__file__).parent / "data" / "schemas"
    index = json.loads((schemas / "providers" / "us-east-1.json").read_text())
    database = from_database(Path(sys.argv[1]))
    types: dict[str, dict[str, str]] = {}
    for name in TYPES:
        schema = json.loads((schemas / "resources" / f"{index[name]}.json").read_text())
        words = {**database.get(name, {}), **from_schema(schema)}
        words.update({path: word for (of, path), word in IN_PLACE.items() if of == name})
        words.update({path: "yes" for path, word in database.get(name, {}).items() if word == "yes"})
        types[name] = dict(sorted(words.items()))
    TABLE.write_text(
        json.dumps({"made_from": "cfn-lint's schemas; the CDK CLI's database", "types": types}, indent=2) + "\n"
    )


if __name__ == "__main__":
    main()
