"""The account as SES, EC2, Route 53, CloudFormation and DNS have it; and the hand that sets things in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from ipaddress import ip_address
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

from staygreen.adapters import clock
from staygreen.adapters.aws.account_share import other_deployments
from staygreen.adapters.aws.recipient_hash import hasher
from staygreen.adapters.ses.suppression_list import WronglySuppressed
from staygreen.adapters.store.cases import CaseTable
from staygreen.adapters.store.incidents import IncidentTable
from staygreen.adapters.store.reply_counters import ReplyCounters
from staygreen.core.account_share import DEFAULT_POOL, WHOLE, AccountShare
from staygreen.core.delisting import storage
from staygreen.core.dns.message import Lookup, Question, Rcode, RecordType
from staygreen.core.errors import ActionRefused, OutcomeUnknown, SourceUnavailable
from staygreen.core.finding import Subject
from staygreen.core.naming import ADDRESSES_STACK, REPLIES, SENDER_TAG, ResourceNames, domain_stack
from staygreen.core.provisioning.elastic_ip_ptr import canonical
from staygreen.core.remediations.account import PAUSED, SENDING, DeployedRecord, Elastic, Lease, Setting
from staygreen.core.remediations.plan import Action
from staygreen.core.ses.suppression_list import Wronged

GONE = frozenset({"NotFoundException", "InvalidAllocationID.NotFound", "NoSuchHostedZone", "ResourceNotFoundException"})
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


class AwsAccount:
    """Reads the account once for each question of a list, and anew for each single value.

    Args:
        client: Gives a boto3 client by the name of its service.
        names: Of the deployment: its stacks, tables and secrets; Elastic IPs with its sender's tag are its own.
        table: The incident table, which holds cases.
        lookup: Asks DNS.
        share: What of SES is the sender's: no other dedicated IP, pool or configuration set is found.
    """

    def __init__(
        self,
        client: Callable[[str], Any],
        *,
        names: ResourceNames,
        table: str,
        lookup: Lookup,
        share: AccountShare = WHOLE,
    ) -> None:
        self._client = client
        self._names = names
        self._table = table
        self._lookup = lookup
        self._share = share

    def now(self) -> datetime:
        """The present."""
        return clock.now()

    # --- single values ----------------------------------------------------------------------------------------------

    def value(self, setting: Setting, resource: str) -> str | None:
        """What is set now; None when the resource is gone.

        Raises:
            SourceUnavailable: AWS did not say.
        """
        found: str | None = _asked(_READERS[setting], self._client, resource, self._table)
        return found

    def stopped_by_aws(self, setting: Setting, resource: str) -> str:
        """Why AWS itself has stopped the resource or the account; empty: it has not."""
        status = _asked(lambda: self._client("sesv2").get_account().get("EnforcementStatus", ""))
        if status == "SHUTDOWN":
            return "AWS has stopped the whole account"
        if setting is not Setting.TENANT_SENDING:
            return ""
        entity = _asked(_entity, self._client, resource) or {}
        held = entity.get("AwsSesManagedStatus", {})
        return f"AWS has disabled it: {held.get('Cause', '')}" if held.get("Status") == "DISABLED" else ""

    def has_tenant_lists(self) -> bool:
        """Whether this boto3 knows suppression lists of tenants."""
        shape = self._client("sesv2").meta.service_model.operation_model("PutSuppressedDestination").input_shape
        return "TenantName" in shape.members

    # --- lists ------------------------------------------------------------------------------------------------------

    def dedicated_ips(self) -> Mapping[str, Lease]:
        """Dedicated IPs by address."""
        return self._leases

    @cached_property
    def _leases(self) -> Mapping[str, Lease]:
        pages = _asked(lambda: list(_pages(self._client("sesv2").get_dedicated_ips, PageSize=100)))
        return {
            each["Ip"]: Lease(pool=each.get("PoolName", DEFAULT_POOL), warmup=int(each["WarmupPercentage"]))
            for page in pages
            for each in page.get("DedicatedIps", ())
            if self._share.has_pool(each.get("PoolName", DEFAULT_POOL))
        }

    def pools(self) -> Mapping[str, bool]:
        """Pools by name: whether each is a standard one."""
        return self._pools

    @cached_property
    def _pools(self) -> Mapping[str, bool]:
        ses = self._client("sesv2")
        names = _asked(
            lambda: [n for page in _pages(ses.list_dedicated_ip_pools) for n in page.get("DedicatedIpPools", ())]
        )
        own = [name for name in names if self._share.has_pool(name)]
        modes = {n: _asked(lambda n=n: ses.get_dedicated_ip_pool(PoolName=n)["DedicatedIpPool"]) for n in own}
        return {
            **({DEFAULT_POOL: True} if self._share.has_pool(DEFAULT_POOL) else {}),
            **{n: pool.get("ScalingMode", "STANDARD") == "STANDARD" for n, pool in modes.items()},
        }

    def sets_of(self, pool: str) -> tuple[str, ...]:
        """Configuration sets that send from a pool, sorted."""
        own = (name for name, used in self._sets.items() if self._share.has_configuration_set(name, used))
        return tuple(sorted(name for name in own if self._sets[name] == pool))

    @cached_property
    def _sets(self) -> Mapping[str, str]:
        ses = self._client("sesv2")
        names = _asked(
            lambda: [n for page in _pages(ses.list_configuration_sets) for n in page.get("ConfigurationSets", ())]
        )
        found = {n: _asked(lambda n=n: ses.get_configuration_set(ConfigurationSetName=n)) for n in names}
        return {n: each.get("DeliveryOptions", {}).get("SendingPoolName", "") for n, each in found.items() if each}

    def tenants_of(self, configuration_set: str) -> tuple[str, ...]:
        """ARNs of the tenants that a configuration set belongs to, sorted."""
        ses = self._client("sesv2")
        if not hasattr(ses, "list_resource_tenants"):
            return ()
        resource = f"{self._arn_prefix}:configuration-set/{configuration_set}"
        pages = _asked(lambda: list(_pages(ses.list_resource_tenants, ResourceArn=resource))) or []
        names = [each["TenantName"] for page in pages for each in page.get("ResourceTenants", ())]
        return tuple(sorted(_asked(lambda n=n: ses.get_tenant(TenantName=n)["Tenant"]["TenantArn"]) for n in names))

    @cached_property
    def _arn_prefix(self) -> str:
        caller = _asked(lambda: self._client("sts").get_caller_identity()["Arn"]).split(":")
        return f"arn:{caller[1]}:ses:{self._client('sesv2').meta.region_name}:{caller[4]}"

    def elastic_ips(self) -> Mapping[str, Elastic]:
        """Elastic IPs of the sender by address."""
        return self._elastic

    @cached_property
    def _elastic(self) -> Mapping[str, Elastic]:
        filters = [{"Name": f"tag:{SENDER_TAG}", "Values": [self._names.sender]}]
        found = _asked(lambda: self._client("ec2").describe_addresses(Filters=filters)["Addresses"])
        elastic = {
            each["PublicIp"]: Elastic(
                allocation_id=each["AllocationId"], tags={t["Key"]: t["Value"] for t in each.get("Tags", ())}
            )
            for each in found
        }
        return {ip: each for ip, each in elastic.items() if self._names.may_own(each.tags)}

    def undivided_with(self) -> tuple[str, ...]:
        """Other deployments in the account and region; none once `only` divides SES."""
        return self._others if self._share.is_whole else ()

    @cached_property
    def _others(self) -> tuple[str, ...]:
        return tuple(map(str, _asked(other_deployments, self._client("cloudformation"), self._names)))

    # --- DNS --------------------------------------------------------------------------------------------------------

    def names_of(self, ip: str) -> tuple[str, ...] | None:
        """PTR names of an address; None when DNS does not answer."""
        return self._told(ip_address(ip).reverse_pointer, RecordType.PTR)

    def addresses_of(self, name: str) -> tuple[str, ...] | None:
        """A records of a name; None when DNS does not answer."""
        return self._told(name, RecordType.A)

    def _told(self, name: str, rtype: RecordType) -> tuple[str, ...] | None:
        (reply,) = self._lookup([Question(name, rtype)])
        if reply.rcode not in (Rcode.NOERROR, Rcode.NXDOMAIN):
            return None
        return tuple(canonical(value) for value in reply.values)

    # --- who is suppressed for our sake -------------------------------------------------------------------------------

    def wrongly_suppressed(self, subject: Subject, since: datetime) -> tuple[str, ...]:
        """Recipients whom SES suppresses only because an address was refused since a time.

        Raises:
            SourceUnavailable: The list, the counters of replies or the key of their hashes cannot be read.
        """
        found = _asked(self._wronged, subject, since) or ()
        return tuple(each.entry.recipient for each in found)

    def _wronged(self, subject: Subject, since: datetime) -> tuple[Wronged, ...]:
        return WronglySuppressed(
            client=self._client("sesv2"),
            counters=ReplyCounters(client=self._client("dynamodb"), table=self._names.table(REPLIES)),
            hashed=hasher(self._client("secretsmanager"), self._names.recipient_key),
        ).of(subject, since)

    # --- what was deployed ------------------------------------------------------------------------------------------

    def deployed_records(self) -> tuple[DeployedRecord, ...]:
        """Record sets of the deployed stacks, with their exact values."""
        return self._deployed

    @cached_property
    def _deployed(self) -> tuple[DeployedRecord, ...]:
        formation = self._client("cloudformation")
        stacks = _asked(lambda: [s for p in formation.get_paginator("describe_stacks").paginate() for s in p["Stacks"]])
        ours = (self._names.stack(domain_stack("")), self._names.stack(ADDRESSES_STACK))
        return tuple(
            record for stack in stacks if stack["StackName"].startswith(ours) for record in self._records_of(stack)
        )

    def _records_of(self, stack: Mapping[str, Any]) -> Iterator[DeployedRecord]:
        name = stack["StackName"]
        body = _asked(
            lambda: self._client("cloudformation").get_template(StackName=name, TemplateStage="Processed")[
                "TemplateBody"
            ]
        )
        template = json.loads(body) if isinstance(body, str) else body
        live = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())}
        known = {
            json.dumps(output["Value"], sort_keys=True): live[key]
            for key, output in template.get("Outputs", {}).items()
            if key in live
        }
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Route53::RecordSet":
                found = _resolved(resource["Properties"], known)
                if found is not None:
                    yield _record(found, name)


def _resolved(value: Any, known: Mapping[str, str]) -> Any:
    """The value with its references filled in from the stack's outputs; None where one is not known."""
    if isinstance(value, Mapping):
        return _reference(value, known)
    if isinstance(value, list):
        parts = [_resolved(each, known) for each in value]
        return None if None in parts else parts
    return value


