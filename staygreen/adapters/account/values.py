"""Reads what one setting is now: a function for each kind of setting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from staygreen.adapters.account.asking import code
from staygreen.adapters.account.deployed_records import record_value
from staygreen.adapters.store.cases import CaseTable
from staygreen.adapters.store.incidents import IncidentTable
from staygreen.core.account_share import DEFAULT_POOL
from staygreen.core.delisting import storage
from staygreen.core.provisioning.elastic_ip_ptr import canonical
from staygreen.core.remediations.account import PAUSED, SENDING, Setting


def _read_pool(client: Callable[[str], Any], ip: str, _table: str) -> str:
    return str(client("sesv2").get_dedicated_ip(Ip=ip)["DedicatedIp"].get("PoolName", DEFAULT_POOL))


def _read_warmup(client: Callable[[str], Any], ip: str, _table: str) -> str:
    return str(client("sesv2").get_dedicated_ip(Ip=ip)["DedicatedIp"]["WarmupPercentage"])


def _read_set(client: Callable[[str], Any], name: str, _table: str) -> str:
    options = client("sesv2").get_configuration_set(ConfigurationSetName=name).get("SendingOptions", {})
    return SENDING if options.get("SendingEnabled", True) else PAUSED


def reputation_entity(client: Callable[[str], Any], arn: str) -> Mapping[str, Any]:
    """What SES says of the reputation of a tenant, by its ARN."""
    found = client("sesv2").get_reputation_entity(ReputationEntityType="RESOURCE", ReputationEntityReference=arn)
    entity: Mapping[str, Any] = found["ReputationEntity"]
    return entity


def _read_tenant(client: Callable[[str], Any], arn: str, _table: str) -> str:
    return str(reputation_entity(client, arn).get("CustomerManagedStatus", {}).get("Status", "ENABLED"))


def _read_suppression(client: Callable[[str], Any], resource: str, _table: str) -> str:
    try:
        found = client("sesv2").get_suppressed_destination(**recipient_of(resource))
    except ClientError as error:
        if code(error) == "NotFoundException":
            return ""
        raise
    return str(found["SuppressedDestination"]["Reason"])


def _read_name(client: Callable[[str], Any], allocation_id: str, _table: str) -> str:
    found = client("ec2").describe_addresses_attribute(AllocationIds=[allocation_id], Attribute="domain-name")
    attributes = (found.get("Addresses") or [{}])[0]
    update = attributes.get("PtrRecordUpdate")
    return canonical((update or {}).get("Value", "") if update else attributes.get("PtrRecord", ""))


def read_record(client: Callable[[str], Any], resource: str, _table: str) -> str:
    """The value of a record set as remediations compare it; empty: there is none."""
    zone, name, rtype = resource.split("|")
    found = client("route53").list_resource_record_sets(
        HostedZoneId=zone, StartRecordName=f"{name}.", StartRecordType=rtype, MaxItems="1"
    )["ResourceRecordSets"]
    for each in found:
        # Route 53 tells the asterisk and others in octal escapes; names that we write have none
        if canonical(each["Name"]) == name and each["Type"] == rtype and "TTL" in each:
            return record_value(each["TTL"], [one["Value"] for one in each["ResourceRecords"]])
    return ""


def _read_case(client: Callable[[str], Any], ip: str, table: str) -> str:
    found = cases(client, table).load(ip)
    return storage.text(found) if found else ""


def cases(client: Callable[[str], Any], table: str) -> CaseTable:
    """Where cases are kept."""
    return CaseTable(IncidentTable(client("dynamodb"), table))


READERS: Mapping[Setting, Callable[[Callable[[str], Any], str, str], str]] = {
    Setting.IP_POOL: _read_pool,
    Setting.IP_WARMUP: _read_warmup,
    Setting.SET_SENDING: _read_set,
    Setting.TENANT_SENDING: _read_tenant,
    Setting.SUPPRESSION: _read_suppression,
    Setting.REVERSE_NAME: _read_name,
    Setting.RECORD: read_record,
    Setting.CASE: _read_case,
}


def recipient_of(resource: str) -> dict[str, str]:
    """A suppressed recipient as SES is asked about it: of a tenant's list, or of the account's."""
    tenant, _, address = resource.rpartition("#")
    return {"EmailAddress": address, **({"TenantName": tenant} if tenant else {})}
