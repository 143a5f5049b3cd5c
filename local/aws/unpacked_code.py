"""The code of a function and its layers are unpacked once, however many environments and clouds are started.

On AWS /var/task and /opt are read-only, and every environment reads the same image of them. Source: Lambda Developer
Guide, "Lambda execution environment" (not verified). What Python compiles of them is kept beside the unpacked files, in
`build/unpacked` of the checkout, under the hash of the archive; what was not used for a day is deleted.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime

_KEPT = Path(__file__).resolve().parents[2] / "build" / "unpacked"
_DAY = 86400


def install() -> None:
    """Have an environment get links to what is unpacked already."""
    for old in _KEPT.glob("*"):
        if old.stat().st_mtime < time.time() - _DAY:
            shutil.rmtree(old, ignore_errors=True)
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": _UnpackedOnce})


class _UnpackedOnce(zipfile.ZipFile):
    def namelist(self) -> list[str]:
        # whoever unpacks looks first whether a name leads elsewhere: what is unpacked was looked at
        return [] if self._place().exists() else super().namelist()

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        for entry in self._unpacked().iterdir():
            Path(path, entry.name).symlink_to(entry)

    def _place(self) -> Path:
        return _KEPT / hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()

    def _unpacked(self) -> Path:
        kept = self._place()
        if not kept.exists():
            _KEPT.mkdir(parents=True, exist_ok=True)
            part = Path(tempfile.mkdtemp(dir=_KEPT))
            super().extractall(part)
            try:
                part.rename(kept)
            except OSError:  # another cloud was faster
                shutil.rmtree(part)
        kept.touch()
        return kept
