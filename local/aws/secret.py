"""AWS::SecretsManager::Secret: a name that is taken is refused (ResourceExistsException).

Source: Secrets Manager API Reference, CreateSecret (recalled, not verified).
"""

from __future__ import annotations

from ministack.services import secretsmanager
from ministack.services.cloudformation import provisioners

from local.aws.cloudformation import Made, Properties


def install() -> None:
    """Wrap the emulator's creation of secrets."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    original = handlers["create"]

    def create(logical_id: str, properties: Properties, stack_name: str) -> Made:
        name = properties.get("Name", "")
        if name in secretsmanager._secrets:
            raise ValueError(f"The operation failed because the secret {name} already exists.")
        made: Made = original(logical_id, properties, stack_name)
        return made

    handlers["create"] = create
