"""Advice as text with places that are filled from a finding: `{subject}` and `{name}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from staygreen.core.finding import Advice, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceTemplate:
    """Advice about one cause, with places that are filled from a finding."""

    severity: Severity
    title: str
    consequence: str
    meaning: str
    steps: tuple[str, ...]
    link: str = ""


def fill(
    check: str, causes: Mapping[str, AdviceTemplate], cause: str, subject: str, name: str, *, identifier: str = ""
) -> Advice:
    """The advice of one cause about one subject.

    Args:
        check: The check, whose runbook has a place for each cause.
        causes: The check's causes.
        cause: Which one.
        subject: What a person calls the subject.
        name: The DNS name that the evidence is about.
        identifier: What the title calls it, which is shorter; empty: the same.
    """
    identifier = identifier or subject
    said = causes[cause]

    def filled(text: str) -> str:
        return text.replace("{subject}", subject).replace("{name}", name or subject)

    return Advice(
        consequence=filled(said.consequence),
        meaning=filled(said.meaning),
        title=said.title.replace("{subject}", identifier),
        steps=tuple(filled(step) for step in said.steps),
        link=said.link,
        runbook=f"{check}#{cause}",
    )
