"""An environment of a Python function begins as a copy of a process that has imported what every function imports.

On AWS each environment starts Python. Here two hundred of them are started by the system tests, on two cores.
See `local.environment_source`, which is started with the first function.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from functools import cache
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime

from local.environment_source import LONGEST_REQUEST

_lock = threading.Lock()
_UNKNOWN_STATUS = 1
"""Only a parent learns how a process ended."""


def install() -> None:
    """Have Python environments copied, where a process can be watched by somebody else than its parent."""
    if hasattr(os, "pidfd_open"):
        lambda_runtime.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": _start})


def _start(command: list[str], **options: Any) -> Any:
    if command[0] == sys.executable and command[1].endswith(".py"):
        return _Copy(command[1], options["cwd"], options["env"])
    return subprocess.Popen(command, **options)


@cache
def _source() -> socket.socket:
    """The connection to the process that is copied."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        command = [sys.executable, "-m", "local.environment_source", str(its.fileno())]
        subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[its.fileno()])
    return ours


class _Copy:
    """What `subprocess.Popen` is to the emulator, of a process that is no child of this one."""

    def __init__(self, script: str, directory: str, environment: dict[str, str]) -> None:
        request = {"script": script, "directory": directory, "environment": environment}
        (stdin, to_stdin), (from_stdout, stdout), (from_stderr, stderr) = (os.pipe() for _ in range(3))
        with _lock:
            link = _source()
            socket.send_fds(link, [json.dumps(request).encode()], [stdin, stdout, stderr])
            self.pid = int(link.recv(LONGEST_REQUEST))
            self._handle = os.pidfd_open(self.pid)
        for end in (stdin, stdout, stderr):
            os.close(end)
        self.returncode: int | None = None
        self.stdin = os.fdopen(to_stdin, "w", buffering=1, encoding="utf-8")
        self.stdout = os.fdopen(from_stdout, encoding="utf-8")
        self.stderr = os.fdopen(from_stderr, encoding="utf-8")

    def __del__(self) -> None:
        os.close(self._handle)

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        status = self._ended(None if timeout is None else timeout * 1000)
        if status is None:
            raise subprocess.TimeoutExpired([str(self.pid)], timeout or 0)
        return status

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _ended(self, milliseconds: float | None) -> int | None:
        if self.returncode is None:
            watched = select.poll()
            watched.register(self._handle, select.POLLIN)
            if watched.poll(milliseconds):
                self.returncode = _UNKNOWN_STATUS
        return self.returncode

    def _signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._handle, number)
