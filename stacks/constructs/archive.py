"""A directory as one zip file, which the CDK copies as it is instead of walking, hashing and copying a tree."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_READABLE = 0o644 << 16
_EPOCH = (1980, 1, 1, 0, 0, 0)


def archive(root: Path, files: Iterable[Path], target: Path) -> str:
    """Write files to a zip, and return the hash of what it holds.

    Args:
        root: Paths in the zip are relative to it.
        files: What goes in; their order, dates and permissions do not matter.
        target: The zip.

    Returns:
        SHA-256 over names and contents, in hexadecimal: the same wherever it is made, whichever zlib packs it.
    """
    digest = hashlib.sha256()
    with ZipFile(target, "w") as packed:
        for file in sorted(files):
            name, content = file.relative_to(root).as_posix(), file.read_bytes()
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
            entry = ZipInfo(name, date_time=_EPOCH)
            entry.external_attr = _READABLE
            packed.writestr(entry, content, compress_type=ZIP_DEFLATED)
    return digest.hexdigest()
