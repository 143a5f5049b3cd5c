"""A real rbldnsd over the same zone files, where it is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import dns.message

from local.dns.blocklists import Blocklists
from local.patience import PATIENCE

_DATASETS = {"ip4": "ip4set", "ip6": "ip6trie", "names": "dnset"}


def find() -> str | None:
    """The program, when this machine has it."""
    return shutil.which("rbldnsd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class Rbldnsd:
    """A running rbldnsd on loopback. It looks at its files every second."""

    def __init__(self, program: str, blocklists: Blocklists, port: int, log: Path) -> None:
        zones = [
            f"{zone}:{dataset}:{zone}.{kind}" for zone in blocklists.zones() for kind, dataset in _DATASETS.items()
        ]
        # started as root it wants another user, who needs to reach only the directory that it works in
        user = ["-u", "65534:65534"] if os.geteuid() == 0 else []
        blocklists.directory.chmod(0o755)
        command = [program, "-n", "-q", "-c", "1s", *user, "-w", str(blocklists.directory), "-b", f"127.0.0.1/{port}"]
        with log.open("ab") as output:
            self._process = subprocess.Popen([*command, *zones], stdout=output, stderr=output)
        self.port = port

    def is_running(self) -> bool:
        """Whether it still serves."""
        return self._process.poll() is None

    def wait_until_ready(self) -> bool:
        """Whether it answers: it does not run any more, or not yet, where it does not."""
        question = dns.message.make_query(".", "SOA").to_wire()
        until = time.monotonic() + PATIENCE
        while self.is_running() and time.monotonic() < until:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.settimeout(0.5)
                try:
                    probe.connect(("127.0.0.1", self.port))
                    probe.send(question)
                    return bool(probe.recv(512))
                except OSError:
                    time.sleep(0.02)
        return False

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
