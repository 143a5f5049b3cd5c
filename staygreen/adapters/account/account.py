"""The account as SES, EC2, Route 53, CloudFormation and DNS have it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from ipaddress import ip_address
from typing import Any

from staygreen.adapters import clock
from staygreen.adapters.account.asking import asked, pages_of
from staygreen.adapters.account.deployed_records import record_of, resolved
from staygreen.adapters.account.values import READERS, reputation_entity
from staygreen.adapters.aws.account_share import other_deployments
from staygreen.adapters.aws.recipient_hash import hasher
from staygreen.adapters.ses.suppression_list import WronglySuppressed
from staygreen.adapters.store.reply_counters import ReplyCounters
from staygreen.core.account_share import DEFAULT_POOL, WHOLE, AccountShare
from staygreen.core.dns.message import Lookup, Question, Rcode, RecordType
from staygreen.core.finding import Subject
from staygreen.core.naming import ADDRESSES_STACK, REPLIES, SENDER_TAG, ResourceNames, domain_stack
from staygreen.core.provisioning.elastic_ip_ptr import canonical
from staygreen.core.remediations.account import DeployedRecord, Elastic, Lease, Setting
from staygreen.core.ses.suppression_list import Wronged


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
        found: str | None = asked(READERS[setting], self._client, resource, self._table)
        return found

    def stopped_by_aws(self, setting: Setting, resource: str) -> str:
        """Why AWS itself has stopped the resource or the account; empty: it has not."""
        status = asked(lambda: self._client("sesv2").get_account().get("EnforcementStatus", ""))
        if status == "SHUTDOWN":
            return "AWS has stopped the whole account"
        if setting is not Setting.TENANT_SENDING:
            return ""
        entity = asked(reputation_entity, self._client, resource) or {}
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
        pages = asked(lambda: list(pages_of(self._client("sesv2").get_dedicated_ips, PageSize=100)))
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
        names = asked(
            lambda: [n for page in pages_of(ses.list_dedicated_ip_pools) for n in page.get("DedicatedIpPools", ())]
        )
        own = [name for name in names if self._share.has_pool(name)]
        modes = {n: asked(lambda n=n: ses.get_dedicated_ip_pool(PoolName=n)["DedicatedIpPool"]) for n in own}
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
        names = asked(
            lambda: [n for page in pages_of(ses.list_configuration_sets) for n in page.get("ConfigurationSets", ())]
        )
        found = {n: asked(lambda n=n: ses.get_configuration_set(ConfigurationSetName=n)) for n in names}
        return {n: each.get("DeliveryOptions", {}).get("SendingPoolName", "") for n, each in found.items() if each}

    def tenants_of(self, configuration_set: str) -> tuple[str, ...]:
        """ARNs of the tenants that a configuration set belongs to, sorted."""
        ses = self._client("sesv2")
        if not hasattr(ses, "list_resource_tenants"):
            return ()
        resource = f"{self._arn_prefix}:configuration-set/{configuration_set}"
        pages = asked(lambda: list(pages_of(ses.list_resource_tenants, ResourceArn=resource))) or []
        names = [each["TenantName"] for page in pages for each in page.get("ResourceTenants", ())]
        return tuple(sorted(asked(lambda n=n: ses.get_tenant(TenantName=n)["Tenant"]["TenantArn"]) for n in names))

    @cached_property
    def _arn_prefix(self) -> str:
        caller = asked(lambda: self._client("sts").get_caller_identity()["Arn"]).split(":")
        return f"arn:{caller[1]}:ses:{self._client('sesv2').meta.region_name}:{caller[4]}"

    def elastic_ips(self) -> Mapping[str, Elastic]:
        """Elastic IPs of the sender by address."""
        return self._elastic

    @cached_property
    def _elastic(self) -> Mapping[str, Elastic]:
        filters = [{"Name": f"tag:{SENDER_TAG}", "Values": [self._names.sender]}]
        found = asked(lambda: self._client("ec2").describe_addresses(Filters=filters)["Addresses"])
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
        return tuple(map(str, asked(other_deployments, self._client("cloudformation"), self._names)))

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
        found = asked(self._wronged, subject, since) or ()
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
        stacks = asked(lambda: [s for p in formation.get_paginator("describe_stacks").paginate() for s in p["Stacks"]])
        ours = (self._names.stack(domain_stack("")), self._names.stack(ADDRESSES_STACK))
        return tuple(
            record for stack in stacks if stack["StackName"].startswith(ours) for record in self._records_of(stack)
        )

    def _records_of(self, stack: Mapping[str, Any]) -> Iterator[DeployedRecord]:
        name = stack["StackName"]
        body = asked(
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
                found = resolved(resource["Properties"], known)
                if found is not None:
                    yield record_of(found, name)
