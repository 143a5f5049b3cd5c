"""What each cause in SES's own view of a sender means for mail and what to do next, as prose.

`{subject}` in the text is filled with what a person calls the subject.
"""

from __future__ import annotations

from collections.abc import Mapping

from staygreen.core.advice import AdviceTemplate
from staygreen.core.finding import Severity
from staygreen.core.ses.reputation import BOUNCES, COMPLAINTS, HURT, KINDS, OTHER_ADVICE, PAUSED, REVIEW, SUPPRESSION

_METRICS = "https://console.aws.amazon.com/ses/home#/reputation"
_ADVISOR = "https://console.aws.amazon.com/ses/home#/vdm/advisor"
_CRITICAL, _WARNING, _INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


def _advice(about: str) -> AdviceTemplate:
    return AdviceTemplate(
        severity=_INFO,
        title=f"SES advice about {about}",
        consequence=f"SES advises that {about} hurts the delivery of your mail.",
        meaning="Virtual Deliverability Manager found it; the evidence has its words.",
        steps=("Open the advice in the console and do what it says; it resolves itself.",),
        link=_ADVISOR,
    )


CAUSES: Mapping[str, AdviceTemplate] = {
    BOUNCES: AdviceTemplate(
        severity=_WARNING,
        title="Too many bounces of {subject}",
        consequence="AWS will review {subject}, and may pause all sending, if bounces go on like this.",
        meaning="Too many messages go to addresses that do not exist: a list that is old, bought or guessed.",
        steps=("Stop the newest list.", "Suppress what bounced.", "Confirm new addresses before they are used."),
        link=_METRICS,
    ),
    COMPLAINTS: AdviceTemplate(
        severity=_WARNING,
        title="Too many complaints about {subject}",
        consequence="AWS will review {subject}, and may pause all sending, if complaints go on like this.",
        meaning="Too many readers mark the mail as junk. Microsoft and Gmail count the same.",
        steps=("Find the campaign with most complaints, and stop it.", "Make unsubscribing one click."),
        link=_METRICS,
    ),
    PAUSED: AdviceTemplate(
        severity=_CRITICAL,
        title="SES refuses all mail of {subject}",
        consequence="SES refuses all mail of {subject} now.",
        meaning="Sending was switched off: by AWS, by a repair, by an automatism of yours, or by hand.",
        steps=(
            "Find out who switched sending off.",
            "Was it AWS, answer its mail to the account's contact; else switch it on again.",
        ),
        link=_METRICS,
    ),
    REVIEW: AdviceTemplate(
        severity=_WARNING,
        title="AWS reviews {subject}",
        consequence="AWS may pause all sending when its review of {subject} ends without improvement.",
        meaning="The account is under review for bounces, complaints or content.",
        steps=("Stop today what caused it.", "Answer AWS's case with what you found and changed."),
        link=_METRICS,
    ),
    HURT: AdviceTemplate(
        severity=_WARNING,
        title="SES may stop the mail of {subject}",
        consequence="SES may stop the mail of {subject}.",
        meaning="SES follows its reputation by itself. A finding of high impact pauses a tenant.",
        steps=("Look at the resource in the console.", "Repair what the finding names."),
        link=_METRICS,
    ),
    SUPPRESSION: AdviceTemplate(
        severity=_WARNING,
        title="The suppression list of {subject} grows fast",
        consequence="Many more addresses than usual bounced or complained: the rates of {subject} will follow.",
        meaning="Each of them was put on the account's suppression list.",
        steps=("Find out which list or campaign the addresses came from, and stop it.",),
        link=_METRICS,
    ),
    "advice_ip_listing": _advice("a blocklist that lists an address of yours"),
    "advice_feedback_3p": _advice("what a mailbox provider reports of you"),
    "advice_complaint": _advice("the number of complaints"),
    "advice_bounce": _advice("the number of bounces"),
    **{f"advice_{kind.lower()}": _advice(f"the {kind} record of a domain") for kind in KINDS[1:5]},
    OTHER_ADVICE: _advice("something"),
}
