"""The emulator with its additions, and the DNS that its zones are served by: `python -m local.emulator`.

Takes everything from the environment: GATEWAY_PORT and the emulator's other settings, STAYGREEN_DNS_PORT,
STAYGREEN_DNS_DIRECTORY (blocklist zones; see `local.dns.blocklists`), STAYGREEN_DNS_ENGINE (`own`: never
use rbldnsd). With STAYGREEN_WATCH_STDIN, which names a directory, it ends when its standard input does, with all that
it started, and removes the directory: it never outlives who started it. `local.cloud` sets them.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ministack import app
from ministack.services import route53

from local.aws import dedicated_ips, registry, reverse_dns
from local.dns import amazon, rbldnsd
from local.dns.answer import Answerer
from local.dns.blocklist_answerer import BlocklistAnswerer
from local.dns.blocklists import Blocklists
from local.dns.hosted_zones import HostedZones, ReverseZones
from local.dns.server import DnsServer
from local.ports import free_port

_GRACE_SECONDS = 3
_abandoned = threading.Event()


def main() -> None:
    """Serve until a signal."""
    registry.install_all()
    if os.environ.get("STAYGREEN_WATCH_STDIN"):
        threading.Thread(target=_end_with_stdin, daemon=True, name="stdin").start()
    directory = Path(os.environ["STAYGREEN_DNS_DIRECTORY"])
    blocklists = Blocklists(directory)
    daemon = _start_rbldnsd(blocklists, directory.parent / "rbldnsd.log")
    hosted = HostedZones(_hosted_zones, amazon.records)
    answerers: list[Answerer] = [
        hosted,
        ReverseZones(_pointer),
        amazon.AmazonZones(),
        BlocklistAnswerer(blocklists, daemon.port if daemon else None),
    ]
    sys.argv = sys.argv[:1]
    try:
        with DnsServer(answerers, int(os.environ.get("STAYGREEN_DNS_PORT", "0"))):
            app.main()
    finally:
        if daemon:
            daemon.stop()
        _remove_if_abandoned()


def _end_with_stdin() -> None:
    sys.stdin.read()
    _abandoned.set()
    os.kill(os.getpid(), signal.SIGTERM)
    # a function that still runs would hold the end up for as long as it likes
    time.sleep(_GRACE_SECONDS)
    _remove_if_abandoned()
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _remove_if_abandoned() -> None:
    if _abandoned.is_set():
        shutil.rmtree(os.environ["STAYGREEN_WATCH_STDIN"], ignore_errors=True)


def _start_rbldnsd(blocklists: Blocklists, log: Path) -> rbldnsd.Rbldnsd | None:
    program = rbldnsd.find()
    if program is None or os.environ.get("STAYGREEN_DNS_ENGINE") == "own" or not blocklists.zones():
        return None
    daemon = rbldnsd.Rbldnsd(program, blocklists, free_port(), log)
    if daemon.wait_until_ready():
        return daemon
    daemon.stop()
    return None


def _pointer(ip: str) -> str | None:
    return amazon.pointer(ip) if dedicated_ips.is_leased(ip) else reverse_dns.landed(ip)


def _hosted_zones() -> Iterable[tuple[str, list[dict[str, Any]]]]:
    for key, zone in list(route53._zones._data.items()):
        yield zone["name"], list(route53._records._data.get(key, []))


if __name__ == "__main__":
    main()
