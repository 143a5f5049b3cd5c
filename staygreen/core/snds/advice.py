"""What SNDS findings mean for mail and what to do next, as prose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from staygreen.core.finding import Advice
from staygreen.core.snds.rest_answer import Reason
from staygreen.core.snds.token import LOGIN_COMMAND

# The stable link on Microsoft's portal (verified 2026-11-23).
_FORM = "http://go.microsoft.com/fwlink/?LinkID=614866"
_PORTAL = "https://substrate.office.com/ip-domain-management-snds/SNDS"
_LINKS_PAGE = f"{_PORTAL}/Auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What one finding means; `{subject}` or `{source}` stands for what it is about."""

    title: str
    consequence: str
    meaning: str
    steps: tuple[str, ...]
    link: str = ""


_BY_WORD: Mapping[str, _Said] = {
    "red": _Said(
        title="SNDS grades {subject} red",
        consequence="Outlook.com and Hotmail judge more than 90 % of the mail from {subject} to be spam.",
        meaning="Microsoft graded the day red. Mail goes to the junk folder, and refusals usually follow.",
        steps=(
            "Stop campaigns from {subject}.",
            "Find what changed on that day: a list, a template, a customer.",
            "Send only to people who opened or clicked lately until the colour is green again.",
            "Then ask Microsoft for mitigation, its word for easing the filter.",
        ),
        link=_FORM,
    ),
    "yellow": _Said(
        title="SNDS grades {subject} yellow",
        consequence="Outlook.com and Hotmail judge 10 % to 90 % of the mail from {subject} to be spam.",
        meaning="Microsoft graded it yellow on days in a row. Part of the mail lands in the junk folder; red often "
        "follows.",
        steps=(
            "Hold back what is new: lists, templates, volume.",
            "Compare what was sent on these days with the days before.",
        ),
    ),
    "blocked": _Said(
        title="Outlook.com refuses {subject}, says SNDS",
        consequence="Outlook.com and Hotmail refuse mail from {subject} now.",
        meaning="The address is in Microsoft's status report as blocked, alone or with the range around it.",
        steps=(
            "Stop sending from {subject}.",
            "Fix the cause that the report names.",
            "Then ask Microsoft to lift the block.",
        ),
        link=_FORM,
    ),
    "junked": _Said(
        title="Outlook.com junks mail from {subject}, says SNDS",
        consequence="Outlook.com and Hotmail put mail from {subject} in the junk folder.",
        meaning="The address is in Microsoft's status report. A row that says “not blocked” there still means junked.",
        steps=(
            "Fix the cause that the report names.",
            "Then ask Microsoft for mitigation, its word for easing the filter.",
        ),
        link=_FORM,
    ),
    "complaints": _Said(
        title="Too many complaints about {subject} at Outlook.com",
        consequence="Readers at Outlook.com and Hotmail mark too much mail from {subject} as junk.",
        meaning="The complaint rate counts complaints by the day they were made. Above 0.3 % Microsoft's filters turn.",
        steps=(
            "Enrol the address in JMRP, Microsoft's feed of complaints, to learn who complains.",
            "Suppress them.",
            "Make unsubscribing one click.",
        ),
        link=f"{_PORTAL}/Jmrp",
    ),
    "traps": _Said(
        title="{subject} sends to Microsoft's spam traps",
        consequence="{subject} sends to addresses that Microsoft keeps only to catch spam.",
        meaning="Nobody ever subscribed a trap: a list was bought, guessed, or not cleaned for years.",
        steps=("Find the newest or oldest list that {subject} sent to on that day and stop using it.",),
    ),
    "recipients": _Said(
        title="Microsoft refuses many recipients of {subject}",
        consequence="Microsoft does not accept many of the recipients that {subject} names.",
        meaning="A list has many addresses that do not exist. To a filter this looks like guessing addresses, which "
        "gets senders blocked.",
        steps=("Suppress every address that bounced.", "Look for a list that was imported lately."),
    ),
    "data_stopped": _Said(
        title="SNDS stopped reporting on {subject}",
        consequence="Microsoft stopped reporting on {subject}, although it still sends.",
        meaning="Either less than about 100 messages a day reach Microsoft, or access to the address was withdrawn.",
        steps=("Look in the portal whether the address is still in the list of your networks.",),
        link=_PORTAL,
    ),
    "ses_data_stopped": _Said(
        title="AWS stopped reporting SNDS data of {subject}",
        consequence="AWS stopped reporting what Microsoft says about {subject}, although SES sends as before.",
        meaning="Either less than about 100 messages a day go from this address to Microsoft, or AWS no longer "
        "publishes its metrics. SES does not count by recipient, so the two cannot be told apart from here.",
        steps=(
            "Look whether the address is still in the pool that sends.",
            "Look whether other addresses still have SNDS.* metrics in CloudWatch.",
        ),
    ),
}

