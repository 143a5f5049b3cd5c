"""Evidence as JSON text, and back: `read(write(x)) == x`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from itertools import accumulate

from staygreen.core.finding import State
from staygreen.core.verdict.evidence import Held
from staygreen.core.verdict.verdict import Claim, Exhibit, Reach, Realm, Standing, Witness

LONGEST = 1000
LARGEST = 75_000
"""Bytes of what one check holds against one subject; the worst is kept. A transaction takes 50 of them in its 4 MB."""


def write(held: Iterable[Held]) -> str:
    """The evidence of one check about one subject."""
    rows = [
        {
            "incident": each.incident,
            "witness": each.exhibit.witness.value,
            "realm": each.exhibit.realm.value,
            "state": each.exhibit.state.value,
            "standing": each.exhibit.standing.value,
            "cause": each.exhibit.cause,
            "text": each.exhibit.text[:LONGEST],
            "observed_at": each.exhibit.observed_at.isoformat(),
            "next_step": each.exhibit.next_step[:LONGEST],
            "claim": each.exhibit.claim.value,
            "reach": each.exhibit.reach.value,
        }
        for each in held
    ]
    kept = [json.dumps(row, separators=(",", ":"), ensure_ascii=False) for row in rows]
    ends = accumulate(len(row.encode()) + 1 for row in kept)
    return f"[{','.join(row for row, end in zip(kept, ends, strict=True) if end < LARGEST)}]"


def read(text: str) -> tuple[Held, ...]:
    """The inverse of `write`."""
    return tuple(
        Held(
            incident=row["incident"],
            exhibit=Exhibit(
                witness=Witness(row["witness"]),
                realm=Realm(row["realm"]),
                state=State(row["state"]),
                standing=Standing(row["standing"]),
                cause=row["cause"],
                text=row["text"],
                observed_at=datetime.fromisoformat(row["observed_at"]),
                next_step=row["next_step"],
                claim=Claim(row["claim"]),
                reach=Reach(row["reach"]),
            ),
        )
        for row in json.loads(text)
    )
