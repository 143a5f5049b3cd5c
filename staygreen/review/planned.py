"""What an estate and a file are to a review: one assembly of what is there, one of what would be deployed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from staygreen.core.checks import CHECKS
from staygreen.core.config.config import Config
from staygreen.core.estate.comparison.beside import TYPES, Resource
from staygreen.core.estate.comparison.resources import SENDING_STACK
from staygreen.core.mail_facts.template import Assembly, Template, template_of
from staygreen.core.mail_facts.template import Resource as DeployedResource
from staygreen.core.naming import ADDRESSES_STACK, domain_stack, settings_parameter

_SETTINGS = "AWS::SSM::Parameter"
_MAIL = frozenset(TYPES.values())
"""Types that both sides have beside the settings of checks: the others are compared by `cdk diff`."""


def settings(config: Config) -> Mapping[str, str]:
    """Return the settings of the checks that `config` asks for, by the name of their parameter."""
    return {
        config.names.check_parameter(check.id): json.dumps(check.settings(config), sort_keys=True)
        for check in CHECKS
        if check.enabled(config)
    }


def stacks(config: Config) -> Assembly:
    """Return the stacks that may have mail, or settings of checks, empty: what is deployed of them is asked by name."""
    parts = [ADDRESSES_STACK, SENDING_STACK, "monitoring", *(domain_stack(domain.name) for domain in config.domains)]
    return _assembly({config.names.stack(part): {} for part in parts}, "", config.sender.region)


def found(resources: Iterable[Resource], source: str, region: str, deployed: Assembly | None = None) -> Assembly:
    """Return what is there: what was found in place of each resource, and what the deployed stacks have beside it.

    Args:
        resources: What a file declares, beside what was found.
        source: What a person calls it.
        region: Where it is.
        deployed: The sender's own templates as they are deployed; settings of checks that are not are no change.
    """
    bodies = _bodies(((each, each.found) for each in resources), deployed)
    return _assembly(bodies, source, region)


def declared(config: Config, resources: Iterable[Resource], source: str, deployed: Assembly | None = None) -> Assembly:
    """Return what would be deployed, with the settings of the checks that are deployed."""
    bodies = _bodies(((each, each.properties) for each in resources), None)
    told = settings(config)
    for template in deployed.templates if deployed else ():
        for one in template.resources.values():
            name = one.properties.get("Name")
            if one.type == _SETTINGS and name in told:
                properties = {"Type": "String", "Name": name, "Value": told[str(name)]}
                bodies.setdefault(template.stack, {})[one.logical_id] = _resource(_SETTINGS, properties, is_kept=False)
    return _assembly(bodies, source, config.sender.region)


def _bodies(
    resources: Iterable[tuple[Resource, Mapping[str, Any] | None]], deployed: Assembly | None
) -> dict[str, dict[str, Any]]:
    stacks: dict[str, dict[str, Any]] = {}
    known: set[str] = set()
    for each, properties in resources:
        known.add(each.stack)
        body = stacks.setdefault(each.stack, {})
        if properties is not None:
            body[each.logical_id] = _resource(TYPES[each.kind], properties, is_kept=each.must_retain)
    for template in deployed.templates if deployed else ():
        body = stacks.setdefault(template.stack, {})
        for one in template.resources.values():
            if one.logical_id not in body and (_is_settings(one) or _is_mail(one, body)):
                body[one.logical_id] = _resource(one.type, one.properties, is_kept=False)
    return stacks


def _is_settings(one: DeployedResource) -> bool:
    found = settings_parameter(str(one.properties.get("Name", ""))) if one.type == _SETTINGS else None
    return found is not None and found.kind == "check"


def _is_mail(one: DeployedResource, body: Mapping[str, Any]) -> bool:
    """Whether a deployed resource is of mail, and nothing stands for it yet."""
    return one.type in _MAIL and not _is_there(body, one.type, one.properties)


def _is_there(body: Mapping[str, Any], kind: str, properties: Mapping[str, Any]) -> bool:
    """Whether a resource stands under another logical id already: those below a construct end in a digest."""
    key = {"AWS::SES::ConfigurationSet": "Name", "AWS::SES::DedicatedIpPool": "PoolName"}.get(kind)
    if kind == "Custom::ReverseDns":
        key = "PtrName"
    return key is not None and any(
        each["Type"] == kind and each["Properties"].get(key) == properties.get(key) for each in body.values()
    )


def _resource(kind: str, properties: Mapping[str, Any], *, is_kept: bool) -> dict[str, Any]:
    policy = "Retain" if is_kept else "RetainExceptOnCreate"
    return {
        "Type": kind,
        "Properties": dict(properties),
        "DeletionPolicy": policy,
        "UpdateReplacePolicy": "Retain",
    }


def _assembly(stacks: Mapping[str, Mapping[str, Any]], source: str, region: str) -> Assembly:
    templates: list[Template] = []
    for name, resources in stacks.items():
        made = template_of({"Resources": dict(resources)}, stack=name, file=Path(source), region=region)
        templates.append(replace(made, file=source))
    return Assembly(source=source, templates=tuple(templates))
