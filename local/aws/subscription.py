"""SNS confirms an HTTP subscription at an address that can be reached.

The link in the confirmation names the host `localhost` in the emulator, which is not always IPv4; here it is the
gateway's address. Source: SNS Developer Guide, "Confirm the subscription" (verified 2026-11-23).
"""

from __future__ import annotations

from ministack.services import sns


def install() -> None:
    """Name the gateway by its address."""
    sns._HOST = "127.0.0.1"