def _reference(value: Mapping[str, Any], known: Mapping[str, str]) -> Any:
    told = known.get(json.dumps(value, sort_keys=True))
    if told is not None:
        return told
    if set(value) == {"Fn::Join"}:
        between, parts = value["Fn::Join"]
        found = _resolved(parts, known)
        return None if found is None else between.join(found)
    if len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref")):
        return None
    found = {key: _resolved(each, known) for key, each in value.items()}
    return None if None in found.values() else found


def _record(properties: Mapping[str, Any], stack: str) -> DeployedRecord:
    return DeployedRecord(
        zone_id=properties["HostedZoneId"],
        name=canonical(properties["Name"]),
        type=properties["Type"],
        value=_record_value(int(properties["TTL"]), properties["ResourceRecords"]),
        stack=stack,
    )


def _record_value(ttl: int, values: Sequence[str]) -> str:
    return json.dumps({"ttl": ttl, "values": sorted(values)}, sort_keys=True)


# --- reading one setting ----------------------------------------------------------------------------------------------


def _read_pool(client: Callable[[str], Any], ip: str, _table: str) -> str:
    return str(client("sesv2").get_dedicated_ip(Ip=ip)["DedicatedIp"].get("PoolName", DEFAULT_POOL))


def _read_warmup(client: Callable[[str], Any], ip: str, _table: str) -> str:
    return str(client("sesv2").get_dedicated_ip(Ip=ip)["DedicatedIp"]["WarmupPercentage"])


