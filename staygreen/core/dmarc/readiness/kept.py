"""The answer kept beside the configuration, and what a change of the policy would have done to the mail in it.

A review needs no AWS: `staygreen dmarc ready DOMAIN --write` writes this file, and `staygreen review` reads it. It is
JSON: ``{"schema": "staygreen.dmarc-ready/1", …}`` with the fields of `KeptAnswer`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from staygreen.core.codec import decoded, encoded
from staygreen.core.dmarc.findings.wording import listed, messages, of_day
from staygreen.core.dmarc.judgement.reading import DayReading
from staygreen.core.dmarc.readiness.answer import Readiness, Standing
from staygreen.core.errors import StaygreenError
from staygreen.core.records.dmarc import Policy

SCHEMA = "staygreen.dmarc-ready/1"
SUFFIX = ".dmarc-ready.json"
"""How the name of such a file ends, beside the configuration."""
FRESH = timedelta(days=14)
"""An older answer calculates nothing."""
LARGEST = 1_000_000
"""Characters of a file that is still read."""
_STRENGTH = {Policy.NONE: 0, Policy.QUARANTINE: 1, Policy.REJECT: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingMail:
    """Messages that fail DMARC, by whose they are: what a policy acts on."""

    own: int = 0
    """Ours, or of a declared sender."""
    forwarded: int = 0
    """By mailing lists and forwarders (rows 13 to 15)."""
    undeclared: int = 0
    """By another SES account or an undeclared service (rows 7, 16)."""
    others: int = 0
    """Of strangers, or of whom nothing is known (rows 0, 17, 18)."""

    @property
    def wanted(self) -> int:
        """Messages that are ours, or may be."""
        return self.own + self.forwarded + self.undeclared


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What was answered for one domain, and the mail that it rests on."""

    domain: str
    on: date
    standing: Standing
    present: Policy
    window_days: int
    reported_days: int
    messages: int
    """All that reports count in the window, of whomever."""
    failing: FailingMail
    missing: tuple[str, ...] = ()
    """The conditions that were not met, each in a sentence."""


def kept(answer: Readiness, days: Sequence[DayReading]) -> KeptAnswer:
    """The answer as it is kept.

    Args:
        answer: The answer.
        days: The days of its window.
    """
    counted = Counter[str]()
    for day in days:
        for kind, number in day.counts.items():
            counted["all"] += number
            if not kind.passes:
                counted[_group(kind.row)] += number
    return KeptAnswer(
        domain=answer.domain,
        on=answer.on,
        standing=answer.standing,
        present=answer.present,
        window_days=answer.window_days,
        reported_days=sum(1 for day in days if day.reporters),
        messages=counted["all"],
        failing=FailingMail(
            own=counted["own"],
            forwarded=counted["forwarded"],
            undeclared=counted["undeclared"],
            others=counted["others"],
        ),
        missing=tuple(f"{each.id}: {each.missing}" for each in answer.missing),
    )


def _group(row: int) -> str:
    if row in (7, 16):
        return "undeclared"
    if row in (13, 14, 15):
        return "forwarded"
    return "own" if 1 <= row <= 9 else "others"


def written(answer: KeptAnswer) -> str:
    """The file's text."""
    return json.dumps({"schema": SCHEMA, **encoded(answer)}, indent=1) + "\n"


def read(text: str) -> KeptAnswer:
    """The inverse of `written`.

    Raises:
        StaygreenError: When it is no such file.
    """
    if len(text) > LARGEST:
        raise StaygreenError(f"the file has {len(text):,} characters; {LARGEST:,} are read at most")
    try:
        document = json.loads(text)
        if document["schema"] != SCHEMA:
            raise ValueError(f"its schema is not {SCHEMA}")
        return decoded(KeptAnswer, document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StaygreenError(f"the answer about DMARC cannot be read: {error}") from error


def effects(changed: Iterable[tuple[str, Policy, Policy]], answers: Iterable[KeptAnswer], today: date) -> Iterator[str]:
    """What each change of a policy would have done, one sentence for each domain with a kept answer.

    Args:
        changed: Domain, policy before and policy after.
        answers: The kept answers.
        today: The day of the review.
    """
    by_domain = {each.domain: each for each in answers}
    for domain, before, after in changed:
        answer = by_domain.get(domain)
        if answer is not None and before is not after:
            yield effect(answer, before, after, today)


def effect(answer: KeptAnswer, before: Policy, after: Policy, today: date) -> str:
    """What a change of the policy would have done to the mail of the window."""
    if today - answer.on > FRESH:
        return (
            f"The answer about {answer.domain} is of {of_day(answer.on)}, older than {FRESH.days} days: what this "
            f"change "
            f"would do to its mail is not calculated. Ask again: `staygreen dmarc ready {answer.domain} --write`."
        )
    failing = answer.failing
    seen = (
        f"in reports of {answer.reported_days} days up to {of_day(answer.on)}; what receivers did not report is not "
        f"counted"
    )
    if _STRENGTH[after] < _STRENGTH[before]:
        return (
            f"With p={after.value}, {messages(failing.others)} of strangers as {answer.domain} would have met less "
            f"than "
            f"p={before.value}, {seen}."
        )
    verb = "lost" if after is Policy.REJECT else "put into quarantine"
    parts = [
        f"{number:,} {what}"
        for number, what in (
            (failing.own, "of your own"),
            (failing.forwarded, "by mailing lists and forwarders"),
            (failing.undeclared, "by senders that nobody declared"),
        )
        if number
    ]
    detail = f": {listed(parts)}" if parts else ""
    return (
        f"{after.value.capitalize()} would have {verb} {messages(failing.wanted)} of {answer.messages:,} as "
        f"{answer.domain}{detail}. Of strangers, {messages(failing.others)}. It is counted {seen}."
    )