_BY_REASON: Mapping[Reason, _Said] = {
    Reason.AUTH_EXPIRED: _Said(
        title="{source} wants a new login",
        consequence="Nothing new is learned from {source}: Microsoft no longer takes our login.",
        meaning="The stored login ran out or was withdrawn. Addresses keep their last state until it is too old, then "
        "they are unknown.",
        steps=(f"Run `{LOGIN_COMMAND}` and log in with the account that has the networks.",),
    ),
    Reason.ACCESS_LAPSED: _Said(
        title="{source}: this account has no access any more",
        consequence="Nothing new is learned from {source}: Microsoft says that this account has no access.",
        meaning="Access to a network ends ten months after it was given unless it is confirmed again.",
        steps=("Request access to the networks again in the portal.", "Then run `staygreen snds status`."),
    ),
    Reason.SCHEMA_DRIFT: _Said(
        title="{source} answers in an unknown form",
        consequence="What {source} answers is no longer understood in full.",
        meaning="Microsoft changed the form of the report. Rows that can be read without guessing are used, others are "
        "not.",
        steps=("Look at the kept body and update staygreen.", "Until then check colours in the portal."),
    ),
    Reason.SOURCE_DOWN: _Said(
        title="{source} does not answer",
        consequence="Nothing new is learned from {source}: it does not answer.",
        meaning="The service or the way to it is disturbed. Addresses keep their last state until it is too old.",
        steps=(
            "Wait for the next run.",
            "If it lasts for a day, open the portal by hand to see whether it works.",
        ),
    ),
    Reason.STALE: _Said(
        title="{source} has had no news for days",
        consequence="What {source} says is too old to be believed.",
        meaning="It answers, but has had no news for days.",
        steps=("Compare with the colours in the portal.",),
    ),
}
WORDS = tuple(_BY_WORD)
"""Bad states of one address."""
REASONS = tuple(_BY_REASON)
"""Why a source was not usable."""
_NEW_LINK = ("Make a new link in the portal.", "Store its address and date in the link secret.")


def about_address(word: str, subject: str, identifier: str) -> Advice:
    """What a bad state of one address means.

    Args:
        word: `red`, `yellow`, `blocked`, `junked`, `complaints`, `traps`, `recipients`, `data_stopped` or
            `ses_data_stopped`.
        subject: The address, as a person calls it.
        identifier: The address alone, for the title.
    """
    said = _BY_WORD[word]
    return Advice(
        title=said.title.format(subject=identifier),
        consequence=said.consequence.format(subject=subject),
        meaning=said.meaning,
        steps=tuple(step.format(subject=subject) for step in said.steps),
        link=said.link,
        runbook=f"snds#{word}",
    )


def about_source(reason: Reason, source: str) -> Advice:
    """What it means that a source was not usable."""
    if source == "snds_link" and reason is Reason.AUTH_EXPIRED:
        return about_dead_link()
    said = _BY_REASON[reason]
    return Advice(
        title=said.title.format(source=source),
        consequence=said.consequence.format(source=source),
        meaning=said.meaning,
        steps=said.steps,
        link="" if reason is Reason.AUTH_EXPIRED else _PORTAL,
        runbook=f"snds#{reason.value}",
    )


def about_dead_link() -> Advice:
    """What to do when the report link no longer works."""
    return Advice(
        title="The SNDS report link has ended",
        consequence="Nothing new is learned from the report link: it answers with a login page.",
        meaning="Report links end 30 days after they were made.",
        steps=_NEW_LINK,
        link=_LINKS_PAGE,
        runbook="snds#link_age",
    )


def about_link_age(age_days: int) -> Advice:
    """What to do about a link that will end soon."""
    left = max(30 - age_days, 0)
    return Advice(
        title=f"The SNDS report link ends in {left} days",
        consequence=f"The report link ends in {left} days; then nothing is learned about the addresses behind it.",
        meaning="Report links end 30 days after they were made, and only a person can renew them.",
        steps=_NEW_LINK,
        link=_LINKS_PAGE,
        runbook="snds#link_age",
    )


def about_attestation(network: str, attested: date, months: int) -> Advice:
    """What to do about a network whose access ends after ten months."""
    ends = "has ended by now" if months >= 10 else "ends after ten months"
    return Advice(
        title=f"SNDS access to {network} {ends}",
        consequence=f"Access to SNDS data for {network} {ends}; without it every address in it is unknown.",
        meaning=f"It was confirmed on {attested.isoformat()}; Microsoft asks again every ten months.",
        steps=("Confirm it in the portal.", "Then write the new date into the configuration."),
        link=_PORTAL,
        runbook="snds#attestation",
    )
