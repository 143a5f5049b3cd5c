"""Step Functions `aws-sdk:*` tasks for every service, where the emulator knows some: through boto3 on itself.

An error is named SERVICE.CODE, as on AWS (`SesV2.NotFoundException`).
Source: Step Functions Developer Guide, "AWS SDK service integrations" (verified 2026-11-23).
"""

from __future__ import annotations

import json
import os
import re
from typing import Any

import boto3
from botocore.exceptions import ClientError
from ministack.core.responses import get_region
from ministack.services import stepfunctions

_ERROR_PREFIXES = {"sesv2": "SesV2", "ec2": "Ec2", "dynamodb": "DynamoDb"}


def install() -> None:
    """Answer what the emulator does not."""
    original = stepfunctions._invoke_aws_sdk_integration

    def invoke(resource: str, data: Any) -> Any:
        service, action = resource.replace(".waitForTaskToken", "").split(":")[6:8]
        if service.lower() in stepfunctions._AWS_SDK_SERVICE_MAP:
            return original(resource, data)
        return _call(service, action, data or {})

    stepfunctions._invoke_aws_sdk_integration = invoke


def _call(service: str, action: str, data: dict[str, Any]) -> dict[str, Any]:
    client: Any = boto3.client(  # type: ignore[call-overload]  # the service is known at run time only
        service,
        region_name=get_region(),
        endpoint_url=f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
    )
    shape = client.meta.service_model.operation_model(action[0].upper() + action[1:]).input_shape
    # for `Parameters: {}` the emulator hands over the whole input of the state
    known = {key: value for key, value in data.items() if shape and key in shape.members}
    method = re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower()
    try:
        answer = getattr(client, method)(**known)
    except ClientError as error:
        prefix = _ERROR_PREFIXES.get(service, service.capitalize())
        name = f"{prefix}.{error.response['Error']['Code']}"
        raise stepfunctions._ExecutionError(name, str(error)) from error
    plain: dict[str, Any] = json.loads(json.dumps(answer, default=str))
    return {key: value for key, value in plain.items() if key != "ResponseMetadata"}
