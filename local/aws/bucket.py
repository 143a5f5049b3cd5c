"""AWS::S3::Bucket: tags of the template are stored; a bucket with objects can't be deleted (BucketNotEmpty, 409).

Source: S3 API Reference, DeleteBucket (verified 2026-11-23).
"""

from __future__ import annotations

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from local.aws.cloudformation import Made, Properties


def install() -> None:
    """Wrap the emulator's life cycle of buckets."""
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
