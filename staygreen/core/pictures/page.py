"""One page in one file: the verdict first, then the pictures. It loads nothing from anywhere and runs nothing."""

from __future__ import annotations

from staygreen.core.pictures import (
    case_page,
    coverage,
    incident_timeline,
    refusals,
    reputation_calendar,
    ses_rates,
    short_verdict,
)
from staygreen.core.pictures.facts import Facts
from staygreen.core.pictures.markup import Markup, element, joined
from staygreen.core.pictures.period import Stretch
from staygreen.core.pictures.reported import dmarc, ladder
from staygreen.core.pictures.style import STYLE
from staygreen.core.wording import utc_time

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""The page forbids itself to load anything and to run anything (Content Security Policy Level 3)."""


def report(facts: Facts) -> str:
    """Everything that is known of a deployed sender, as one HTML document."""
    return _document(f"Mail reputation of {facts.sender}", facts, pictures(facts))


def for_case(facts: Facts, address: str) -> str:
    """What goes with a delisting request: one address, without anything of another.

    Args:
        facts: Those of the address alone.
        address: As the request names it.
    """
    cases = [case_page.case(each) for each in facts.cases if each.ip == address]
    parts = (
        *cases,
        reputation_calendar.calendar(facts),
        incident_timeline.timeline(facts),
        refusals.refusals(facts),
        ses_rates.complaints(facts),
    )
    return _document(f"Reputation of {address}", facts, joined(parts))


def pictures(facts: Facts) -> Markup:
    """Every picture of which there are facts."""
    return joined(
        (
            reputation_calendar.calendar(facts),
            incident_timeline.timeline(facts),
            refusals.refusals(facts),
            ses_rates.rates(facts),
            ses_rates.complaints(facts),
            dmarc.dmarc(facts),
            ladder.ladder(facts),
            coverage.coverage(facts),
        )
    )


def _document(title: str, facts: Facts, body: Markup) -> str:
    missing = short_verdict.not_asked(facts)
    days = Stretch(facts.period.first, facts.period.last)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        # the style is the project's own, and no attribute of a style is ever made
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", STYLE),
    )
    main = element(
        "main",
        element("h1", title),
        element("p", f"{days} (UTC), made at {utc_time(facts.now)} by staygreen", class_="soft"),
        element("p", missing, class_="warn") if missing else "",
        [element("p", each, class_="lead") for each in short_verdict.sentences(facts)],
        body,
    )
    return f"<!DOCTYPE html>\n{element('html', head, element('body', main), lang='en')}\n"
