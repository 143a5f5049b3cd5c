"""DKIM key records (RFC 6376 §3.6.1), published at ``<selector>._domainkey.<domain>``."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from staygreen.core.records import tags
from staygreen.core.records.fault import Fault

_RSA_ENCRYPTION = bytes.fromhex("06092a864886f70d010101")
"""Object identifier 1.2.840.113549.1.1.1 in DER (RFC 8017 appendix C)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """One published key. An empty `public_key` means revoked, or that nothing is signed."""

    public_key: str
    """Base64 without white space."""
    key_type: str = "rsa"
    versioned: bool = True
    """Whether the record begins with v=DKIM1, which is recommended."""
    other: tuple[tuple[str, str], ...] = ()
    """Every other tag (h, n, s, t, or unknown), in its order."""

    def __str__(self) -> str:
        version = (("v", "DKIM1"),) if self.versioned else ()
        # An empty key needs no type, and the wildcard of a parked domain is usually written without.
        kind = (("k", self.key_type),) if self.public_key or self.key_type != "rsa" else ()
        return tags.render((*version, *kind, *self.other, ("p", self.public_key)))

    @property
    def is_revoked(self) -> bool:
        """Whether the record says that no signature with this selector is valid."""
        return not self.public_key

    @property
    def octets(self) -> int:
        """Length of the decoded key."""
        return len(base64.b64decode(self.public_key))


def parse(text: str) -> DkimKey | Fault:
    """Return the key that a record publishes, or what is wrong with it."""
    found = tags.parse(text)
    if isinstance(found, Fault):
        return found
    values = {tag.name: tag for tag in found}
    version = values.get("v")
    if version and (version.value != "DKIM1" or found[0] is not version):
        return Fault(version.position, "v, when given, must be the first tag and say DKIM1")
    if "p" not in values:
        return Fault(len(text), "the tag p is missing")
    public_key = "".join(values["p"].value.split())
    if not _is_base64(public_key):
        return Fault(values["p"].position, "p is not base64")
    return DkimKey(
        public_key=public_key,
        key_type=values["k"].value if "k" in values else "rsa",
        versioned=version is not None,
        other=tuple((tag.name, tag.value) for tag in found if tag.name not in ("v", "k", "p")),
    )


def rsa_bits(public_key: str) -> int | None:
    """Return the modulus length of an RSA key in bits, or None when it is not one.

    Args:
        public_key: Base64 of the DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    """
    if not _is_base64(public_key):
        return None
    try:
        info = _content(base64.b64decode(public_key), 0x30)
        algorithm = _content(info, 0x30)
        bits = _content(_after(info), 0x03)
        modulus = _content(_content(bits[1:], 0x30), 0x02)
    except (ValueError, IndexError):
        return None
    if not algorithm.startswith(_RSA_ENCRYPTION) or bits[:1] != b"\0":
        return None
    return int.from_bytes(modulus, "big").bit_length()


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _bounds(der: bytes) -> tuple[int, int]:
    """Where the content of the first DER value starts and ends."""
    length, start = der[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(der[2:start], "big")
    if start + length > len(der):
        raise ValueError("a DER value is cut short")
    return start, start + length


def _content(der: bytes, tag: int) -> bytes:
    if der[0] != tag:
        raise ValueError("not the DER type that was expected")
    start, end = _bounds(der)
    return der[start:end]


def _after(der: bytes) -> bytes:
    return der[_bounds(der)[1] :]
