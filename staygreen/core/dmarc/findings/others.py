"""What is told of mail that is not ours: undeclared senders and campaigns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from staygreen.core.dmarc.findings.wording import messages, named, of_day, plain, said, slug, trouble
from staygreen.core.dmarc.judgement.strangers import CampaignResult, Undeclared, UndeclaredResult
from staygreen.core.finding import Advice, Finding, Severity, State

CAMPAIGN = "campaign"
_URGENT = (Undeclared.OTHER_SES_ACCOUNT, Undeclared.KEY_IN_DNS, Undeclared.SPF_ALONE, Undeclared.SERVICE)
"""The first are somebody of ours, nearly always."""
_ANCHORS = {
    Undeclared.OTHER_SES_ACCOUNT: "other-ses-account",
    Undeclared.KEY_IN_DNS: "undeclared-key",
    Undeclared.SPF_ALONE: "undeclared-spf",
    Undeclared.SERVICE: "undeclared-service",
}


def undeclared(domain: str, results: Sequence[UndeclaredResult], now: datetime) -> Iterator[Finding]:
    """One finding for each service, however many addresses it has."""
    for each in sorted(results, key=lambda result: (_URGENT.index(result.kind), -result.messages)):
        cause = f"{each.kind.value}_{slug(each.service)}"
        if each.state is not State.BAD:
            yield plain(domain, cause, each.state, now)
            continue
        text = (
            f"{messages(each.messages)} since {of_day(each.first)}, last on {of_day(each.last)}, by "
            f"{named(each.reporters)}; "
            f"{each.passing:,} of them pass DMARC"
        )
        yield trouble(
            domain,
            cause,
            now,
            since=each.first,
            severity=Severity.WARNING,
            evidence=(said(text, now, each.service),),
            advice=_advice(domain, each),
        )


def _advice(domain: str, each: UndeclaredResult) -> Advice:
    declare = f"If it is meant: declare it as `[[domain.sender]]` of {domain}, and have it sign in your name."
    count = f"{messages(each.messages)} since {of_day(each.first)}"
    consequence, meaning, title, steps = {
        Undeclared.OTHER_SES_ACCOUNT: (
            f"Mail of {domain} leaves SES without a signature of ours: {count}.",
            "It comes from addresses of SES, and SES lets nobody send who has not verified the domain or an address "
            "of it. "
            "So it is another AWS account of the company, or an identity for a single address that does not sign; "
            "hardly "
            "ever a stranger. This account's own signed mail did not become less meanwhile.",
            f"Another SES account sends as {domain}",
            (
                "Ask in the company which other AWS account sends, and look in this one for identities that are single "
                "addresses: `aws sesv2 list-email-identities`.",
                "Have it sign with DKIM in the domain's name, or take its verification away.",
            ),
        ),
        Undeclared.KEY_IN_DNS: (
            f"Somebody signs mail as {domain} with the selector {each.service}, which nobody declared: {count}.",
            "The key is published in your DNS, so somebody of yours put it there. The mail passes DMARC.",
            f"An undeclared key signs mail of {domain}",
            (declare, f"Else remove {each.service}._domainkey.{domain}."),
        ),
        Undeclared.SPF_ALONE: (
            f"Mail of {domain} from {each.service} passes by SPF, and nobody declared it: {count}.",
            "A mechanism of your SPF record lets it. It may be a service of yours, or any other customer of a service "
            "that "
            "you include.",
            f"An undeclared sender passes SPF as {domain}",
            (
                f"Find the mechanism that lets it: `staygreen check auth {domain}`.",
                declare,
                "Else take the mechanism out.",
            ),
        ),
        Undeclared.SERVICE: (
            f"{each.service} sends mail as {domain}, and nobody declared it: {count}.",
            "Nothing of it is aligned, so it fails DMARC. It may be a department that uses the service, or somebody "
            "who "
            "abuses it: reports cannot tell.",
            f"An undeclared service sends as {domain}",
            ("Ask who uses this service in your name.", declare, "Else leave it to your policy."),
        ),
    }[each.kind]
    return Advice(
        consequence=consequence,
        meaning=meaning,
        title=title,
        title_over=f"{each.service} no longer sends as {domain}",
        steps=steps,
        runbook=f"dmarc#{_ANCHORS[each.kind]}",
        by_itself="It closes when the sender is declared, or was not seen for 30 days.",
    )


def campaign(domain: str, policy: str, result: CampaignResult, now: datetime) -> Finding:
    """One finding for a domain, told when a campaign begins and when it is over."""
    if result.state is not State.BAD or result.first is None:
        return plain(domain, CAMPAIGN, result.state, now)
    text = (
        f"{messages(result.messages)} since {of_day(result.first)}, {result.stopped:,} of them quarantined or "
        f"rejected, by "
        f"{named(result.reporters)}; usual were {result.usual:,.0f} a day"
    )
    if result.is_stopped:
        rest = "Nearly all of it was quarantined or rejected."
    elif policy == "none":
        rest = "Your policy asks receivers to do nothing about it."
    else:
        rest = "Not all of it was quarantined or rejected."
    return trouble(
        domain,
        CAMPAIGN,
        now,
        since=result.first,
        severity=Severity.INFO if result.is_stopped else Severity.WARNING,
        evidence=(said(text, now),),
        advice=Advice(
            consequence=f"Others send mail as {domain}: {messages(result.messages)} since {of_day(result.first)}. "
            f"{rest}",
            meaning="The mail passes neither SPF nor DKIM in your name, and two receivers report it. Its volume is far "
            "above what is usual. Our own mail is not affected by it, as long as it passes.",
            title=f"A campaign sends as {domain}",
            title_over=f"The campaign as {domain} is over",
            steps=(
                "See that none of its addresses is yours: `staygreen reports sources`.",
                "Else nothing is to be repaired: your policy decides what receivers do with it. `staygreen dmarc ready "
                f"{domain}` says whether it can go further.",
            ),
            runbook="dmarc#campaign",
            by_itself="It is over after three days of reports below what is usual.",
        ),
    )
