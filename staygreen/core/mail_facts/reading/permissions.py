"""What roles, users and groups may do about mail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.reading.properties import items, part
from staygreen.core.mail_facts.reading.rights import statements
from staygreen.core.mail_facts.resolve import Resolver, text
from staygreen.core.mail_facts.template import Resource

_MAIL_ACTION = re.compile(
    r"\*|ses:(?:\*|(?!Get|List|Describe|BatchGet).*)|route53:(?:\*|Change.*)"
    r"|ec2:(?:\*|ModifyAddressAttribute|ResetAddressAttribute|ReleaseAddress|(?:Dis)?[Aa]ssociateAddress)",
    re.IGNORECASE,
)
_OF_AWS: Mapping[str, str] = {
    "AdministratorAccess": "*",
    "PowerUserAccess": "*",
    "AmazonSESFullAccess": "ses:*",
    "AmazonRoute53FullAccess": "route53:*",
    "AmazonEC2FullAccess": "ec2:*",
}
"""Policies of AWS's own that let their holder change mail, and how far."""
_OF_SAM: Mapping[str, tuple[str, ...]] = {
    "SESCrudPolicy": ("ses:SendEmail", "ses:SendRawEmail", "ses:VerifyEmailIdentity"),
    "SESBulkTemplatedCrudPolicy": ("ses:SendEmail", "ses:SendRawEmail", "ses:SendTemplatedEmail", "ses:SendBulkEmail"),
    "SESBulkTemplatedCrudPolicy_v2": (
        "ses:SendEmail",
        "ses:SendRawEmail",
        "ses:SendTemplatedEmail",
        "ses:SendBulkTemplatedEmail",
        "ses:SendBulkEmail",
    ),
    "SESEmailTemplateCrudPolicy": ("ses:CreateTemplate", "ses:UpdateTemplate", "ses:DeleteTemplate"),
    "SESSendBouncePolicy": ("ses:SendBounce",),
}
"""Policy templates of the Serverless Application Model ("SAM policy template list", verified 2026-11)."""
_SPELLED = {
    action.lower(): action
    for action in (
        *(action for actions in _OF_SAM.values() for action in actions),
        *("*", "ses:*", "ses:Send*", "ses:SendCustomVerificationEmail", "ses:CreateEmailIdentity"),
        *("ses:DeleteEmailIdentity", "ses:DeleteIdentity", "route53:ChangeResourceRecordSets"),
    )
}
"""Actions that are common in policies, as the service authorization reference spells them."""
_HOLDERS = ("Roles", "Users", "Groups")
_OWN = {"AWS::IAM::Role": "role", "AWS::IAM::User": "user", "AWS::IAM::Group": "group"}
_OWN_NAMES = ("RoleName", "UserName", "GroupName", "ManagedPolicyName")
_NAMED = {"AWS::IAM::RolePolicy": "RoleName", "AWS::IAM::UserPolicy": "UserName", "AWS::IAM::GroupPolicy": "GroupName"}


