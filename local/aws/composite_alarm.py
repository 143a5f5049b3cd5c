"""AWS::CloudWatch::CompositeAlarm, through the emulator's own PutCompositeAlarm.

Source: CloudFormation User Guide, AWS::CloudWatch::CompositeAlarm (verified 2026-11-23).
"""

from __future__ import annotations

from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import cloudwatch

from local.aws.cloudformation import Made, Properties, ResourceType


def install() -> None:
    """Register the resource type."""
    ResourceType(
        name="AWS::CloudWatch::CompositeAlarm",
        create=lambda logical_id, new, stack: _put(_name(new, logical_id, stack), new),
        delete=lambda name, properties: cloudwatch._composite_alarms.pop(name, None),
        update=lambda name, old, new, stack: _put(name, new),
        replaced_by=("AlarmName",),
    ).register()


def _name(properties: Properties, logical_id: str, stack_name: str) -> str:
    return str(properties.get("AlarmName") or f"{stack_name}-{logical_id}-{new_uuid()[:8]}")


def _put(name: str, properties: Properties) -> Made:
    plain = {key: value for key, value in properties.items() if key != "Tags"}
    status, _, body = cloudwatch._put_composite_alarm({}, {**plain, "AlarmName": name}, False, True)
    if status != 200:
        raise ValueError(body.decode())
    return name, {"Arn": f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{name}"}
