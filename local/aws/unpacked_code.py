"""The code of a function and its layers are unpacked once, however many of its environments are started.

On AWS /var/task and /opt are read-only, and every environment reads the same image of them. Source: Lambda Developer
Guide, "Lambda execution environment" (not verified). What Python compiles of them is kept beside the unpacked files.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime

_lock = threading.Lock()


def install() -> None:
    """Have an environment get links to what is unpacked already."""
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": _UnpackedOnce})


class _UnpackedOnce(zipfile.ZipFile):
    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        for entry in self._unpacked().iterdir():
            Path(path, entry.name).symlink_to(entry)

    def _unpacked(self) -> Path:
        digest = hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()
        kept = Path(tempfile.gettempdir(), f"unpacked-{digest}")
        with _lock:
            if not kept.exists():
                part = kept.with_suffix(".part")
                super().extractall(part)
                part.rename(kept)
        return kept
