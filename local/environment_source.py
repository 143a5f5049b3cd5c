"""The process that environments of Python functions are copies of: `python -m local.environment_source FD`.

It has imported what every function imports, and parsed the descriptions of the services that most of them call: done
for each of the environments, that is a third of all work of the local cloud. For each archive of code it has a copy
that has imported the archive's library too, of which the archive's environments are copies: the library reads no
variables when it is imported. The function's own module is imported in its environment, with variables of its own.
`local.aws.copied_environments` asks for the copies.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from local import service_descriptions

LONGEST_REQUEST = 1 << 20
_SERVICES: Any = ("dynamodb", "ssm", "ec2", "sns", "sesv2", "secretsmanager", "cloudwatch", "s3", "ses", "lambda")
_LIBRARY = "staygreen"


def main() -> None:
    """Make copies until the other end is closed; in a copy, run what it is for."""
    answers = socket.socket(fileno=int(sys.argv[1]))
    _import_what_all_import()
    # nobody waits for a copy: it is gone when it ends
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _serve(answers, answers, _Libraries(answers))


class _Libraries:
    """The copies that have imported the library of one archive each."""

    def __init__(self, answers: socket.socket) -> None:
        self._answers = answers
        self._links: dict[Path, socket.socket] = {}

    def pass_on(self, request: bytes, descriptors: Sequence[int]) -> bool:
        """Have the request answered by the copy that knows the code; false where the code has no such library."""
        library = Path(json.loads(request)["directory"], _LIBRARY)
        if not library.is_dir():
            return False
        place = library.resolve()
        if place not in self._links:
            self._links[place] = self._begin(place, descriptors)
        socket.send_fds(self._links[place], [request], descriptors)
        return True

    def close(self) -> None:
        """Close what leads to the copies."""
        for link in self._links.values():
            link.close()

    def _begin(self, library: Path, others: Sequence[int]) -> socket.socket:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.fork():
            its.close()
            return ours
        ours.close()
        self.close()
        for descriptor in others:
            os.close(descriptor)
        _import_all_of(library)
        _serve(its, self._answers)
        raise SystemExit


def _serve(requests: socket.socket, answers: socket.socket, libraries: _Libraries | None = None) -> None:
    """Make copies until the other end of `requests` is closed."""
    while True:
        request, descriptors, *_ = socket.recv_fds(requests, LONGEST_REQUEST, 3)
        if not request:
            return
        if not libraries or not libraries.pass_on(request, descriptors):
            copy = os.fork()
            if not copy:
                break
            answers.send(str(copy).encode())
        for descriptor in descriptors:
            os.close(descriptor)
    if libraries:
        libraries.close()
    requests.close()
    answers.close()
    _become(json.loads(request), descriptors)


def _import_all_of(library: Path) -> None:
    """Import every module of the library; one that cannot be imported fails where a function needs it."""
    sys.path.insert(0, str(library.parent))
    for file in sorted(library.rglob("*.py")):
        parts = file.relative_to(library.parent).with_suffix("").parts
        with suppress(Exception):
            importlib.import_module(".".join(parts).removesuffix(".__init__"))
    sys.path.pop(0)
    gc.collect()
    gc.freeze()


def _import_what_all_import() -> None:
    import boto3
    import botocore.handlers  # noqa: F401

    service_descriptions.read_once()
    session = boto3.Session("none", "none", region_name="us-east-1")
    for service in _SERVICES:
        session.client(service)
    del session
    gc.collect()
    gc.freeze()


def _become(request: dict[str, Any], descriptors: Sequence[int]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for standard, descriptor in enumerate(descriptors):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    os.chdir(request["directory"])
    script = Path(request["script"])
    sys.argv[:], sys.path[0] = [str(script)], str(script.parent)
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main()
