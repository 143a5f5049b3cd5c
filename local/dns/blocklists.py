"""Blocklist zones as files in the format of rbldnsd: made, changed while served, and made to misbehave.

One directory holds, for each zone, `ZONE.ip4` (an ip4set), `ZONE.ip6` (an ip6trie) and `ZONE.names` (a dnset), and one
`misbehaviour.json`. Any process may change them; the servers look at the files. Test points are those of RFC 5782
section 5: 127.0.0.2 and ::FFFF:7F00:2 and the name TEST are listed; 127.0.0.1, ::FFFF:7F00:1 and INVALID are not.
Source of the format: rbldnsd(8).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import Enum
from fcntl import LOCK_EX, flock
from ipaddress import IPv4Network, IPv6Network, ip_network
from os import utime
from pathlib import Path

import dns.name


class Misbehaviour(str, Enum):
    """How a list fails its users. All of them have been seen in the wild."""

    REFUSAL_CODE = "refusal_code"
    """A code such as 127.255.255.254 for every name: the list refuses this asker."""
    REFUSED = "refused"
    SERVFAIL = "servfail"
    SILENCE = "silence"
    WILDCARD = "wildcard"
    """A listing code for every name: a list that was shut down noisily."""
    PARKED = "parked"
    """An address outside 127/8 for every name: the domain was sold."""
    TRUNCATION = "truncation"
    """UDP answers are cut off; TCP gives the whole."""


_CODES = {
    Misbehaviour.REFUSAL_CODE: "127.255.255.254",
    Misbehaviour.WILDCARD: "127.0.0.2",
    Misbehaviour.PARKED: "198.51.100.80",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A misbehaviour, and the code that it answers where it answers one."""

    kind: Misbehaviour
    code: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a zone: an address range or name, its code and text."""

    subject: str
    code: str
    text: str

    def line(self) -> str:
        """The line in the format of rbldnsd."""
        return f"{self.subject} :{self.code}:{self.text}"

    @classmethod
    def parse(cls, line: str) -> Entry:
        """Read a line; the counterpart of `line`."""
        subject, _, rest = line.partition(" :")
        code, _, text = rest.partition(":")
        return cls(subject.strip(), code, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A blocklist zone and its test points."""

    name: str
    addresses: tuple[tuple[str, str], ...] = (("127.0.0.2", "127.0.0.2"), ("::ffff:7f00:2", "127.0.0.2"))
    """Addresses that are always listed, each with its code."""
    names: tuple[tuple[str, str], ...] = ()
    """Names that are always listed, each with its code."""


class Blocklists:
    """The blocklists in one directory. Cheap to make: every process may have its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def add_zone(self, zone: Zone) -> None:
        """Serve a zone, with its test points. A real rbldnsd serves those that exist when it starts."""
        for kind in ("ip4", "ip6", "names"):
            self._write(zone.name, kind, [])
        for address, code in zone.addresses:
            self.list_ip(zone.name, address, code)
        for name, code in zone.names:
            self.list_name(zone.name, name, code)

    def zones(self) -> list[str]:
        """Names of the zones served."""
        return sorted(path.name.removesuffix(".ip4") for path in self.directory.glob("*.ip4"))

    def list_ip(self, zone: str, ip: str, code: str = "127.0.0.2", text: str = "Listed for a test") -> None:
        """List an address or network; an address may have several codes."""
        network = ip_network(ip)
        kind = "ip4" if isinstance(network, IPv4Network) else "ip6"
        with self._locked():
            self._write(zone, kind, [*self.entries(zone, kind), Entry(_subject(network), code, text)])

    def unlist_ip(self, zone: str, ip: str) -> None:
        """Take an address or network off, with all its codes."""
        network = ip_network(ip)
        self._remove(zone, "ip4" if isinstance(network, IPv4Network) else "ip6", _subject(network))

    def list_name(self, zone: str, name: str, code: str = "127.0.1.2", text: str = "Listed for a test") -> None:
        """List a domain name; with a leading dot its subdomains too."""
        with self._locked():
            self._write(zone, "names", [*self.entries(zone, "names"), Entry(name.lower(), code, text)])

    def misbehave(self, zone: str, kind: Misbehaviour, code: str = "") -> None:
        """Let a zone fail from now on."""
        with self._locked():
            faults = {**self.faults(), zone: Fault(kind, code or _CODES.get(kind, ""))}
            self._write_faults(faults)

    def ignored(self, zone: str) -> bool:
        """Whether a question to a silent zone has come in since it fell silent."""
        return (self.directory / f"{zone}.ignored").exists()

    def ignore(self, zone: str) -> None:
        """Remember that one has."""
        (self.directory / f"{zone}.ignored").touch()

    def behave(self, zone: str) -> None:
        """Let a zone answer as it should again."""
        (self.directory / f"{zone}.ignored").unlink(missing_ok=True)
        with self._locked():
            self._write_faults({name: fault for name, fault in self.faults().items() if name != zone})

    def faults(self) -> dict[str, Fault]:
        """The zones that misbehave."""
        try:
            stored = json.loads((self.directory / "misbehaviour.json").read_text())
        except FileNotFoundError:
            return {}
        return {zone: Fault(Misbehaviour(fault["kind"]), fault["code"]) for zone, fault in stored.items()}

    def entries(self, zone: str, kind: str) -> list[Entry]:
        """What a zone lists: kind is ip4, ip6 or names."""
        lines = (self.directory / f"{zone}.{kind}").read_text().splitlines()
        return [Entry.parse(line) for line in lines if line and not line.startswith("$")]

    def version(self, zone: str) -> tuple[int, ...]:
        """Changes when the zone's files do."""
        return tuple((self.directory / f"{zone}.{kind}").stat().st_mtime_ns for kind in ("ip4", "ip6", "names"))

    def _remove(self, zone: str, kind: str, subject: str) -> None:
        with self._locked():
            self._write(zone, kind, [entry for entry in self.entries(zone, kind) if entry.subject != subject])

    def _write(self, zone: str, kind: str, entries: Iterable[Entry]) -> None:
        owner = dns.name.from_text(zone).to_text()
        head = f"$SOA 60 ns1.local.test. hostmaster.{owner} 1 600 300 86400 60\n$NS 60 ns1.local.test.\n"
        path = self.directory / f"{zone}.{kind}"
        before = path.stat().st_mtime if path.exists() else 0.0
        _replace(path, head + "".join(f"{entry.line()}\n" for entry in entries))
        # rbldnsd compares whole seconds: every version gets one of its own
        after = max(int(time.time()), int(before) + 1)
        utime(path, (after, after))

    def _write_faults(self, faults: Mapping[str, Fault]) -> None:
        stored = {zone: asdict(fault) for zone, fault in faults.items()}
        _replace(self.directory / "misbehaviour.json", json.dumps(stored))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.directory / ".lock").open("w") as lock:
            flock(lock, LOCK_EX)
            yield


def _subject(network: IPv4Network | IPv6Network) -> str:
    whole = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if whole else str(network)


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text)
    part.chmod(0o644)
    part.replace(path)
