"""What SNDS findings mean for mail and what to do next, as prose."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from staygreen.core.finding import Advice
from staygreen.core.snds.rest_answer import Reason
from staygreen.core.snds.token import LOGIN_COMMAND

# The stable link on Microsoft's portal (verified 2026-11-23).
_FORM = "http://go.microsoft.com/fwlink/?LinkID=614866"
_PORTAL = "https://substrate.office.com/ip-domain-management-snds/SNDS"
_LINKS_PAGE = f"{_PORTAL}/Auto"

_BY_WORD: Mapping[str, tuple[str, str, str, str]] = {
    "red": (
        "Outlook.com and Hotmail judge more than 90 % of the mail from {subject} to be spam.",
        "Microsoft graded the day red. Mail goes to the junk folder, and refusals usually follow.",
        "Stop campaigns from {subject}, find what changed on that day (a list, a template, a customer), and send only "
        "to people who opened or clicked lately until the colour is green again. Then ask Microsoft for mitigation, "
        "its word for easing the filter.",
        _FORM,
    ),
    "yellow": (
        "Outlook.com and Hotmail judge 10 % to 90 % of the mail from {subject} to be spam.",
        "Microsoft graded it yellow on days in a row. Part of the mail lands in the junk folder; red often follows.",
        "Compare what was sent on these days with the days before; hold back what is new: lists, templates, volume.",
        "",
    ),
    "blocked": (
        "Outlook.com and Hotmail refuse mail from {subject} now.",
        "The address is in Microsoft's status report as blocked, alone or with the range around it.",
        "Stop sending from {subject}, fix the cause that the report names, then ask Microsoft to lift the block.",
        _FORM,
    ),
    "junked": (
        "Outlook.com and Hotmail put mail from {subject} in the junk folder.",
        "The address is in Microsoft's status report. A row that says “not blocked” there still means junked.",
        "Fix the cause that the report names, then ask Microsoft for mitigation, its word for easing the filter.",
        _FORM,
    ),
    "complaints": (
        "Readers at Outlook.com and Hotmail mark too much mail from {subject} as junk.",
        "The complaint rate counts complaints by the day they were made. Above 0.3 % Microsoft's filters turn.",
        "Enrol the address in JMRP, Microsoft's feed of complaints, to learn who complains; suppress them, and make "
        "unsubscribing one click.",
        f"{_PORTAL}/Jmrp",
    ),
    "traps": (
        "{subject} sends to addresses that Microsoft keeps only to catch spam.",
        "Nobody ever subscribed a trap: a list was bought, guessed, or not cleaned for years.",
        "Find the newest or oldest list that {subject} sent to on that day and stop using it.",
        "",
    ),
    "recipients": (
        "Microsoft does not accept many of the recipients that {subject} names.",
        "A list has many addresses that do not exist. To a filter this looks like guessing addresses, which gets "
        "senders blocked.",
        "Suppress every address that bounced, and look for a list that was imported lately.",
        "",
    ),
    "data_stopped": (
        "Microsoft stopped reporting on {subject}, although it still sends.",
        "Either less than about 100 messages a day reach Microsoft, or access to the address was withdrawn.",
        "Look in the portal whether the address is still in the list of your networks.",
        _PORTAL,
    ),
    "ses_data_stopped": (
        "AWS stopped reporting what Microsoft says about {subject}, although SES sends as before.",
        "Either less than about 100 messages a day go from this address to Microsoft, or AWS no longer publishes its "
        "metrics. SES does not count by recipient, so the two cannot be told apart from here.",
        "Look whether the address is still in the pool that sends, and whether other addresses still have SNDS.* "
        "metrics in CloudWatch.",
        "",
    ),
}

_BY_REASON: Mapping[Reason, tuple[str, str, str]] = {
    Reason.AUTH_EXPIRED: (
        "Nothing new is learned from {source}: Microsoft no longer takes our login.",
        "The stored login ran out or was withdrawn. Addresses keep their last state until it is too old, then they are "
        "unknown.",
        f"Run `{LOGIN_COMMAND}` and log in with the account that has the networks.",
    ),
    Reason.ACCESS_LAPSED: (
        "Nothing new is learned from {source}: Microsoft says that this account has no access.",
        "Access to a network ends ten months after it was given unless it is confirmed again.",
        "Request access to the networks again in the portal, then run `staygreen snds status`.",
    ),
    Reason.SCHEMA_DRIFT: (
        "What {source} answers is no longer understood in full.",
        "Microsoft changed the form of the report. Rows that can be read without guessing are used, others are not.",
        "Look at the kept body and update staygreen; until then check colours in the portal.",
    ),
    Reason.SOURCE_DOWN: (
        "Nothing new is learned from {source}: it does not answer.",
        "The service or the way to it is disturbed. Addresses keep their last state until it is too old.",
        "Wait for the next run. If it lasts for a day, open the portal by hand to see whether it works.",
    ),
    Reason.STALE: (
        "What {source} says is too old to be believed.",
        "It answers, but has had no news for days.",
        "Compare with the colours in the portal.",
    ),
}


def about_address(word: str, subject: str) -> Advice:
    """What a bad state of one address means.

    Args:
        word: `red`, `yellow`, `blocked`, `junked`, `complaints`, `traps`, `recipients`, `data_stopped` or
            `ses_data_stopped`.
        subject: The address, as a person calls it.
    """
    consequence, meaning, next_step, link = _BY_WORD[word]
    return Advice(
        consequence=consequence.format(subject=subject),
        meaning=meaning,
        next_step=next_step.format(subject=subject),
        link=link,
        runbook=f"snds#{word}",
    )


def about_source(reason: Reason, source: str) -> Advice:
    """What it means that a source was not usable."""
    if source == "snds_link" and reason is Reason.AUTH_EXPIRED:
        return about_dead_link()
    consequence, meaning, next_step = _BY_REASON[reason]
    return Advice(
        consequence=consequence.format(source=source),
        meaning=meaning,
        next_step=next_step,
        link="" if reason is Reason.AUTH_EXPIRED else _PORTAL,
        runbook=f"snds#{reason.value}",
    )


def about_dead_link() -> Advice:
    """What to do when the report link no longer works."""
    return Advice(
        consequence="Nothing new is learned from the report link: it answers with a login page.",
        meaning="Report links end 30 days after they were made.",
        next_step="Make a new link in the portal and store its address and date in the link secret.",
        link=_LINKS_PAGE,
        runbook="snds#link_age",
    )


def about_link_age(age_days: int) -> Advice:
    """What to do about a link that will end soon."""
    left = max(30 - age_days, 0)
    return Advice(
        consequence=f"The report link ends in {left} days; then nothing is learned about the addresses behind it.",
        meaning="Report links end 30 days after they were made, and only a person can renew them.",
        next_step="Make a new link in the portal and store its address and date in the link secret.",
        link=_LINKS_PAGE,
        runbook="snds#link_age",
    )


def about_attestation(network: str, attested: date, months: int) -> Advice:
    """What to do about a network whose access ends after ten months."""
    ends = "has ended by now" if months >= 10 else "ends after ten months"
    return Advice(
        consequence=f"Access to SNDS data for {network} {ends}; without it every address in it is unknown.",
        meaning=f"It was confirmed on {attested.isoformat()}; Microsoft asks again every ten months.",
        next_step="Confirm it in the portal, then write the new date into the configuration.",
        link=_PORTAL,
        runbook="snds#attestation",
    )
