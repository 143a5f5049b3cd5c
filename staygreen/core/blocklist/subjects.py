"""What is to be looked up, however much: each subject once, in order, a page at a time.

IPv4 addresses are kept as numbers, so that a fleet's fit into a quarter of a megabyte.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from ipaddress import IPv4Address

from staygreen.core.blocklist import dnsbl
from staygreen.core.blocklist.catalogue import Target
from staygreen.core.dns import wire

_PAGE = 256
_OCTETS = tuple(str(octet) for octet in range(256))

Page = tuple[tuple[str, str, bytes], ...]
"""Subjects in canonical form, each with the labels that stand for it before a list's zone: as text, and of an address
as a message has them."""


class Subjects:
    """Addresses and domains, grouped by kind; repetitions are left out.

    Args:
        names: In canonical form (`dnsbl.canonical`).
    """

    __slots__ = ("_ipv4", "_others", "pages_of_ipv4")

    def __init__(self, names: Iterable[str]) -> None:
        ipv4: dict[int, None] = {}
        others: dict[Target, dict[str, None]] = {Target.IPV6: {}, Target.DOMAIN: {}}
        for name in names:
            target = dnsbl.target_of(name)
            if target is Target.IPV4:
                ipv4[int(IPv4Address(name))] = None
            else:
                others[target][name] = None
        self._ipv4 = array("I", ipv4)
        self._others: Mapping[Target, tuple[str, ...]] = {target: tuple(found) for target, found in others.items()}
        # lists that keep step share their pages; one that falls behind makes its own
        self.pages_of_ipv4 = lru_cache(maxsize=8)(self._page_of_ipv4)

    def __len__(self) -> int:
        return len(self._ipv4) + sum(map(len, self._others.values()))

    def __iter__(self) -> Iterator[str]:
        for target in Target:
            yield from self.of(target)

    def of(self, target: Target) -> Iterator[str]:
        """The subjects of one kind."""
        for page in self.pages(target):
            for subject, *_ in page:
                yield subject

    def count(self, target: Target) -> int:
        """How many there are of one kind."""
        return len(self._ipv4) if target is Target.IPV4 else len(self._others[target])

    def pages(self, target: Target) -> Iterator[Page]:
        """The subjects of one kind with their labels, a page at a time."""
        for start in range(0, self.count(target), _PAGE):
            if target is Target.IPV4:
                yield self.pages_of_ipv4(start)
            else:
                names = self._others[target][start : start + _PAGE]
                yield tuple((name, *_prefix(target, name)) for name in names)

    def _page_of_ipv4(self, start: int) -> Page:
        return tuple(_written(number) for number in self._ipv4[start : start + _PAGE])


def _prefix(target: Target, name: str) -> tuple[str, bytes]:
    prefix = dnsbl.prefix(target, name)
    return prefix, b"" if target is Target.DOMAIN else wire.labels(prefix)


def _written(number: int) -> tuple[str, str, bytes]:
    a, b, c, d = _OCTETS[number >> 24], _OCTETS[number >> 16 & 255], _OCTETS[number >> 8 & 255], _OCTETS[number & 255]
    return f"{a}.{b}.{c}.{d}", (prefix := f"{d}.{c}.{b}.{a}"), wire.labels(prefix)
