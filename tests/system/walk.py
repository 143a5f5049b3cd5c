"""The commands of docs/first-deploy.md, and how those of them run that a local cloud can run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore import xform_name

GUIDE = Path(__file__).parents[2] / "docs" / "first-deploy.md"
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
ELSEWHERE = ("cdk bootstrap", "make ", "cp ", "export ")
"""Beginnings of what other tests run (test_main_job.py deploys by the CDK's CLI), or the shell itself."""


def commands() -> Iterator[list[str]]:
    """Each command of the guide, as its words."""
    for block in _BLOCK.findall(GUIDE.read_text()):
        for line in block.splitlines():
            yield shlex.split(line)


def call_aws(client: Any, operation: str, options: list[str]) -> None:
    """Do what `aws SERVICE OPERATION --option value` does, with the client of that service.

    Raises:
        KeyError: The operation has no such parameter.
    """
    method = operation.replace("-", "_")
    (shape,) = (
        client.meta.service_model.operation_model(name).input_shape
        for name in client.meta.service_model.operation_names
        if xform_name(name) == method
    )
    names = {xform_name(member).replace("_", "-"): member for member in shape.members}
    arguments: dict[str, Any] = {}
    while options:
        name = options.pop(0).removeprefix("--")
        if options and not options[0].startswith("--"):
            arguments[names[name]] = options.pop(0)
        else:
            arguments[names[name.removeprefix("no-")]] = not name.startswith("no-")
    getattr(client, method)(**arguments)
