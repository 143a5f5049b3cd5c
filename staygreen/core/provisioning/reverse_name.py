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
    status: str = ""
    """How far the change is, in EC2's word, such as PENDING; empty: EC2 says none."""
    cause: str = ""
    """Why the change does not land, in EC2's words; empty: EC2 says none."""

    def __str__(self) -> str:
        name = self.name or "no name"
        if self.pending is None:
            return f"EC2 has {name}"
        return f"EC2 has {name}, {self.pending or 'its removal'} is pending{self.progress}"

    @property
    def progress(self) -> str:
        """Status and cause of the change in brackets, to stand behind what is changed; empty where EC2 says neither."""
        words = ": ".join(word for word in (self.status, self.cause) if word)
        return f" (EC2: {words})" if words else ""
