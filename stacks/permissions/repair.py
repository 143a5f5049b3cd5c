"""What the functions of repairs may do: one reads, one changes exactly what remediations that act may set.

Resources as the Service Authorization Reference gives them for each action, tenants and reputation entities
included (its pages of June 2026, read 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from stacks.constructs.account_share import share_statements
from stacks.constructs.naming import arn
from stacks.constructs.statement import allow, of_sender, secret_arn
from stacks.permissions.sources import keeping_measures
from stacks.state import StateStack
from staygreen.core.config.config import Config
from staygreen.core.config.mode import ACTS, Mode
from staygreen.core.naming import REPLIES
from staygreen.core.remediations import REMEDIATIONS
from staygreen.core.remediations.account import ACCOUNT_WIDE, Setting

Statement = iam.PolicyStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Statements, and the reason of each wildcard in them."""

    statements: tuple[Statement, ...]
    wildcards: Mapping[str, str] = field(default_factory=dict)


def modes(config: Config) -> Mapping[str, Mode]:
    """The mode of each remediation."""
    return {entry.id: getattr(config.remediations, entry.id).mode for entry in REMEDIATIONS}


def changes(config: Config) -> frozenset[Setting]:
    """All that remediations that act may set."""
    acting = modes(config)
    return frozenset(setting for entry in REMEDIATIONS if acting[entry.id] in ACTS for setting in entry.sets)


def of_plan(stack: Stack, config: Config, state: StateStack) -> Allowed:
    """Finding what there is, and keeping what was thought; who is suppressed for our sake is its affair alone."""
    both = _of_both(stack, config, state)
    recipients = _recipients(stack, config)
    key = {each: "The suffix is chosen by AWS." for each in _recipient_keys(stack, config)} if recipients else {}
    stacks = {_own_stacks(stack, config): "The stacks of this sender are named by its environment."}
    return Allowed(
        statements=(
            *both.statements,
            *_finding(stack, config),
            allow("FindMeasures", ("dynamodb:Query",), state.table.table_arn),
            *recipients,
        ),
        wildcards={**both.wildcards, **stacks, **key},
    )


def _of_both(stack: Stack, config: Config, state: StateStack) -> Allowed:
    return Allowed(
        statements=(*_reading(stack, config), *_sharing(stack, config), *keeping_measures(stack, config, state)),
        wildcards={
            "*": "Actions that list have no resource-level permissions.",
            **{resource: "Pools, sets and tenants are found at run time." for resource in _ses_wildcards(stack)},
        },
    )


def _sharing(stack: Stack, config: Config) -> tuple[Statement, ...]:
    """Learning what of SES is whose: from `sender.only`, else whether other senders' stacks are in the account.

    Only remediations that act on what the account has once ask the latter. Names and states of stacks are all that
    the action shows; it has no resource-level permissions.
    """
    if config.sender.only is not None or not changes(config) & ACCOUNT_WIDE:
        return share_statements(stack, config)
    return (allow("FindOtherSenders", ("cloudformation:ListStacks",), "*"),)


def of_act(stack: Stack, config: Config, state: StateStack) -> Allowed:
    """What a plan may change, and nothing that would let it change more; the evidence of it is read again before."""
    made = [statement for setting in sorted(changes(config)) for statement in _WRITES[setting](stack, config)]
    reading, evidence = _of_both(stack, config, state), _evidence(stack, config)
    # what AWS itself has stopped is not started again by a way back
    enforcement = allow("ReadEnforcement", ("ses:GetAccount",), "*")
    return Allowed(
        statements=(*reading.statements, *evidence.statements, enforcement, *made, _deny()),
        wildcards={
            **reading.wildcards,
            **evidence.wildcards,
            arn(stack, "ec2", "elastic-ip/*"): "A condition narrows it to addresses with the sender's tag.",
        },
    )


def _ses_wildcards(stack: Stack) -> tuple[str, ...]:
    return tuple(arn(stack, "ses", f"{kind}/*") for kind in ("configuration-set", "dedicated-ip-pool", "tenant"))


