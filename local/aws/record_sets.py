"""AWS::Route53::RecordSet: a record set that exists already is adopted when it is the same to the letter.

CloudFormation tries to create it; when Route 53 says that it exists, CloudFormation compares name, type, TTL and
values, and takes an identical one into the stack. A different one fails the deployment. The type has no import of its
own. Source: users' reports in the CloudFormation coverage roadmap, issue 560 (2023-07-26), not AWS's documentation.
"""

from __future__ import annotations

from typing import Any

from ministack.services import route53
from ministack.services.cloudformation import provisioners


def install() -> None:
    """Let the emulator's CloudFormation adopt identical record sets."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Route53::RecordSet"]
    original = handlers["create"]

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, Any]]:
        wanted = provisioners._r53_record_set_build_rs(properties)
        zone_id = provisioners._r53_resolve_hosted_zone_id(properties)
        if any(_content(each) == _content(wanted) for each in route53._records.get(zone_id, [])):
            return wanted["Name"], {"Name": wanted["Name"]}
        made: tuple[str, dict[str, Any]] = original(logical_id, properties, stack)
        return made

    handlers["create"] = create


def _content(record_set: dict[str, Any]) -> tuple[object, ...]:
    values = [each["Value"] if isinstance(each, dict) else each for each in record_set.get("ResourceRecords") or []]
    return (*route53._rs_key(record_set), str(record_set.get("TTL")), tuple(sorted(values)))
