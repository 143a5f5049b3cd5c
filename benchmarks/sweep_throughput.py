"""Questions a second: our sweep beside what else asks blocklists, against one rbldnsd on loopback.

    python -m benchmarks.sweep_throughput [--json] [--runs 7] [--subjects 1000] [--lists 60]

Ours runs with everything on: controls, four-valued answers, a result object for each; budgets alone are lifted. The
peers resolve the same names, 200 at once, in their own best way. dnsperf is the ceiling. Runs alternate; medians count.
CPU is told beside rates: on a machine that others use it is what can be compared.
One more sweep of 100 subjects keeps to the 900 a second that go through Amazon's resolver, to see what CPU that takes.
Peers that are not installed are left out, and said so. `missed` and `invented` are ours: listings not found, and found
without being.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import re
import secrets
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks import lists as served
from benchmarks.lists import Lists
from staygreen.adapters.dns.resolver import QUESTIONS_PER_SECOND, DnsLookup, Server
from staygreen.core.blocklist.dnsbl import Verdict
from staygreen.core.blocklist.sweep import sweep

AT_ONCE = 200
PYTHON_SAMPLE = 6000
"""Names that the slow peers resolve in a run: their rate does not depend on how long they go on."""

PACED_SUBJECTS = 100


class Ours:
    """The sweep, and what it got wrong."""

    def __init__(self) -> None:
        self.missed = 0
        self.invented = 0
        self.unknown = 0
        self.cpu: list[float] = []
        self.paced_cpu = 0.0

    def __call__(self, lists: Lists, ceiling: float | None = None) -> float:
        lookup = DnsLookup(servers=(Server("127.0.0.1", lists.port),), ceiling=ceiling)
        entries, routes = lists.entries, lists.routes
        found, answers = set(), 0
        cpu, begin = time.process_time(), time.perf_counter()
        made = sweep(entries, lists.subjects, lookup, token=lambda: secrets.token_hex(16), keys={}, routes=routes)
        for result in made.results:
            answers += 1
            if result.answer.verdict is Verdict.LISTED:
                found.add((result.subject, result.entry.id))
            elif result.answer.verdict is Verdict.UNKNOWN:
                self.unknown += 1
        taken = time.perf_counter() - begin
        self.cpu.append((time.process_time() - cpu) / answers * 1e6)
        truth = {(subject, zone) for subject in lists.listed for zone in lists.zones}
        self.missed += len(truth - found)
        self.invented += len(found - truth)
        return answers / taken


def paced(lists: Lists) -> float:
    """Microseconds of CPU a question below the ceiling of Amazon's resolver, where questions wait for their time."""
    some = lists.subjects[:PACED_SUBJECTS]
    ours = Ours()
    ours(replace(lists, subjects=some, listed=lists.listed.intersection(some)), QUESTIONS_PER_SECOND)
    return ours.cpu[0]


