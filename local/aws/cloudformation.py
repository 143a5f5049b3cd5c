"""Registers a resource type with the emulator's CloudFormation: life cycle, import, tags and drift."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

from ministack.services.cloudformation import changesets, drift, provisioners

Properties = dict[str, Any]
Made = tuple[str, dict[str, Any]]
"""Physical id (what Ref gives) and the attributes of Fn::GetAtt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """How a resource that exists already is found for `cdk import`."""

    keys: tuple[str, ...]
    """The identifier's properties; the last one names the resource."""
    known: Callable[[], Container[str]]
    noun: str

    def problem(self, *values: str) -> str | None:
        """Why the resource can't be imported, or None."""
        return None if values[-1] in self.known() else f"{self.noun} {values[-1]} was not found"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """One resource type. Functions have the signatures of the emulator's own handlers."""

    name: str
    create: Callable[[str, Properties, str], Made]
    delete: Callable[[str, Properties], object]
    update: Callable[[str, Properties, Properties, str], Made] | None = None
    adopt: Callable[[dict[str, str]], Made] | None = None
    existing: Existing | None = None
    replaced_by: tuple[str, ...] = ()
    """Properties whose change replaces the resource."""
    tags: tuple[str, str] | None = None
    """Name of the tag property and its form: `list` or `map`."""
    read: Callable[[str, Properties], Properties | None] | None = None
    """The live properties, for drift; None when the resource is gone."""
    compared: frozenset[str] = frozenset()
    """Properties that drift detection compares."""

    def register(self) -> None:
        """Make the emulator's CloudFormation know this type."""
        handlers: dict[str, Any] = {"create": self.create, "delete": self.delete}
        if self.update:
            handlers["update"] = self.update
        if self.adopt:
            handlers["import"] = self.adopt
        provisioners._RESOURCE_HANDLERS[self.name] = handlers
        provisioners._REPLACING_PROPERTIES[self.name] = self.replaced_by
        if self.tags:
            provisioners._STACK_TAG_PROPERTY[self.name] = self.tags
        if self.existing:
            changesets._IMPORT_LOOKUPS[self.name] = (self.existing.keys, self.existing.problem)
        if self.read:
            drift._DRIFT_READERS[self.name] = (self.read, self.compared)
