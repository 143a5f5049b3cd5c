"""SES, Route 53, CloudFormation and SSM behind boto3's calls, as far as repairs use them; and what persons do in them.

Parameters are those that botocore knows. Route 53 carries out all of a batch or nothing, and deletes no value that is
not there exactly so (Amazon Route 53 API reference, ChangeResourceRecordSets); SES moves an IP at once (API reference,
PutDedicatedIpInPool; both recalled, not verified).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

import botocore.session
from botocore.model import ServiceModel
from botocore.validate import validate_parameters

from staygreen.adapters import clock
from tests.faults.dynamodb import refused

SWITCH, RULES, INCIDENT = "switch", "rules", "incident"
"""What was looked at: whether repairs are stopped, a remediation's mode, whether the incident is open."""
READ, WRITE, PERSON = "read", "write", "person"
"""What was read, set by a repair, set by a person: the resource, and what it was and became."""


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    kind: str
    at: datetime
    resource: str = ""
    before: Any = None
    after: Any = None


@cache
def _service(name: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(name)


@dataclass
class Aws:
    """An account: what it holds, and in `log` what was read and written that laws ask for, in its order."""

    pools: dict[str, str] = field(default_factory=dict)
    """By dedicated IP."""
    warmup: dict[str, int] = field(default_factory=dict)
    sending: dict[str, bool] = field(default_factory=dict)
    """By configuration set."""
    records: dict[str, list[str]] = field(default_factory=dict)
    """Values of TXT record sets, by name, of the one zone."""
    deployed: dict[str, list[str]] = field(default_factory=dict)
    """The same as the stack has them, by name."""
    parameters: dict[str, str] = field(default_factory=dict)
    switch: str = ""
    """The parameter that stops repairs."""
    log: list[Entry] = field(default_factory=list)

    def note(self, kind: str, resource: str = "", before: Any = None, after: Any = None) -> None:
        """Write a line of the log."""
        self.log.append(Entry(kind, clock.now(), resource, before, after))

    def person_sets(self, resource: str, value: Any) -> None:
        """A person sets something, by the console."""
        held: dict[Any, Any] = next(each for each in (self.pools, self.sending, self.records) if resource in each)
        self.note(PERSON, resource, held[resource], value)
        held[resource] = value

    def _written(self, resource: str, before: Any, after: Any) -> None:
        self.note(WRITE, resource, before, after)

    # --- SES ----------------------------------------------------------------------------------------------------------

    def sesv2_get_account(self) -> Any:
        return {"EnforcementStatus": "HEALTHY", "SendingEnabled": True}

    def sesv2_get_dedicated_ips(self, **_: Any) -> Any:
        return {"DedicatedIps": [self._ip(each) for each in sorted(self.pools)]}

    def sesv2_get_dedicated_ip(self, Ip: str) -> Any:
        self.note(READ, Ip)
        self.note(READ, f"{Ip} %")
        if Ip not in self.pools:
            raise refused("NotFoundException", Ip, "GetDedicatedIp")
        return {"DedicatedIp": self._ip(Ip)}

    def _ip(self, ip: str) -> Any:
        status = "DONE" if self.warmup[ip] == 100 else "IN_PROGRESS"
        return {"Ip": ip, "PoolName": self.pools[ip], "WarmupPercentage": self.warmup[ip], "WarmupStatus": status}

    def sesv2_list_dedicated_ip_pools(self, **_: Any) -> Any:
        return {"DedicatedIpPools": ["quarantine", "warm"]}

    def sesv2_get_dedicated_ip_pool(self, PoolName: str) -> Any:
        return {"DedicatedIpPool": {"PoolName": PoolName, "ScalingMode": "STANDARD"}}

    def sesv2_put_dedicated_ip_in_pool(self, Ip: str, DestinationPoolName: str) -> Any:
        self._written(Ip, self.pools[Ip], DestinationPoolName)
        self.pools[Ip] = DestinationPoolName
        return {}

    def sesv2_put_dedicated_ip_warmup_attributes(self, Ip: str, WarmupPercentage: int) -> Any:
        self._written(f"{Ip} %", self.warmup[Ip], WarmupPercentage)
        self.warmup[Ip] = WarmupPercentage
        return {}

    def sesv2_list_configuration_sets(self, **_: Any) -> Any:
        return {"ConfigurationSets": sorted(self.sending)}

    def sesv2_get_configuration_set(self, ConfigurationSetName: str) -> Any:
        self.note(READ, ConfigurationSetName)
        enabled = self.sending[ConfigurationSetName]
        return {"SendingOptions": {"SendingEnabled": enabled}, "DeliveryOptions": {"SendingPoolName": "warm"}}

    def sesv2_put_configuration_set_sending_options(self, ConfigurationSetName: str, SendingEnabled: bool) -> Any:
        self._written(ConfigurationSetName, self.sending[ConfigurationSetName], SendingEnabled)
        self.sending[ConfigurationSetName] = SendingEnabled
        return {}

    def sesv2_list_resource_tenants(self, **_: Any) -> Any:
        return {"ResourceTenants": []}

    def sts_get_caller_identity(self) -> Any:
        return {"Arn": "arn:aws:sts::111122223333:assumed-role/r/s", "Account": "111122223333"}

    # --- records ------------------------------------------------------------------------------------------------------

    def route53_list_resource_record_sets(self, HostedZoneId: str, StartRecordName: str, **_: Any) -> Any:
        self.note(READ, StartRecordName.rstrip("."))
        values = self.records.get(StartRecordName.rstrip("."))
        return {"ResourceRecordSets": [_record_set(StartRecordName, values)] if values else []}

    def route53_change_resource_record_sets(self, HostedZoneId: str, ChangeBatch: Mapping[str, Any]) -> Any:
        after = copy.deepcopy(self.records)
        for change in ChangeBatch["Changes"]:
            given = change["ResourceRecordSet"]
            key = given["Name"].rstrip(".")
            values = sorted(each["Value"] for each in given["ResourceRecords"])
            if change["Action"] == "DELETE" and after.get(key) != values:
                raise refused("InvalidChangeBatch", "the values do not match", "ChangeResourceRecordSets")
            if change["Action"] == "CREATE" and key in after:
                raise refused("InvalidChangeBatch", "it already exists", "ChangeResourceRecordSets")
            after.pop(key, None)
            if change["Action"] != "DELETE":
                after[key] = values
        for key in self.records.keys() | after.keys():
            if self.records.get(key) != after.get(key):
                self._written(key, self.records.get(key), after.get(key))
        self.records = after
        return {"ChangeInfo": {"Id": "1", "Status": "PENDING"}}

    def cloudformation_describe_stacks(self) -> Any:
        return {"Stacks": [{"StackName": "staygreen-acme-production-domain-example-com"}]}

    def cloudformation_list_stacks(self) -> Any:
        return {"StackSummaries": []}

    def cloudformation_get_template(self, **_: Any) -> Any:
        resources = {
            f"R{n}": {
                "Type": "AWS::Route53::RecordSet",
                "Properties": {
                    "HostedZoneId": "Z1",
                    "Name": f"{name}.",
                    "Type": "TXT",
                    "TTL": "300",
                    "ResourceRecords": values,
                },
            }
            for n, (name, values) in enumerate(sorted(self.deployed.items()))
        }
        return {"TemplateBody": json.dumps({"Resources": resources})}

    # --- settings -----------------------------------------------------------------------------------------------------

    def ssm_get_parameter(self, Name: str) -> Any:
        text = self.parameters[Name]
        told = json.loads(text)
        if Name == self.switch:
            self.note(SWITCH, after=told["stopped"])
        else:
            self.note(RULES, Name, after=told["mode"])
        return {"Parameter": {"Name": Name, "Value": text}}


def _record_set(name: str, values: list[str]) -> Any:
    return {"Name": name, "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": each} for each in values]}


class Service:
    """What boto3's client of a service does, over an account.

    Args:
        name: Of the service.
        account: Where it goes.
        around: What every call passes through, as with `tests.faults.dynamodb.Client`.
    """

    def __init__(self, name: str, account: Aws, around: Callable[[str, Callable[[], Any]], Any]) -> None:
        self._name, self._account, self._around = name, account, around
        self.meta = SimpleNamespace(region_name="eu-central-1", service_model=_service(name))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        act = getattr(self._account, f"{self._name}_{name}")
        operation = _operation(self._name, name)

        def call(**given: Any) -> Any:
            validate_parameters(given, _service(self._name).operation_model(operation).input_shape)
            return self._around(f"{self._name}.{operation}", lambda: act(**given))

        return call

    def get_paginator(self, name: str) -> Any:
        """One page."""

        def paginate(**given: Any) -> Iterator[Any]:
            yield getattr(self, name)(**given)

        return SimpleNamespace(paginate=paginate)


@cache
def _operation(service: str, name: str) -> str:
    plain = name.replace("_", "")
    return next(each for each in _service(service).operation_names if each.lower() == plain)
