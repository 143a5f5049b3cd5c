"""Statements of policies as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from staygreen.core.mail_facts.reading.properties import items
from staygreen.core.mail_facts.resolve import text
from staygreen.review.inventory.properties import flat, joined

_WORDED = ("Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition", "Sid")
_VERSION = "2012-10-17"
"""The only version that anybody writes today."""
_TAKES_ROLE = {"Effect": "Allow", "Action": "sts:AssumeRole"}


def sentences(document: Any) -> Iterator[tuple[str, str]]:
    """Each statement of a policy document: its Sid, or the sentence where it has none, and the sentence."""
    if not isinstance(document, Mapping):
        yield "policy", f"policy {text(document)}"
        return
    for statement in items(document.get("Statement")):
        sentence = _sentence(statement) if isinstance(statement, Mapping) else f"statement {text(statement)}"
        yield (text(statement.get("Sid")) if isinstance(statement, Mapping) else "") or sentence, sentence
    rest = {name: part for name, part in document.items() if name != "Statement"}
    for name, value in flat(rest) if rest else ():
        if (name, value) != ("Version", _VERSION):
            yield name, f"policy {name} {value}"


def trust(document: Any) -> str:
    """Who may take a role, where the policy has one statement that says no more; empty otherwise."""
    statements = items(document.get("Statement")) if isinstance(document, Mapping) else []
    if len(statements) != 1 or document.get("Version") != _VERSION or not isinstance(statements[0], Mapping):
        return ""
    rest = {name: part for name, part in statements[0].items() if name not in ("Principal", "Condition")}
    if rest != _TAKES_ROLE:
        return ""
    condition = statements[0].get("Condition")
    return _principals(statements[0].get("Principal")) + (f" if {_conditions(condition)}" if condition else "")


def _sentence(statement: Mapping[str, Any]) -> str:
    principals = "Principal" in statement or "NotPrincipal" in statement
    effect = text(statement.get("Effect"))
    parts = [_EFFECTS.get((effect, principals), effect)]
    parts += [_principals(statement.get("Principal")), _but("anybody", statement.get("NotPrincipal"))]
    parts += [_list(statement.get("Action")), _but("anything", statement.get("NotAction"))]
    for word, found in (
        ("on", _list(statement.get("Resource"))),
        ("on", _but("everything", statement.get("NotResource"))),
        ("if", _conditions(statement.get("Condition"))),
    ):
        parts += [word, found] if found else []
    parts += [f"{name} {text(part)}" for name, part in statement.items() if name not in _WORDED]
    sid = text(statement.get("Sid"))
    return joined(*parts, f"({sid})" if sid else "")


_EFFECTS = {
    ("Allow", False): "may",
    ("Deny", False): "may never",
    ("Allow", True): "lets",
    ("Deny", True): "denies",
}


def _list(value: Any) -> str:
    return ", ".join(text(item) for item in items(value))


def _but(what: str, value: Any) -> str:
    return f"{what} but {_list(value) if not isinstance(value, Mapping) else _principals(value)}" if value else ""


def _principals(value: Any) -> str:
    if not isinstance(value, Mapping):
        return "anybody" if value == "*" else text(value)
    return ", ".join(
        text(principal) if kind == "Service" else f"{kind} {text(principal)}"
        for kind, principals in value.items()
        for principal in items(principals)
    )


def _conditions(value: Any) -> str:
    if not isinstance(value, Mapping):
        return text(value)
    return " and ".join(
        f"{key} {operator} {' or '.join(text(item) for item in items(wanted))}"
        for operator, tests in value.items()
        for key, wanted in (tests.items() if isinstance(tests, Mapping) else [("", tests)])
    )
