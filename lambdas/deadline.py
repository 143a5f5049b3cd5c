"""How long a function may still ask, and what it needs to write down what it found.

A run that changes 10,000 incidents ends in time, at 25 ms for a call to DynamoDB and 60 ms for a transaction of 100
actions (stated, not measured in AWS): tests/lambdas/test_deadline.py counts the calls.
"""

from __future__ import annotations

from math import inf

from staygreen.adapters.store.outbox import ENOUGH

CALL, TRANSACTION = 0.025, 0.060
"""Seconds."""
MOST_CHANGES = 10_000
CPU_FOR_EACH = 0.0006 / 0.145
"""Seconds of one change: 0.6 ms on a whole core (`benchmarks.incidents_apply`), of which 256 MB have 0.145
(256 / 1,769 MB, AWS Lambda developer guide, "Configure Lambda function memory", recalled, not verified)."""
CALLS_IN_TURN = 200
"""Calls of such a run that wait for one another: verdicts to read, groups, the note, the sweep's beginning."""
TRANSACTIONS_IN_TURN = 100
"""Transactions of 100 that do so: 20,000 actions by 4 writers, 10,000 verdicts by 8."""
TO_WRITE_DOWN = ENOUGH + MOST_CHANGES * CPU_FOR_EACH + CALLS_IN_TURN * CALL + TRANSACTIONS_IN_TURN * TRANSACTION
"""Seconds before the function's time-out at which the asking ends; what was not asked then is unknown."""
TO_KEEP_A_SHARD = 10.0
"""The same where the answers go into one object."""


def seconds_left(context: object, to_write_down: float = TO_WRITE_DOWN) -> float:
    """How long DNS may be asked: what is left of the invocation but for the time to write, or at least half of it."""
    left = life_left(context)
    return left if left == inf else max(0.0, left - to_write_down, left / 2)


def life_left(context: object) -> float:
    """Seconds until the invocation is ended; infinite where nothing ends it."""
    left = getattr(context, "get_remaining_time_in_millis", None)
    return inf if left is None else left() / 1000
