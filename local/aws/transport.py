"""Loopback counts as TLS where policies ask for it.

Policies deny `aws:SecureTransport = false` (the CDK's assets bucket and our topics do); the emulator's gateway is plain
HTTP, so without this nobody could reach them. Source: IAM User Guide, "AWS global condition context keys" (verified
2026-11-23).
"""

from __future__ import annotations

from typing import Any

from ministack import app


def install() -> None:
    """Mark every request as secure."""
    if not app.AUTH:
        return
    original = app.pin_request_origin

    def pin(address: str, secure: bool) -> Any:
        return original(address, True)

    app.pin_request_origin = pin
