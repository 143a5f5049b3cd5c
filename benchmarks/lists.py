"""Lists to sweep in benchmarks: one rbldnsd on loopback, and settings that lift every budget."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from local.ports import free_port
from staygreen.core.blocklist import selection
from staygreen.core.blocklist.catalogue import Entry
from staygreen.core.dns.route import Limits, Route

LISTED_SHARE = 100
"""One subject in so many is listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """What is served, and the truth about it."""

    port: int
    zones: tuple[str, ...]
    subjects: tuple[str, ...]
    listed: frozenset[str]

    @property
    def entries(self) -> list[Entry]:
        """The lists as the sweep takes them: with a positive control each."""
        return [entry(zone) for zone in self.zones]

    @property
    def routes(self) -> dict[str, Route]:
        """Ways without a limit of any list's own."""
        return {zone: Route(id=zone, zone=zone, limits=Limits(in_flight=1_000_000)) for zone in self.zones}


def entry(zone: str) -> Entry:
    row = {"id": zone, "name": zone, "zone": zone, "targets": ["ipv4"], "listing_codes": ["127.0.0.2"]}
    return selection.own_entry(row)


def addresses(count: int) -> tuple[str, ...]:
    """As many neighbouring test addresses (RFC 2544)."""
    return tuple(str(IPv4Address("198.18.0.0") + number) for number in range(count))


@contextmanager
def rbldnsd(subjects: int, lists: int, entries: int = 100_000) -> Iterator[Lists]:
    """One rbldnsd that serves the same data set under many zones."""
    program = shutil.which("rbldnsd") or shutil.which("rbldnsd", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        sys.exit("rbldnsd is not installed, and without it nothing is measured: apt-get install rbldnsd")
    chance = random.Random(1)
    names = addresses(subjects)
    listed = frozenset(chance.sample(names, max(1, subjects // LISTED_SHARE)))
    zones = tuple(f"list{number}.test" for number in range(lists))
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory)
        data.chmod(0o755)
        others = (str(IPv4Address("10.0.0.0") + chance.randrange(1 << 24)) for _ in range(entries - len(listed)))
        (data / "zone").write_text("\n".join([":127.0.0.2:", "127.0.0.2", *listed, *others]) + "\n")
        port = free_port()
        user = ["-u", "65534:65534"] if os.geteuid() == 0 else []
        command = [program, "-n", "-q", *user, "-w", directory, "-b", f"127.0.0.1/{port}"]
        running = subprocess.Popen([*command, *(f"{zone}:ip4set:zone" for zone in zones)], stdout=subprocess.DEVNULL)
        try:
            _wait_until_bound(running, port)
            yield Lists(port=port, zones=zones, subjects=names, listed=listed)
        finally:
            running.terminate()
            running.wait()


def _wait_until_bound(running: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(500):
        if running.poll() is not None:
            sys.exit("rbldnsd did not start")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return
        time.sleep(0.02)
    sys.exit("rbldnsd does not answer")


def reversed_name(address: str, zone: str) -> str:
    return ".".join([*reversed(address.split(".")), zone])


def questions(lists: Lists) -> Sequence[str]:
    """Every name, subject by subject."""
    return [reversed_name(subject, zone) for subject in lists.subjects for zone in lists.zones]
