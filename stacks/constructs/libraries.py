"""The layer `libraries`: what functions import beyond Lambda's runtime.

pip fetches the pinned wheels without Docker; only pure Python passes, so that one layer
fits every architecture and Python. It is made once for each content of
`requirements-layer.txt`, by ``python -m stacks.constructs.libraries`` or by the first synthesis, and
has the same content, and hash, wherever it is made.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from stacks.constructs.archive import archive

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements-layer.txt"
LAYER = ROOT / "build" / "layer"
ZIP = LAYER.with_suffix(".zip")
_STAMP = LAYER.with_suffix(".json")
_KEPT_METADATA = frozenset({"METADATA", "WHEEL", "top_level.txt"})


def layer() -> tuple[Path, str]:
    """Return the layer's zip and the hash of its content, made when it is absent or older than its requirements."""
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    made = json.loads(_STAMP.read_text()) if _STAMP.is_file() and ZIP.is_file() else {}
    if made.get("requirements") != wanted:
        shutil.rmtree(LAYER, ignore_errors=True)
        _install(LAYER / "python")
        _strip(LAYER / "python")
        files = (path for path in LAYER.rglob("*") if path.is_file())
        made = {"requirements": wanted, "content": archive(LAYER, files, ZIP)}
        _STAMP.write_text(json.dumps(made))
    return ZIP, made["content"]


def _install(target: Path) -> None:
    target.mkdir(parents=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    what = ["--no-deps", "--no-compile", "--only-binary=:all:", "--require-hashes"]
    # stdout belongs to whoever asked for a template
    subprocess.run(  # noqa: S603 - our own interpreter and files
        [*pip, *what, "--target", str(target), "--requirement", str(REQUIREMENTS)], check=True, stdout=sys.stderr
    )


def _strip(target: Path) -> None:
    """Remove what differs between machines: scripts with their interpreter's path, and pip's records of them."""
    shutil.rmtree(target / "bin", ignore_errors=True)
    for metadata in target.glob("*.dist-info"):
        for path in metadata.iterdir():
            if path.is_file() and path.name not in _KEPT_METADATA:
                path.unlink()


if __name__ == "__main__":
    sys.stdout.write(f"{layer()[0]}\n")