def dnsperf(lists: Lists) -> float:
    with tempfile.TemporaryDirectory() as directory:
        names = Path(directory) / "names"
        names.write_text("".join(f"{name} A\n" for name in served.questions(lists)))
        command = ["dnsperf", "-s", "127.0.0.1", "-p", str(lists.port), "-d", str(names)]
        said = subprocess.run(
            [*command, "-T", "1", "-c", "1", "-q", str(AT_ONCE), "-n", "1", "-t", "1"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    completed = re.search(r"Queries completed:\s+(\d+)", said)
    seconds = re.search(r"Run time \(s\):\s+([\d.]+)", said)
    if completed is None or seconds is None:
        raise RuntimeError(said)
    return int(completed[1]) / float(seconds[1])


def massdns(lists: Lists) -> float:
    with tempfile.TemporaryDirectory() as directory:
        names, resolvers = Path(directory) / "names", Path(directory) / "resolvers"
        names.write_text("\n".join(served.questions(lists)) + "\n")
        resolvers.write_text(f"127.0.0.1:{lists.port}\n")
        command = ["massdns", "-r", str(resolvers), "-t", "A", "-o", "S", "-q", "-s", str(AT_ONCE), "--root"]
        begin = time.perf_counter()
        subprocess.run([*command, "-w", os.devnull, str(names)], capture_output=True, check=True)
        return len(lists.subjects) * len(lists.zones) / (time.perf_counter() - begin)


def dnspython(lists: Lists) -> float:
    import dns.asyncresolver
    import dns.exception

    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers, resolver.port, resolver.cache = ["127.0.0.1"], lists.port, None

    async def one(name: str) -> None:
        try:
            await resolver.resolve(name, "A", search=False)
        except dns.exception.DNSException:
            return

    return _many(lists, one)


def aiodns(lists: Lists) -> float:
    import aiodns

    async def run() -> float:
        resolver = aiodns.DNSResolver(nameservers=["127.0.0.1"], udp_port=lists.port, timeout=3, tries=2, rotate=False)

        async def one(name: str) -> None:
            try:
                await resolver.query(name, "A")
            except aiodns.error.DNSError:
                return

        return await _rate(lists, one)

    return asyncio.run(run())


def pydnsbl(lists: Lists) -> float:
    import pydnsbl
    from pydnsbl.providers import Provider

    subjects = lists.subjects[: max(1, PYTHON_SAMPLE // len(lists.zones))]

    async def run() -> float:
        loop = asyncio.get_running_loop()
        checker = pydnsbl.DNSBLIpChecker(providers=[Provider(zone) for zone in lists.zones], loop=loop)
        checker._resolver = _aiodns_at(lists.port)
        begin = time.perf_counter()
        # each check asks all lists at once
        for start in range(0, len(subjects), 4):
            await asyncio.gather(*(checker.check_async(subject) for subject in subjects[start : start + 4]))
        return len(subjects) * len(lists.zones) / (time.perf_counter() - begin)

    return asyncio.run(run())


def _aiodns_at(port: int) -> object:
    import aiodns

    return aiodns.DNSResolver(nameservers=["127.0.0.1"], udp_port=port, timeout=5, tries=2)


def _many(lists: Lists, one: Callable[[str], object]) -> float:
    return asyncio.run(_rate(lists, one))


async def _rate(lists: Lists, one: Callable[[str], object]) -> float:
    names = iter(served.questions(lists)[:PYTHON_SAMPLE])
    count = 0

    async def worker() -> None:
        nonlocal count
        for name in names:
            await one(name)  # type: ignore[misc]
            count += 1

    begin = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return count / (time.perf_counter() - begin)


PEERS: dict[str, Callable[[Lists], float]] = {
    "dnspython": dnspython,
    "aiodns": aiodns,
    "pydnsbl": pydnsbl,
    "massdns": massdns,
    "dnsperf": dnsperf,
}
PROGRAMS = ("massdns", "dnsperf")


def _cpu() -> float:
    """Seconds of CPU that this process took, and those it started and waited for."""
    return sum(os.times()[:4])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", action="store_true")
    options.add_argument("--runs", type=int, default=7)
    options.add_argument("--subjects", type=int, default=1000)
    options.add_argument("--lists", type=int, default=60)
    given = options.parse_args()
    logging.disable(logging.WARNING)
    ours = Ours()
    rates: dict[str, list[float]] = {"staygreen": []}
    cpu: dict[str, list[float]] = {}
    absent: dict[str, str] = {name: "not installed" for name in PROGRAMS if shutil.which(name) is None}
    with served.rbldnsd(given.subjects, given.lists) as lists:
        for _ in range(given.runs):
            rates["staygreen"].append(ours(lists))
            for name, peer in PEERS.items():
                if name in absent:
                    continue
                asked, before = given.subjects * given.lists, _cpu()
                try:
                    rates.setdefault(name, []).append(peer(lists))
                except Exception as error:  # noqa: BLE001 - a peer that fails is told, and the rest is measured
                    absent[name] = f"{type(error).__name__}: {error}"
                    continue
                asked = asked if name in PROGRAMS else min(asked, PYTHON_SAMPLE)
                cpu.setdefault(name, []).append((_cpu() - before) / asked * 1e6)
        ours.paced_cpu = paced(lists)
    print(_told(ours, rates, cpu, absent, given))


def _told(
    ours: Ours,
    rates: dict[str, list[float]],
    cpu: dict[str, list[float]],
    absent: dict[str, str],
    given: argparse.Namespace,
) -> str:
    medians = {name: round(statistics.median(found)) for name, found in rates.items() if found}
    own, ceiling = medians.pop("staygreen"), medians.pop("dnsperf", None)
    peers_us = {name: round(statistics.median(found), 1) for name, found in cpu.items()}
    python = [rate for name, rate in medians.items() if name not in PROGRAMS]
    result = {
        "benchmark": "sweep_throughput",
        "questions": given.subjects * given.lists,
        "runs": given.runs,
        "load": round(os.getloadavg()[0], 1),
        "ours": own,
        "peers": medians,
        "ceiling": ceiling,
        "cpu_us": round(statistics.median(ours.cpu), 1),
        "peers_cpu_us": peers_us,
        "paced_cpu_us": round(ours.paced_cpu, 1),
        "times_fastest_python_peer": round(own / max(python), 1) if python else None,
        "share_of_ceiling": round(own / ceiling, 2) if ceiling else None,
        "missed": ours.missed,
        "invented": ours.invented,
        "unknown": ours.unknown,
        "absent": absent,
    }
    if given.json:
        return json.dumps(result)
    took = {"staygreen": result["cpu_us"], **peers_us}
    lines = [
        f"{name:26} {rate:>10,} questions/s {took[name]:>8} µs CPU each"
        for name, rate in {"staygreen": own, **medians, **({"dnsperf": ceiling} if ceiling else {})}.items()
    ]
    lines += [f"{name:26} left out: {reason}" for name, reason in absent.items()]
    lines.append(
        f"ours: {result['cpu_us']} µs CPU a question, {result['paced_cpu_us']} µs at 900 a second; "
        f"{ours.missed} missed, {ours.invented} invented, {ours.unknown} unknown; "
        f"{result['times_fastest_python_peer']} x the fastest Python peer, {result['share_of_ceiling']} of dnsperf; "
        f"load {result['load']}"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
