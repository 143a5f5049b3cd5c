"""What stays when it leaves the configuration or its stack is destroyed.

`RetainExceptOnCreate` keeps a live sender working, and still lets a creation that
failed be rolled back cleanly (AWS, "CloudFormation enhances deletion policies",
2023-07-31, verified 2026-11-24).
"""

from __future__ import annotations

from aws_cdk import CfnResource, RemovalPolicy


def keep(resource: CfnResource) -> None:
    """Keep the resource, except when the operation that makes it fails."""
    resource.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)


def keep_always(resource: CfnResource) -> None:
    """Keep the resource whatever happens: it was there before, so a creation that fails must not take it away."""
    resource.apply_removal_policy(RemovalPolicy.RETAIN)


def keep_unless(release: bool, resource: CfnResource) -> None:
    """Keep the resource unless the configuration releases it."""
    if release:
        resource.apply_removal_policy(RemovalPolicy.DESTROY)
    else:
        keep(resource)
