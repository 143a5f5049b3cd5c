"""The `staygreen` command as a person runs it, in a process of its own that begins with everything imported.

To start Python and import the command takes more than most commands do. So a process imports it once for each worker of
a run, and each call is a copy of it, with an environment, arguments and standard streams of its own.
tests/cli/test_program.py and test_wheel.py start the command as a shell does.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Mapping
from contextlib import chdir
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired
from tempfile import TemporaryDirectory

from local.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]


def staygreen(
    *arguments: str, env: Mapping[str, str], cwd: Path = ROOT, timeout: float = PATIENCE
) -> CompletedProcess[str]:
    """Run the command.

    Args:
        arguments: What stands behind its name.
        env: Its whole environment.
        cwd: Where it runs.
        timeout: Seconds.

    Raises:
        TimeoutExpired: It did not end within the time, and was killed.
    """
    with TemporaryDirectory() as directory:
        out, err = (Path(directory, name) for name in ("out", "err"))
        process = _source().Process(target=_become, args=(arguments, dict(env), str(cwd), str(out), str(err)))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutExpired(["staygreen", *arguments], timeout, out.read_bytes(), err.read_bytes())
        status = process.exitcode
        process.close()
        return CompletedProcess(["staygreen", *arguments], status, out.read_text(), err.read_text())


@cache
def _source() -> ForkServerContext:
    """The process that is copied, begun where what it shall import is found."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.command.imported"])
    with chdir(ROOT):
        forkserver.ensure_running()
    return context


def _become(arguments: tuple[str, ...], environment: dict[str, str], cwd: str, out: str, err: str) -> None:
    """Be the command, in the copy."""
    for path, standard in ((out, 1), (err, 2)):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(descriptor, standard)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(cwd)
    sys.argv[:] = ["staygreen", *arguments]
    from staygreen.cli.main import main

    main()