def permission(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """What a policy, or somebody's own policies, allow about mail; reading is no matter here."""
    properties = resolver.properties(resource)
    documents = [properties.get("PolicyDocument")]
    documents += [part(policy, "PolicyDocument") for policy in items(properties.get("Policies"))]
    allowed: set[str] = set()
    denied: set[str] = set()
    for document in documents:
        for statement in statements(document):
            denies = statement.get("Effect") == "Deny"
            (denied if denies else allowed).update(_grants(statement, everything=denies))
    attached = [text(one) for one in items(properties.get("ManagedPolicyArns"))]
    allowed |= {f"{arn} as a whole" for arn in attached if _scope(arn)}
    value: dict[str, Any] = {"allow": sorted(allowed), "deny": sorted(denied)}
    value |= {"holders": _holders(resource, resolver, properties)}
    if "AssumeRolePolicyDocument" in properties:
        value["trusted"] = sorted(_trusted(properties["AssumeRolePolicyDocument"]))
    if properties.get("PermissionsBoundary"):
        value["boundary"] = text(properties["PermissionsBoundary"])
    if attached:
        value["attached"] = sorted(attached)
    if properties.get("Groups") and resource.type == "AWS::IAM::User":
        value["groups"] = sorted(f"group {text(one)}" for one in items(properties["Groups"]))
    if allowed or denied or resource.type in _OWN:
        yield Fact(kind=Kind.PERMISSION, key=_key(resource, properties), value=value, resource=resource)


def _trusted(document: Any) -> set[str]:
    """Who may act as a role: ``Service lambda.amazonaws.com``."""
    found: set[str] = set()
    for statement in statements(document):
        principal = statement.get("Principal")
        named = principal if isinstance(principal, Mapping) else {"AWS": principal}
        if statement.get("Effect") == "Allow":
            found |= {f"{kind} {text(one)}" for kind, ones in named.items() for one in items(ones)}
    return found


def membership(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """Users who have the rights of a group."""
    properties = resolver.properties(resource)
    users = sorted(f"user {text(one)}" for one in items(properties.get("Users")))
    group = text(properties.get("GroupName"))
    value = {"allow": [], "deny": [], "holders": users, "groups": [f"group {group}"]}
    key = f"{', '.join(one.removeprefix('user ') for one in users)} in group {group} by {resource.logical_id}"
    yield Fact(kind=Kind.PERMISSION, key=key, value=value, resource=resource)


def serverless(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """What the policies of a function of the Serverless Application Model allow, in the role that is made from it."""
    properties = resolver.properties(resource)
    allowed: set[str] = set()
    for policy in items(properties.get("Policies")):
        if isinstance(policy, str):
            allowed |= {f"{policy} as a whole"} if _scope(policy) else set()
        for name, argument in policy.items() if isinstance(policy, Mapping) else ():
            identity = text(part({"it": argument}, "it").get("IdentityName")) or "*"
            allowed |= {f"{action} on identity {identity}" for action in _OF_SAM.get(name, ())}
        for statement in statements(policy):
            allowed |= set(_grants(statement, everything=False))
    name = f"{resource.logical_id}Role"
    value = {"allow": sorted(allowed), "deny": [], "holders": [f"role ⟨{name}⟩"]}
    yield Fact(kind=Kind.PERMISSION, key=f"{name} by {resource.logical_id}", value=value, resource=resource)


def _key(resource: Resource, properties: Mapping[str, Any]) -> str:
    named = [text(one) for holder in _HOLDERS for one in items(properties.get(holder)) if resource.type not in _OWN]
    own = [
        properties[name] for name in ("RoleName", "UserName", "GroupName", "ManagedPolicyName") if name in properties
    ]
    roles = named or [text(own[0]) if own else resource.logical_id]
    return ", ".join(sorted(roles)) + f" by {resource.logical_id}"


def _holders(resource: Resource, resolver: Resolver, properties: Mapping[str, Any]) -> list[str]:
    """Whose rights they are: ``user smtp``, ``role ⟨ForwarderRole⟩``."""
    if resource.type in _OWN:
        return [f"{_OWN[resource.type]} {resolver.string({'Ref': resource.logical_id})}"]
    if resource.type in _NAMED:
        name = _NAMED[resource.type]
        return [f"{name.removesuffix('Name').lower()} {text(properties.get(name))}"]
    found = [
        f"{holder.lower().removesuffix('s')} {text(one)}"
        for holder in _HOLDERS
        for one in items(properties.get(holder))
    ]
    return sorted(found) or [f"policy {resolver.string({'Ref': resource.logical_id})}"]


def _scope(arn: str) -> str:
    """The actions that a policy of AWS's own allows, as far as they change mail; of others templates do not tell."""
    return _OF_AWS.get(arn.rpartition("/")[2], "") if re.search(r":iam::aws:policy/|^[A-Za-z0-9]+$", arn) else ""


def allowed_actions(grant: str) -> str:
    """The action, or pattern of actions, of one entry of ``allow`` or ``deny``."""
    if grant.endswith(" as a whole"):
        return _scope(grant.removesuffix(" as a whole"))
    return grant.partition(" on ")[0].partition(" but ")[0]


def spared_actions(grant: str) -> tuple[str, ...]:
    """The actions that an entry of ``allow`` or ``deny`` leaves out (NotAction), patterns among them."""
    spared = grant.partition(" on ")[0].partition(" but ")[2]
    return tuple(spared.split(", ")) if spared else ()


def covers(grant: str, action: str) -> bool:
    """Whether an entry of ``allow`` or ``deny`` is about an action, such as ``ses:SendEmail``."""
    wanted = action.lower()
    is_spared = any(fnmatchcase(wanted, one.lower()) for one in spared_actions(grant))
    return fnmatchcase(wanted, allowed_actions(grant).lower()) and not is_spared


def _grants(statement: Mapping[str, Any], *, everything: bool) -> Iterator[str]:
    """Each action on each target, with its condition: taking a condition off allows more."""
    condition = statement.get("Condition")
    only_if = f" if {text(condition)}" if condition else ""
    targets = [text(target) for target in items(statement.get("Resource"))]
    if "NotResource" in statement:
        targets.append(f"all but {', '.join(map(text, items(statement['NotResource'])))}")
    for spared in [", ".join(map(text, items(statement.get("NotAction"))))] if "NotAction" in statement else []:
        yield from (f"* but {spared} on {target}{only_if}" for target in targets)
    for action in items(statement.get("Action")):
        if everything or _MAIL_ACTION.fullmatch(text(action)):
            yield from (f"{_spelled(text(action))} on {target}{only_if}" for target in targets)


def _spelled(action: str) -> str:
    """An action in one spelling: IAM ignores letter case."""
    return _SPELLED.get(action.lower(), action)