def _own_stacks(stack: Stack, config: Config) -> str:
    return arn(stack, "cloudformation", f"stack/{config.names.any_stack}")


def _reading(stack: Stack, config: Config) -> tuple[Statement, ...]:
    """The settings that a plan names, and the capacity that is left: read before planning, and again before acting."""
    sets, pools, tenants = _ses_wildcards(stack)
    zones = _zones(stack, config)
    return (
        allow(
            "ReadSes",
            (
                "ses:GetDedicatedIp",
                "ses:GetDedicatedIps",
                "ses:GetSuppressedDestination",
                "ses:ListDedicatedIpPools",
            ),
            "*",
        ),
        allow("ReadSets", ("ses:GetConfigurationSet",), sets),
        allow("ReadPools", ("ses:GetDedicatedIpPool",), pools),
        allow("ReadTenants", ("ses:GetReputationEntity",), tenants),
        allow("ReadReverseNames", ("ec2:DescribeAddressesAttribute",), "*"),
        *([allow("ReadRecords", ("route53:ListResourceRecordSets",), *zones)] if zones else []),
    )


def _finding(stack: Stack, config: Config) -> tuple[Statement, ...]:
    """What a plan is about: addresses, sets and tenants of the account, and the records that were deployed."""
    _, _, tenants = _ses_wildcards(stack)
    return (
        allow("FindSets", ("ses:ListConfigurationSets", "ses:ListResourceTenants"), "*"),
        allow("NameTenants", ("ses:GetTenant",), tenants),
        allow("FindAddresses", ("ec2:DescribeAddresses",), "*"),
        allow("ListStacks", ("cloudformation:DescribeStacks",), "*"),
        allow("ReadTemplates", ("cloudformation:GetTemplate",), _own_stacks(stack, config)),
    )


def _evidence(stack: Stack, config: Config) -> Allowed:
    """What remediations that act rest on, beyond the settings that their plans name."""
    acting = {remediation for remediation, mode in modes(config).items() if mode in ACTS}
    found = {each.sid: each for each in _finding(stack, config)}
    wanted = [found[sid] for remediation, sids in _RESTS_ON.items() if remediation in acting for sid in sids]
    wildcards = {}
    if "restore_records" in acting:
        wildcards[_own_stacks(stack, config)] = "The stacks of this sender are named by its environment."
    recipients = _recipients(stack, config) if "suppression" in acting else ()
    if recipients:
        wildcards |= {each: "The suffix is chosen by AWS." for each in _recipient_keys(stack, config)}
    return Allowed(statements=(*wanted, *recipients), wildcards=wildcards)


_RESTS_ON = {
    "pause_sending": ("FindSets", "NameTenants"),
    "set_reverse_dns": ("FindAddresses",),
    "restore_records": ("ListStacks", "ReadTemplates"),
}
"""Statements of `_finding` by the remediation whose evidence they read."""


def _recipients(stack: Stack, config: Config) -> tuple[Statement, ...]:
    """Finding out whom SES suppressed for the sake of our addresses, where replies are counted."""
    if config.remediations.suppression.mode is Mode.OFF or not config.monitors.refusals.enabled:
        return ()
    return (
        allow("ReadSuppressionList", ("ses:ListSuppressedDestinations",), "*"),
        allow("ReadReplies", ("dynamodb:Query",), arn(stack, "dynamodb", f"table/{config.names.table(REPLIES)}")),
        allow("ReadRecipientKey", ("secretsmanager:GetSecretValue",), *_recipient_keys(stack, config)),
    )


def _recipient_keys(stack: Stack, config: Config) -> tuple[str, ...]:
    return (secret_arn(stack, config.names.recipient_key),)


def _zones(stack: Stack, config: Config) -> list[str]:
    ids = {each.zone.id for each in config.domains if each.zone and each.manage}
    ids |= {each.zone.id for each in config.addresses if each.zone and each.manage}
    return [f"arn:{stack.partition}:route53:::hostedzone/{each}" for each in sorted(ids)]


