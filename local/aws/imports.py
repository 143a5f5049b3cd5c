"""Imports into a stack: what CloudFormation takes in, and what it does to it.

* Only the types that AWS documents can be imported, each by its identifier: a record set cannot (coverage roadmap,
  issue 560), nor an event destination or an association of an Elastic IP (an error that users quote).
* The emulator takes a resource in as it is. Here the template's properties are applied after an import, so that a
  template that says anything else shows. AWS applies them with the next update at the latest (CloudFormation User
  Guide, "Import AWS resources into a CloudFormation stack": run drift detection after an import; read 2026-12-01).

Which types of SES and EC2 can be imported is on the page "Resource type support"; its rows were not in the copy that
was read, so this is in the register (docs/assumptions.md).
"""

from __future__ import annotations

from typing import Any

from ministack.services.cloudformation import changesets, provisioners

IMPORTABLE = (
    "AWS::EC2::EIP",
    "AWS::SES::ConfigurationSet",
    "AWS::SES::DedicatedIpPool",
    "AWS::SES::EmailIdentity",
)
"""Types of mail; those of other services are the emulator's affair."""
_OF_MAIL = ("AWS::SES::", "AWS::Route53::", "AWS::EC2::")


def install() -> None:
    """Refuse what is not documented, and apply what a template says of what was imported."""
    for name, handlers in provisioners._RESOURCE_HANDLERS.items():
        if name.startswith(_OF_MAIL) and name not in IMPORTABLE:
            handlers.pop("import", None)
    original = changesets._import_resources_async

    async def import_resources(change_set: Any, stack: Any, new_stack: Any) -> None:
        await original(change_set, stack, new_stack)
        if stack["StackStatus"] != "IMPORT_COMPLETE":
            return
        for entry in change_set["_resources_to_import"]:
            resource = stack["_resources"][entry["LogicalResourceId"]]
            update = provisioners._RESOURCE_HANDLERS[resource["ResourceType"]].get("update")
            if resource["ResourceType"] in IMPORTABLE and update:
                update(resource["PhysicalResourceId"], {}, resource["Properties"], stack["StackName"])

    changesets._import_resources_async = import_resources