def _read_set(client: Callable[[str], Any], name: str, _table: str) -> str:
    options = client("sesv2").get_configuration_set(ConfigurationSetName=name).get("SendingOptions", {})
    return SENDING if options.get("SendingEnabled", True) else PAUSED


def _entity(client: Callable[[str], Any], arn: str) -> Mapping[str, Any]:
    found = client("sesv2").get_reputation_entity(ReputationEntityType="RESOURCE", ReputationEntityReference=arn)
    entity: Mapping[str, Any] = found["ReputationEntity"]
    return entity


def _read_tenant(client: Callable[[str], Any], arn: str, _table: str) -> str:
    return str(_entity(client, arn).get("CustomerManagedStatus", {}).get("Status", "ENABLED"))


def _read_suppression(client: Callable[[str], Any], resource: str, _table: str) -> str:
    try:
        found = client("sesv2").get_suppressed_destination(**_recipient(resource))
    except ClientError as error:
        if _code(error) == "NotFoundException":
            return ""
        raise
    return str(found["SuppressedDestination"]["Reason"])


def _read_name(client: Callable[[str], Any], allocation_id: str, _table: str) -> str:
    found = client("ec2").describe_addresses_attribute(AllocationIds=[allocation_id], Attribute="domain-name")
    attributes = (found.get("Addresses") or [{}])[0]
    update = attributes.get("PtrRecordUpdate")
    return canonical((update or {}).get("Value", "") if update else attributes.get("PtrRecord", ""))