# --- changing ---------------------------------------------------------------------------------------------------------


def _pools(stack: Stack, config: Config) -> list[Statement]:
    names = [arn(stack, "ses", f"dedicated-ip-pool/{pool.name}") for pool in config.pools if pool.manage]
    return [allow("MoveAddresses", ("ses:PutDedicatedIpInPool",), *names)] if names else []


def _warmup(stack: Stack, config: Config) -> list[Statement]:
    return [allow("WarmAddresses", ("ses:PutDedicatedIpWarmupAttributes",), "*")]


def _sets(stack: Stack, config: Config) -> list[Statement]:
    names = [arn(stack, "ses", f"configuration-set/{each.name}") for each in config.configuration_sets if each.manage]
    return [allow("PauseSets", ("ses:PutConfigurationSetSendingOptions",), *names)] if names else []


def _tenants(stack: Stack, config: Config) -> list[Statement]:
    return [allow("PauseTenants", ("ses:UpdateReputationEntityCustomerManagedStatus",), _ses_wildcards(stack)[2])]


def _suppression(stack: Stack, config: Config) -> list[Statement]:
    return [allow("KeepSuppression", ("ses:DeleteSuppressedDestination", "ses:PutSuppressedDestination"), "*")]


def _reverse_names(stack: Stack, config: Config) -> list[Statement]:
    actions = ("ec2:ModifyAddressAttribute", "ec2:ResetAddressAttribute")
    ours = allow("NameOwnAddresses", actions, arn(stack, "ec2", "elastic-ip/*"))
    of_sender(ours, config)
    return [ours]


def _records(stack: Stack, config: Config) -> list[Statement]:
    zones = _zones(stack, config)
    if not zones:
        return []
    change = allow("RestoreRecords", ("route53:ChangeResourceRecordSets",), *zones)
    names = sorted(each.name for each in config.domains if each.manage and each.zone)
    below = [pattern for each in names for pattern in (each, f"*.{each}")]
    if below:
        change.add_condition(
            "ForAllValues:StringLike", {"route53:ChangeResourceRecordSetsNormalizedRecordNames": below}
        )
    return [change]


def _cases(stack: Stack, config: Config) -> list[Statement]:
    # cases stand in the incident table, which the function writes anyway
    return []


_WRITES: Mapping[Setting, Callable[[Stack, Config], list[Statement]]] = {
    Setting.IP_POOL: _pools,
    Setting.IP_WARMUP: _warmup,
    Setting.SET_SENDING: _sets,
    Setting.TENANT_SENDING: _tenants,
    Setting.SUPPRESSION: _suppression,
    Setting.REVERSE_NAME: _reverse_names,
    Setting.RECORD: _records,
    Setting.CASE: _cases,
}


def _deny() -> Statement:
    """What would widen its own rights, stop the whole account, or lose an address for ever; no allowance lifts it."""
    return Statement(
        sid="NeverWiden",
        effect=iam.Effect.DENY,
        actions=[
            "cloudformation:CreateStack",
            "cloudformation:UpdateStack",
            "ec2:ReleaseAddress",
            "iam:AttachRolePolicy",
            "iam:CreateAccessKey",
            "iam:CreatePolicyVersion",
            "iam:PassRole",
            "iam:PutRolePolicy",
            "iam:SetDefaultPolicyVersion",
            "iam:UpdateAssumeRolePolicy",
            "lambda:AddPermission",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
            "ses:DeleteConfigurationSet",
            "ses:DeleteDedicatedIpPool",
            "ses:DeleteEmailIdentity",
            "ses:PutAccountSendingAttributes",
            "ses:PutAccountSuppressionAttributes",
            "ssm:DeleteParameter",
            "ssm:PutParameter",
            "states:UpdateStateMachine",
            "sts:AssumeRole",
        ],
        resources=["*"],
    )
