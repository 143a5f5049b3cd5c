"""SNS asks an HTTP endpoint to confirm its subscription, whoever made it, at an address that can be reached.

The emulator asks only after a call of Subscribe; on AWS a subscription from a template is asked for as well, and gets
nothing until it is confirmed. The link in the confirmation names the host `localhost` in the emulator, which is not
always IPv4; here it is the gateway's address.
Source: SNS Developer Guide, "Confirm the subscription" (verified 2026-11-23).
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import sns
from ministack.services.cloudformation import provisioners


def install() -> None:
    """Name the gateway by its address, and ask for confirmation of what templates subscribe."""
    sns._HOST = "127.0.0.1"
    handlers = provisioners._RESOURCE_HANDLERS["AWS::SNS::Subscription"]
    original = handlers["create"]

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, Any]]:
        made: tuple[str, dict[str, Any]] = original(logical_id, properties, stack)
        _ask(properties.get("TopicArn", ""), made[0])
        return made

    handlers["create"] = create


def _ask(topic_arn: str, subscription_arn: str) -> None:
    subscription = sns._find_subscription(topic_arn, subscription_arn)
    if subscription and not subscription["confirmed"]:
        subscription["token"] = new_uuid()
        # CloudFormation does not wait for the endpoint, so neither does this
        request = sns._send_subscription_confirmation(topic_arn, subscription)
        threading.Thread(target=asyncio.run, args=(request,), daemon=True).start()
