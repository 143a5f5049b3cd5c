"""The process that environments of Python functions are copies of: `python -m local.environment_source FD`.

It has imported what every function imports, and parsed the descriptions of the services that most of them call: done
for each of the environments, that is a third of all work of the local cloud. What a function imports itself
it imports after it was copied, in an environment of variables of its own. `local.aws.copied_environments` asks for
the copies.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local import service_descriptions

LONGEST_REQUEST = 1 << 20
_SERVICES: Any = ("dynamodb", "ssm", "ec2")


def main() -> None:
    """Make copies until the other end is closed; in a copy, run what it is for."""
    link = socket.socket(fileno=int(sys.argv[1]))
    _import_what_all_import()
    # nobody waits for a copy: it is gone when it ends
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        request, descriptors, *_ = socket.recv_fds(link, LONGEST_REQUEST, 3)
        if not request:
            return
        copy = os.fork()
        if not copy:
            break
        for descriptor in descriptors:
            os.close(descriptor)
        link.send(str(copy).encode())
    link.close()
    _become(json.loads(request), descriptors)


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
