"""How long a sweep takes when answers are slow, lost and out of order, and some lists are dead or refuse.

    python -m benchmarks.sweep_latency [--json] [--subjects 100] [--lists 40]

A name server on loopback delays each answer by 20 to 300 ms, so that answers overtake each other, and loses 2 %;
three lists never answer and two refuse. The bound is 1.5 times the slowest healthy list's 99th percentile as the
server delays it, plus what repetitions wait for. The peer, dnspython's asyncresolver with 200 questions at once,
asks the same server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import secrets
import statistics
import time
from collections import Counter
from multiprocessing.connection import Connection
from typing import Any

from benchmarks import lists as served
from staygreen.adapters.dns.resolver import DnsLookup, Server
from staygreen.core.blocklist.dnsbl import Verdict
from staygreen.core.blocklist.sweep import sweep
from staygreen.core.dns.rate_limit import FIRST_WAIT

DEAD, REFUSING = 3, 2
LOSS = 0.02
DELAY = (0.02, 0.3)
POSITIVE = "2.0.0.127"


class SlowLists(asyncio.DatagramProtocol):
    """Answers as lists would, late."""

    def __init__(self, listed: frozenset[str], seed: int = 1) -> None:
        self._listed = listed
        self._chance = random.Random(seed)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        name, end = self._name(data)
        prefix, _, zone = name.rpartition(".list")
        number = int(zone.removesuffix(".test"))
        if number < DEAD or self._chance.random() < LOSS:
            return
        answer = self._answer(data, end, prefix, is_refusing=number < DEAD + REFUSING)
        asyncio.get_running_loop().call_later(self._chance.uniform(*DELAY), self._transport.sendto, answer, addr)

    def _answer(self, data: bytes, end: int, prefix: str, *, is_refusing: bool) -> bytes:
        question = data[12:end]
        if is_refusing:
            return data[:2] + b"\x81\x85\x00\x01" + bytes(6) + question
        if prefix == POSITIVE or ".".join(reversed(prefix.split("."))) in self._listed:
            record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x7f\x00\x00\x02"
            return data[:2] + b"\x81\x80\x00\x01\x00\x01" + bytes(4) + question + record
        return data[:2] + b"\x81\x83\x00\x01" + bytes(6) + question

    @staticmethod
    def _name(data: bytes) -> tuple[str, int]:
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode())
            at += 1 + data[at]
        return ".".join(labels), at + 5


def serve(listed: frozenset[str], ready: Connection) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: SlowLists(listed), local_addr=("127.0.0.1", 0))
        sock = transport.get_extra_info("socket")
        sock.setsockopt(1, 8, 8 << 20)
        ready.send(sock.getsockname()[1])
        await asyncio.Event().wait()

    asyncio.run(run())


def ours(port: int, zones: list[str], subjects: tuple[str, ...], listed: frozenset[str]) -> dict[str, Any]:
    lookup = DnsLookup(servers=(Server("127.0.0.1", port),), ceiling=None)
    begin = time.perf_counter()
    entries = [served.entry(zone) for zone in zones]
    results = list(sweep(entries, subjects, lookup, token=lambda: secrets.token_hex(16), keys={}).results)
    seconds = time.perf_counter() - begin
    healthy = zones[DEAD + REFUSING :]
    truth = {(subject, zone) for subject in listed for zone in healthy}
    found = {(each.subject, each.entry.id) for each in results if each.answer.verdict is Verdict.LISTED}
    reasons: dict[str, Counter[str]] = {}
    for each in results:
        if each.answer.reason:
            reasons.setdefault(each.entry.id, Counter())[each.answer.reason.value] += 1
    took: dict[str, list[float]] = {}
    for each in results:
        if each.answer.reason is None:
            took.setdefault(each.entry.id, []).append(each.elapsed.total_seconds())
    slowest = max(statistics.quantiles(times, n=100)[98] for times in took.values())
    ends = max(max(times) for times in took.values())
    return {
        "seconds": round(seconds, 2),
        "slowest_p99_seconds": round(slowest, 2),
        "slowest_answer_seconds": round(ends, 2),
        "repeated": lookup.tally.repeated,
        "missed": len(truth - found),
        "invented": len(found - truth),
        "unknown_of_healthy": sum(sum(reasons.get(zone, Counter()).values()) for zone in healthy),
        "dead": {zone: dict(reasons.get(zone, Counter())) for zone in zones[:DEAD]},
        "refusing": {zone: dict(reasons.get(zone, Counter())) for zone in zones[DEAD : DEAD + REFUSING]},
    }


def dnspython(port: int, zones: list[str], subjects: tuple[str, ...]) -> float:
    import dns.asyncresolver
    import dns.exception

    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers, resolver.port, resolver.cache = ["127.0.0.1"], port, None
    resolver.timeout, resolver.lifetime = 1.0, 6.0
    names = iter([served.reversed_name(subject, zone) for subject in subjects for zone in zones])

    async def worker() -> None:
        for name in names:
            try:
                await resolver.resolve(name, "A", search=False)
            except dns.exception.DNSException:
                continue

    async def run() -> float:
        begin = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(200)))
        return time.perf_counter() - begin

    return asyncio.run(run())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", action="store_true")
    options.add_argument("--subjects", type=int, default=100)
    options.add_argument("--lists", type=int, default=40)
    given = options.parse_args()
    subjects = served.addresses(given.subjects)
    listed = frozenset(random.Random(1).sample(subjects, max(1, given.subjects // 20)))
    zones = [f"list{number}.test" for number in range(given.lists)]
    mine, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(listed, theirs), daemon=True)
    server.start()
    port = mine.recv()
    try:
        result = ours(port, zones, subjects, listed)
        result["peers"] = {"dnspython": round(dnspython(port, zones, subjects), 2)}
    finally:
        server.terminate()
    # a lost question waits at most this for its repetitions: two of them, each longer than the one before
    waits = FIRST_WAIT + 2 * FIRST_WAIT + 3.0
    result |= {
        "benchmark": "sweep_latency",
        "bound_seconds": round(1.5 * DELAY[1] + waits, 2),
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(result) if given.json else "\n".join(f"{name}: {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
