"""AWS::DynamoDB::Table: expiry, encryption and point-in-time recovery of the template are applied.

A table with deletion protection cannot be deleted, by CloudFormation neither.
Source: CloudFormation User Guide, AWS::DynamoDB::Table (verified 2026-11-23).
"""

from __future__ import annotations

from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners

from local.aws.cloudformation import Made, Properties


def install() -> None:
    """Wrap the emulator's creation and deletion of tables."""
    original = provisioners._ddb_create
    delete = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]["delete"]

    def guarded_delete(name: str, properties: Properties) -> None:
        if (dynamodb._tables.get(name) or {}).get("DeletionProtectionEnabled"):
            raise ValueError(f"Resource cannot be deleted as it is currently protected against deletion: {name}")
        delete(name, properties)

    provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]["delete"] = guarded_delete

    def create(logical_id: str, properties: Properties, stack_name: str) -> Made:
        name, attributes = original(logical_id, properties, stack_name)
        _apply(name, properties)
        return name, attributes

    provisioners._ddb_create = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]["create"] = create


def _apply(name: str, properties: Properties) -> None:
    expiry = properties.get("TimeToLiveSpecification") or {}
    if expiry.get("AttributeName"):
        dynamodb._ttl_settings[name] = {"TimeToLiveStatus": "ENABLED", "AttributeName": expiry["AttributeName"]}
    encryption = properties.get("SSESpecification") or {}
    if encryption.get("SSEEnabled"):
        dynamodb._tables[name]["SSEDescription"] = {
            "Status": "ENABLED",
            "SSEType": encryption.get("SSEType", "KMS"),
            "KMSMasterKeyArn": encryption.get("KMSMasterKeyId", ""),
        }
    recovery = properties.get("PointInTimeRecoverySpecification") or {}
    if recovery.get("PointInTimeRecoveryEnabled"):
        dynamodb._update_continuous_backups(
            {"TableName": name, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
        )
