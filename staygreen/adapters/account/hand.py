"""The hand that sets things in the account: a function for each kind of setting."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
)

from staygreen.adapters.account.asking import code
from staygreen.adapters.account.values import cases, read_record, recipient_of
from staygreen.core.delisting import storage
from staygreen.core.errors import ActionRefused, OutcomeUnknown, SourceUnavailable
from staygreen.core.remediations.account import SENDING, Setting
from staygreen.core.remediations.plan import Action

BUSY = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "PriorRequestNotComplete",
        "ServiceUnavailable",
        "ConcurrentModificationException",
    }
)
"""Error codes of calls that were not carried out; the same call may succeed later."""
BROKEN = frozenset({"InternalFailure", "InternalError", "InternalServerError", "InternalServiceErrorException"})
"""Error codes of calls that may have been carried out all the same."""
_UNSENT = (
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ParamValidationError,
    ProxyConnectionError,
)
"""Failures before a request was sent; after any other, nobody knows what became of it."""


class AwsHand:
    """Makes assignments; only the function that applies has one.

    Args:
        client: Gives a boto3 client by the name of its service.
        table: The incident table.
    """

    def __init__(self, client: Callable[[str], Any], table: str) -> None:
        self._client = client
        self._table = table

    def __call__(self, action: Action) -> bool:
        """Set it; False when somebody else had set it so.

        Raises:
            ActionRefused: AWS said no.
            OutcomeUnknown: There was no answer, or a broken one: it may be set, or not.
            SourceUnavailable: AWS was too busy, or not to be reached; the same call may succeed later.
        """
        try:
            return _WRITERS[action.setting](self._client, action, self._table) is not False
        except ClientError as error:
            if code(error) in BUSY:
                raise SourceUnavailable(f"AWS is busy: {error}") from error
            if code(error) in BROKEN:
                raise OutcomeUnknown(f"AWS failed: {error}") from error
            raise ActionRefused(str(error)) from error
        except _UNSENT as error:
            raise SourceUnavailable(str(error)) from error
        except BotoCoreError as error:
            raise OutcomeUnknown(str(error)) from error


def _set_pool(client: Callable[[str], Any], action: Action, _table: str) -> None:
    client("sesv2").put_dedicated_ip_in_pool(Ip=action.resource, DestinationPoolName=action.after)


def _set_warmup(client: Callable[[str], Any], action: Action, _table: str) -> None:
    client("sesv2").put_dedicated_ip_warmup_attributes(Ip=action.resource, WarmupPercentage=int(action.after))


def _set_sending(client: Callable[[str], Any], action: Action, _table: str) -> None:
    client("sesv2").put_configuration_set_sending_options(
        ConfigurationSetName=action.resource, SendingEnabled=action.after == SENDING
    )


def _set_tenant(client: Callable[[str], Any], action: Action, _table: str) -> None:
    client("sesv2").update_reputation_entity_customer_managed_status(
        ReputationEntityType="RESOURCE", ReputationEntityReference=action.resource, SendingStatus=action.after
    )


def _set_suppression(client: Callable[[str], Any], action: Action, _table: str) -> None:
    ses, recipient = client("sesv2"), recipient_of(action.resource)
    if action.after:
        ses.put_suppressed_destination(**recipient, Reason=action.after)
    else:
        ses.delete_suppressed_destination(**recipient)


def _set_name(client: Callable[[str], Any], action: Action, _table: str) -> None:
    if action.after:
        client("ec2").modify_address_attribute(AllocationId=action.resource, DomainName=action.after)
    else:
        client("ec2").reset_address_attribute(AllocationId=action.resource, Attribute="domain-name")


def _set_record(client: Callable[[str], Any], action: Action, table: str) -> bool:
    """Take the value away that was read, and write the new one, in one batch; False: somebody else has set it so.

    Route 53 carries out all of a batch or nothing, and takes no value away that is not there exactly so (Amazon
    Route 53 API reference, ChangeResourceRecordSets): what somebody else writes in this moment is not overwritten.
    """
    zone, name, rtype = action.resource.split("|")
    changes = [
        {"Action": verb, "ResourceRecordSet": _record_set(name, rtype, value)}
        for verb, value in (("DELETE", action.before), ("CREATE", action.after))
        if value
    ]
    try:
        client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    except ClientError as error:
        if code(error) != "InvalidChangeBatch" or read_record(client, action.resource, table) != action.after:
            raise
        return False
    return True


def _record_set(name: str, rtype: str, value: str) -> Mapping[str, Any]:
    given = json.loads(value)
    records = [{"Value": each} for each in given["values"]]
    return {"Name": f"{name}.", "Type": rtype, "TTL": given["ttl"], "ResourceRecords": records}


def _set_case(client: Callable[[str], Any], action: Action, table: str) -> None:
    before = storage.read(action.before) if action.before else None
    cases(client, table).save(storage.read(action.after), before)


_WRITERS: Mapping[Setting, Callable[[Callable[[str], Any], Action, str], bool | None]] = {
    Setting.IP_POOL: _set_pool,
    Setting.IP_WARMUP: _set_warmup,
    Setting.SET_SENDING: _set_sending,
    Setting.TENANT_SENDING: _set_tenant,
    Setting.SUPPRESSION: _set_suppression,
    Setting.REVERSE_NAME: _set_name,
    Setting.RECORD: _set_record,
    Setting.CASE: _set_case,
}
