"""A directory of one local cloud: it goes with its owner, and the next owner removes what a killed one left."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from pathlib import Path
from typing import IO

_PREFIX = "staygreen-local-"
_UNBORN = "staygreen-unborn-"
_LOCK = "owner.lock"


class OwnedDirectory:
    """Made in the machine's temporary directory, and locked as long as its owner lives.

    The kernel lets go of the lock when the owner ends, however that ends: a process id would not tell, since
    it is given again.
    """

    def __init__(self) -> None:
        _remove_abandoned()
        made = Path(tempfile.mkdtemp(prefix=_UNBORN))
        made.chmod(0o755)  # rbldnsd gives its rights away, and still reads its zones
        self._lock = _locked(made / _LOCK, create=True)
        # under the name that others look for only now: they never see it without its lock
        self.path = made.rename(made.with_name(made.name.replace(_UNBORN, _PREFIX)))

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock:
            self._lock.close()


def _remove_abandoned() -> None:
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        lock = _locked(directory / _LOCK)
        if lock:
            with lock:
                shutil.rmtree(directory, ignore_errors=True)


def _locked(path: Path, *, create: bool = False) -> IO[bytes] | None:
    """The open file with its lock; None when another process has it, or it is not ours to open."""
    try:
        file = path.open("xb" if create else "r+b")
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