def _read_record(client: Callable[[str], Any], resource: str, _table: str) -> str:
    zone, name, rtype = resource.split("|")
    found = client("route53").list_resource_record_sets(
        HostedZoneId=zone, StartRecordName=f"{name}.", StartRecordType=rtype, MaxItems="1"
    )["ResourceRecordSets"]
    for each in found:
        # Route 53 tells the asterisk and others in octal escapes; names that we write have none
        if canonical(each["Name"]) == name and each["Type"] == rtype and "TTL" in each:
            return _record_value(each["TTL"], [one["Value"] for one in each["ResourceRecords"]])
    return ""


def _read_case(client: Callable[[str], Any], ip: str, table: str) -> str:
    found = _cases(client, table).load(ip)
    return storage.text(found) if found else ""


def _cases(client: Callable[[str], Any], table: str) -> CaseTable:
    return CaseTable(IncidentTable(client("dynamodb"), table))


_READERS: Mapping[Setting, Callable[[Callable[[str], Any], str, str], str]] = {
    Setting.IP_POOL: _read_pool,
    Setting.IP_WARMUP: _read_warmup,
    Setting.SET_SENDING: _read_set,
    Setting.TENANT_SENDING: _read_tenant,
    Setting.SUPPRESSION: _read_suppression,
    Setting.REVERSE_NAME: _read_name,
    Setting.RECORD: _read_record,
    Setting.CASE: _read_case,
}


# --- setting it -------------------------------------------------------------------------------------------------------


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
            if _code(error) in BUSY:
                raise SourceUnavailable(f"AWS is busy: {error}") from error
            if _code(error) in BROKEN:
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
    ses, recipient = client("sesv2"), _recipient(action.resource)
    if action.after:
        ses.put_suppressed_destination(**recipient, Reason=action.after)
    else:
        ses.delete_suppressed_destination(**recipient)


def _recipient(resource: str) -> dict[str, str]:
    tenant, _, address = resource.rpartition("#")
    return {"EmailAddress": address, **({"TenantName": tenant} if tenant else {})}


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
        if _code(error) != "InvalidChangeBatch" or _read_record(client, action.resource, table) != action.after:
            raise
        return False
    return True


def _record_set(name: str, rtype: str, value: str) -> Mapping[str, Any]:
    given = json.loads(value)
    records = [{"Value": each} for each in given["values"]]
    return {"Name": f"{name}.", "Type": rtype, "TTL": given["ttl"], "ResourceRecords": records}


def _set_case(client: Callable[[str], Any], action: Action, table: str) -> None:
    before = storage.read(action.before) if action.before else None
    _cases(client, table).save(storage.read(action.after), before)


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


# --- asking AWS -------------------------------------------------------------------------------------------------------


def _asked(question: Callable[..., Any], *arguments: Any) -> Any:
    """The answer; None when what it is about is gone.

    Raises:
        SourceUnavailable: AWS did not answer, or must not.
    """
    try:
        return question(*arguments)
    except ClientError as error:
        if _code(error) in GONE:
            return None
        raise SourceUnavailable(str(error)) from error
    except BotoCoreError as error:
        raise SourceUnavailable(str(error)) from error


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _pages(operation: Callable[..., Any], **arguments: Any) -> Iterator[Mapping[str, Any]]:
    """Every page of an operation of SES, for which botocore has no paginators."""
    token: dict[str, str] = {}
    while True:
        page = operation(**arguments, **token)
        yield page
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}
