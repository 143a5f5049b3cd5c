"""AWS::S3::Bucket: tags of the template are stored; a bucket with objects can't be deleted (BucketNotEmpty, 409).

A bucket that a change set adopts is there already, which is no conflict of names; the emulator looks for
conflicts without regard to what is adopted.
Source: S3 API Reference, DeleteBucket (verified 2026-11-23). That adopting passes the validation is assumed.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from ministack.services import s3
from ministack.services.cloudformation import changesets, provisioners, stacks

from local.aws.cloudformation import Made, Properties

_adopted: ContextVar[frozenset[str]] = ContextVar("adopted", default=frozenset())
"""Logical ids of what the deployment under way adopts."""


def install() -> None:
    """Wrap the emulator's life cycle of buckets, and its validation of their names."""
    _wrap_life_cycle()
    _wrap_validation()


def _wrap_validation() -> None:
    deploy, validate = changesets._deploy_stack_async, stacks._validation_errors

    async def deploy_knowing(*given: Any, **named: Any) -> None:
        _adopted.set(frozenset(named.get("imports") or ()))
        await deploy(*given, **named)

    def errors(*given: Any) -> list[tuple[str, ...]]:
        return [
            each for each in validate(*given) if each[2] != "NAME_CONFLICT_VALIDATION" or each[0] not in _adopted.get()
        ]

    changesets._deploy_stack_async, stacks._validation_errors = deploy_knowing, errors


def _wrap_life_cycle() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def tagged_create(logical_id: str, properties: Properties, stack_name: str) -> Made:
        return _tag(create(logical_id, properties, stack_name), properties)

    def tagged_update(name: str, old: Properties, new: Properties, stack_name: str) -> Made:
        return _tag(update(name, old, new, stack_name), new)

    def guarded_delete(name: str, properties: Properties) -> None:
        if (s3._buckets.get(name) or {}).get("objects"):
            raise ValueError("The bucket you tried to delete is not empty (Service: S3, Status Code: 409)")
        delete(name, properties)

    handlers.update(create=tagged_create, update=tagged_update, delete=guarded_delete)


def _tag(made: Made, properties: Properties) -> Made:
    tags = provisioners._tag_map(properties.get("Tags"))
    if tags:
        s3._bucket_tags[made[0]] = tags
    return made
