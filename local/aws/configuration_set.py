"""SES configuration sets: a delivery pool must exist; import and drift of AWS::SES::ConfigurationSet.

Source: SES v2 API Reference, PutConfigurationSetDeliveryOptions (verified 2026-11-23).
"""

from __future__ import annotations

from typing import Any

from ministack.services import ses_v2
from ministack.services.cloudformation import changesets, drift, provisioners

from local.aws.cloudformation import Existing, Properties
from local.aws.dedicated_ips import pool_exists
from local.aws.ses_routes import Answer, Body, Query, missing, route

_TYPE = "AWS::SES::ConfigurationSet"


def install() -> None:
    """Check the pool of a template's configuration set; add import and drift."""
    original = provisioners._ses_configuration_set_members

    def members(properties: Properties) -> Any:
        pool = (properties.get("DeliveryOptions") or {}).get("SendingPoolName")
        if pool and not pool_exists(pool):
            raise ValueError(f"Dedicated IP pool <{pool}> does not exist. (Service: SesV2, Status Code: 404)")
        return original(properties)

    provisioners._ses_configuration_set_members = members
    provisioners._RESOURCE_HANDLERS[_TYPE]["import"] = lambda identifier: (identifier["Name"], {})
    existing = Existing(keys=("Name",), known=lambda: ses_v2._config_sets, noun="Configuration set")
    changesets._IMPORT_LOOKUPS[_TYPE] = (existing.keys, existing.problem)
    compared = frozenset({"Name", "SendingOptions", "DeliveryOptions", "SuppressionOptions"})
    drift._DRIFT_READERS[_TYPE] = (_read, compared)


@route("PUT", "/configuration-sets/[^/]+/delivery-options")
def put_delivery_options(body: Body, query: Query) -> Answer:
    """PutConfigurationSetDeliveryOptions: the emulator stores it when the pool exists."""
    pool = body.get("SendingPoolName")
    return missing("Dedicated IP pool", pool) if pool and not pool_exists(pool) else None


def _read(name: str, properties: Properties) -> Properties | None:
    found = ses_v2._config_sets.get(name)
    if found is None:
        return None
    options = ses_v2._CONFIG_SET_OPTIONS.values()
    return {"Name": name, **{key: value for key, value in found.items() if key in options}}
