"""What every announcing function does with what a round of sending came to: log it, and count what failed.

A failure to announce fails nothing else. It has metrics of its own.
"""

from __future__ import annotations

from datetime import timedelta

from aws_lambda_powertools import Logger

from lambdas import figures
from lambdas.deadline import life_left
from lambdas.environment import Deployed
from staygreen.adapters import clock
from staygreen.adapters.store.outbox import LATE, Sent, sweep
from staygreen.core.naming import ANNOUNCEMENTS, FAILED, GIVEN_UP


def sweep_up(here: Deployed, context: object, logger: Logger, older_than: timedelta = LATE) -> int:
    """Send what is unsent for longer than `older_than`; gives how much that was."""
    sent = sweep(here.table, here.channels, clock.now, older_than, lambda: life_left(context))
    count(here, sent, logger)
    return sent.tried


def count(here: Deployed, sent: Sent, logger: Logger) -> None:
    """Log each failure, and let the alarms know how many there are."""
    for text, failures in (("not sent yet", sent.failures), ("given up", sent.given_up)):
        for failure in failures:
            transition = str(failure.announcement.message.get("transition_id", ""))
            logger.error(text, channel=failure.channel, transition=transition, reason=failure.reason)
    for place in sent.unreadable:
        logger.error("no announcement", reason=place)
    figures.send(
        here.names, ANNOUNCEMENTS, {FAILED: len(sent.failures) + len(sent.unreadable), GIVEN_UP: len(sent.given_up)}
    )
