"""Domain names as the core keeps them: lower case, without a trailing dot (RFC 1035 §2.3.1, RFC 5890).

Host names take letters, digits and inner hyphens in each label; names that only
DNS sees (``_dmarc``) may use underscores as well (RFC 8552).
"""

from __future__ import annotations

import re

_HOST_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_DNS_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


def is_label(text: str) -> bool:
    """Whether `text` is one label of a host name."""
    return _HOST_LABEL.fullmatch(text) is not None


def is_host_name(text: str) -> bool:
    """Whether `text` is a name of two labels or more that a host may have; the last is not a number."""
    labels = text.split(".")
    return (
        len(text) <= 253 and len(labels) >= 2 and all(is_label(label) for label in labels) and not labels[-1].isdigit()
    )


def is_dns_name(text: str) -> bool:
    """Whether `text` is a name of two labels or more, underscores allowed."""
    labels = text.split(".")
    return len(text) <= 253 and len(labels) >= 2 and all(_DNS_LABEL.fullmatch(label) for label in labels)


def is_askable(text: str) -> bool:
    """Whether DNS can be asked about `text` at all, whatever its characters (RFC 1035 §3.1)."""
    return len(text) <= 253 and all(0 < len(label.encode()) <= 63 for label in text.split("."))


def is_within(name: str, parent: str) -> bool:
    """Whether `name` is `parent` or below it."""
    return name == parent or name.endswith(f".{parent}")
