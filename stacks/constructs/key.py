"""Keys of the customer: administered by whoever runs the account, used by what is named and by nobody else."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
"""What whoever runs the account may do with a key, short of using it."""
KEY_USE = ("kms:Decrypt", "kms:GenerateDataKey")
"""What a publisher to an encrypted topic needs (after the Amazon SNS Developer Guide, "Key management").

The two actions were not looked up again; docs/assumptions.md, 8 says how to see them hold.
"""


def customer_key(scope: Construct, *, name: str, encrypts: str, uses: Iterable[iam.PolicyStatement]) -> kms.Key:
    """Return a key that outlives its stack unless its creation fails; administering it does not include using it.

    Args:
        scope: the stack; its one key.
        name: of the alias, without ``alias/``.
        encrypts: what, for whoever reads the list of keys.
        uses: who may use it for what.
    """
    administer = iam.PolicyStatement(
        sid="Administer", principals=[iam.AccountRootPrincipal()], actions=list(ADMINISTRATION), resources=["*"]
    )
    return kms.Key(
        scope,
        "Key",
        alias=f"alias/{name}",
        description=f"Encrypts {encrypts}",
        enable_key_rotation=True,
        policy=iam.PolicyDocument(statements=[administer, *uses]),
        removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    )
