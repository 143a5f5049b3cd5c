"""What a changed DMARC policy would have done to mail, from answers kept beside the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from staygreen.core.dmarc.readiness.kept import SUFFIX, KeptAnswer, effects, read
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.records.dmarc import Policy
from staygreen.review.rules.dmarc_weakened import is_dmarc, policies
from staygreen.review.template_text import text_of
from staygreen.review.texts import dmarc_record


def kept_answers(paths: Iterable[Path]) -> tuple[KeptAnswer, ...]:
    """The answers in files that `staygreen dmarc ready --write` wrote, and in directories of them.

    Raises:
        StaygreenError: A file is missing, or is none.
    """
    files = (file for path in paths for file in (sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else (path,)))
    return tuple(read(text_of(file)) for file in files)


def sentences(comparison: Comparison, answers: tuple[KeptAnswer, ...], today: date) -> Iterator[str]:
    """What each change of a policy would have done, one sentence for each domain with a kept answer."""
    if answers:
        yield from effects(_changed(comparison), answers, today)


def _changed(comparison: Comparison) -> Iterator[tuple[str, Policy, Policy]]:
    for change in comparison.records("TXT"):
        before, after = dmarc_record(change.before), dmarc_record(change.after)
        if before is not None and after is not None and is_dmarc(change):
            yield change.fact.name.removeprefix("_dmarc."), policies(before)["p"], policies(after)["p"]
