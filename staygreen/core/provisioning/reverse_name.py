"""What EC2 says of an Elastic IP's reverse name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What EC2 says of an address's reverse name."""

    name: str = ""
    """The name in force; empty: none."""
    pending: str | None = None
    """The name that is landing; empty: a reset is; None: nothing is."""

    def __str__(self) -> str:
        name = self.name or "no name"
        if self.pending is None:
            return f"EC2 has {name}"
        return f"EC2 has {name}, {self.pending or 'its removal'} is pending"
