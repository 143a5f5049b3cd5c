"""Secrets in plain text: where a template holds them, and how a text is told without them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from staygreen.core.mail_facts.resolve import Resolver, is_known
from staygreen.core.mail_facts.template import Resource

_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|xox[abpr]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16}"
    r"|https://hooks\.slack\.com/services/\S+|ipStatus\.aspx\?key=\S+|data\.aspx\?key=\S+"
)
_MASK = "(a secret, not shown)"


def mask(value: str) -> str:
    """The text without anything that looks like a secret."""
    return _SECRET.sub(_MASK, value)


def looks_secret(value: str) -> bool:
    """Whether the text holds something that only its owner may know."""
    return _SECRET.search(value) is not None


_NAMED_SECRET = re.compile(r"(?i)(password|passwd|secret|token|api_?key|private_?key)$")


def exposed(resource: Resource, resolver: Resolver) -> Iterator[str]:
    """Where a resource holds a secret that anyone who may read the template can read."""
    if resource.type == "AWS::SES::EmailIdentity":
        signing = resource.properties.get("DkimSigningAttributes")
        key = signing.get("DomainSigningPrivateKey") if isinstance(signing, Mapping) else None
        resolved = resolver.string(key)
        if key is not None and is_known(resolved) and "{{resolve:" not in resolved:
            yield "Properties/DkimSigningAttributes/DomainSigningPrivateKey"
    if resource.type == "AWS::SecretsManager::Secret":
        secret = resolver.string(resource.properties.get("SecretString"))
        if secret and is_known(secret):
            yield "Properties/SecretString"
    if resource.type == "AWS::Lambda::Function":
        yield from _variables(resource, resolver)
    yield from _walk(resource.properties, "Properties")


def _variables(resource: Resource, resolver: Resolver) -> Iterator[str]:
    environment = resource.properties.get("Environment")
    variables = environment.get("Variables") if isinstance(environment, Mapping) else None
    for name, raw in variables.items() if isinstance(variables, Mapping) else ():
        value = resolver.string(raw)
        # A name, path or ARN of a secret is where it lives, not what it is.
        if _NAMED_SECRET.search(name) and len(value) >= 16 and is_known(value) and not re.search(r"[:/ ]", value):
            yield f"Properties/Environment/Variables/{name}"


def _walk(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, str):
        if looks_secret(value):
            yield place
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _walk(part, f"{place}/{key}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _walk(part, f"{place}/{index}")
