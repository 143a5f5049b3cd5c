"""What a blocklist's answer means for mail and what to do next, as prose.

The first sentence says what happens to mail. No word is used that a person who runs mail servers
for the first time would have to look up, or it is explained beside.
"""

from __future__ import annotations

from staygreen.core.blocklist.catalogue import Code, Entry, Scope, Weight
from staygreen.core.blocklist.dnsbl import Reason
from staygreen.core.blocklist.selection import NotCovered
from staygreen.core.blocklist.sweep import Result
from staygreen.core.finding import Advice, Subject
from staygreen.core.naming import SENDER_TAG
from staygreen.core.wording import named

RUNBOOK = "blocklist"


def for_listing(result: Result, subject: Subject) -> Advice:
    """The advice for a listing that is about the subject itself, or for a range that it should not send from."""
    own = [code for code in result.answer.codes if code.scope.is_own]
    if not own:
        return _policy(result, subject)
    if any(code.scope is Scope.DOMAIN for code in own):
        return _domain(result, subject)
    return _host(result, subject)


def _called(subject: Subject) -> str:
    return named(subject.id, subject.label)


def _effect(codes: tuple[Code, ...], entry: Entry) -> str:
    """What receivers do, as strongly as the list's weight allows to say."""
    weight = min((list(Weight).index(code.weight) for code in codes), default=len(Weight) - 1)
    return (
        f"is being refused by the many receivers that read {entry.name}",
        f"is refused or put into junk by receivers that read {entry.name}",
        f"may be refused or put into junk by the receivers that read {entry.name}",
        f"is hardly touched: few receivers read {entry.name}",
    )[weight]


def _removal(entry: Entry, what: str) -> str:
    """Whom to ask for what, and how; or that there is nobody to ask."""
    how = f" How: {_inside(entry.delist_how)}." if entry.delist_how else ""
    ends = f" It ends: {_inside(entry.expiry)}." if entry.expiry not in ("", "None") else ""
    if entry.removable:
        return f"Then ask for {what}.{how}{ends}"
    return f"Then wait: there is nobody to ask.{how}{ends}"


_CAUSE = "Stop the cause: see which mail left this address in the last two days, and stop what nobody asked for."
_REMOVED_TOO_EARLY = " A removal before that lasts until the next message."


def _is_about(entry: Entry, name: str) -> str:
    return f"{name} is listed on {entry.name}"


def _inside(text: str) -> str:
    """The text inside a sentence; an abbreviation keeps its capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _host(result: Result, subject: Subject) -> Advice:
    entry = result.entry
    return Advice(
        consequence=f"Mail from {_called(subject)} {_effect(result.answer.codes, entry)}.",
        meaning=(f"{entry.name} is a public list of addresses, which receivers consult before they take mail."),
        title=_is_about(entry, subject.id),
        title_over=f"{subject.id} is off {entry.name}",
        steps=(f"{_CAUSE}{_REMOVED_TOO_EARLY if entry.removable else ''}", _removal(entry, "removal")),
        link=entry.delist_url,
        runbook=f"{RUNBOOK}#an-address-is-listed",
    )


def _domain(result: Result, subject: Subject) -> Advice:
    entry = result.entry
    above = "" if result.name == subject.id else f" What is listed is {result.name}, which it lies below."
    return Advice(
        consequence=f"Mail that names {_called(subject)} {_effect(result.answer.codes, entry)}.",
        meaning=(
            f"{entry.name} is a public list of domains, which receivers look for in sender addresses and links."
            f"{above} Changing the sending address does not help."
        ),
        title=_is_about(entry, subject.id),
        title_over=f"{subject.id} is off {entry.name}",
        steps=(
            "Find out whether the site or its redirects were abused, or whether recipients did not ask for the mail, "
            "and end that.",
            _removal(entry, "removal"),
        ),
        link=entry.delist_url,
        runbook=f"{RUNBOOK}#a-domain-is-listed",
    )


def _policy(result: Result, subject: Subject) -> Advice:
    entry = result.entry
    return Advice(
        consequence=f"Mail from {_called(subject)} is refused by receivers that read {entry.name}.",
        meaning=(
            "Nobody accuses this address of spam. It lies in a range that is said not to send mail directly, "
            "as ranges of cloud providers are until an address is set up for it."
        ),
        title=_is_about(entry, subject.id),
        title_over=f"{subject.id} is off {entry.name}",
        steps=(
            "Make sure that it is an Elastic IP with a reverse DNS name of your own, and that AWS has lifted the "
            "restriction on sending mail from it.",
            _removal(entry, "an exemption"),
        ),
        link=entry.delist_url,
        runbook=f"{RUNBOOK}#an-address-lies-in-a-range-that-should-not-send",
    )


def for_coverage(entry: Entry, reason: Reason) -> Advice:
    """The advice for a list whose answers can't be believed or did not come."""
    return Advice(
        consequence=f"A listing on {entry.name} would go unseen: it could not be used in this run.",
        meaning=f"{_WHY[reason]} This says nothing about your addresses, neither good nor bad.",
        title=f"{entry.name} gives no usable answer",
        title_over=f"{entry.name} answers again",
        steps=_NEXT.get(
            reason,
            ("Wait for the next runs.", "If it lasts, turn the list off in the configuration (monitor.blocklist.off)."),
        ),
        runbook=f"{RUNBOOK}#a-list-could-not-be-used",
    )


_WHY = {
    Reason.REFUSED: "The list refused to answer the resolver or the key that we asked with.",
    Reason.BAD_QUERY: "The list says that it was asked the wrong kind of question, which is a fault of this program.",
    Reason.UNRECOGNISED_CODE: "The list gave an answer whose meaning is not known here.",
    Reason.OUTSIDE_127: (
        "The answer was a web server's address: the list's domain may have expired, or the resolver rewrites answers."
    ),
    Reason.FOREIGN_CNAME: "The answer led out of the list's own domain: it may have expired and been parked.",
    Reason.ZONE_GONE: "The list's DNS zone does not exist any more.",
    Reason.WILDCARD: "The list has names that it never can have: it lists everything.",
    Reason.NO_POSITIVE: "The list does not have its own test entry, so that it has nothing else says nothing.",
    Reason.TIMEOUT: "Questions to the list got no answer in time.",
    Reason.SERVFAIL: "The list's DNS servers failed.",
    Reason.MALFORMED: "What came back is not a DNS answer that can be read.",
    Reason.LIST_FAULT: "The list has a subject that is known to be clean, so its other listings are in doubt.",
    Reason.NO_RESOLVER: "No DNS resolver answered.",
    Reason.NOT_ASKED: "The question could not be put, or the run's time was over before its answer.",
    Reason.QUOTA: "The list allows too few questions a day to be asked about every subject in every run.",
}
_NEXT = {
    Reason.QUOTA: (
        "Nothing, if it is enough that everyone has a turn.",
        "Otherwise run the check less often (monitor.blocklist.schedule), or agree on more questions with the list's "
        "operator.",
    ),
    Reason.REFUSED: (
        "Check the list's terms: it may want a key or a registered resolver.",
        "If you do not need it, turn it off in the configuration (monitor.blocklist.off).",
    ),
    Reason.NOT_ASKED: (
        "If it lasts, there is more to look up than one function can: let the run be divided "
        "(monitor.blocklist.fleet), or turn lists off (monitor.blocklist.off).",
    ),
    Reason.BAD_QUERY: ("Report it to the maintainers with the evidence.",),
    Reason.UNRECOGNISED_CODE: ("Look the raw answer up at the list's operator and report it to the maintainers.",),
    Reason.ZONE_GONE: ("Turn the list off in the configuration (monitor.blocklist.off); it has probably ended.",),
    Reason.LIST_FAULT: (
        "Look the canary up at the list's operator.",
        "If it really is listed, replace the canary.",
    ),
}


def for_missing_dns() -> Advice:
    """The advice when no resolver answers."""
    return Advice(
        consequence="No listing would be seen on any blocklist: DNS did not answer in this run.",
        meaning="No list could be asked, since no resolver gave a usable answer. Your addresses may be listed or not.",
        title="DNS did not answer: no blocklist was asked",
        steps=(
            "Check the resolver named in the configuration (monitor.blocklist.resolver) and the function's network.",
        ),
        runbook=f"{RUNBOOK}#dns-does-not-answer",
    )


def for_missing_shards() -> Advice:
    """The advice when parts of a divided sweep did not report."""
    return Advice(
        consequence="Listings of some subjects would go unseen: the functions that look them up failed in this run.",
        meaning="The sweep is divided among several functions. Some failed each time they were tried.",
        title="Parts of the blocklist sweep did not report",
        steps=("Read the log of the function shard-blocklist, and the executions of the state machine.",),
        runbook=f"{RUNBOOK}#shards-did-not-report",
    )


def for_missing_subjects() -> Advice:
    """The advice when there is nothing to look up."""
    return Advice(
        consequence="Nothing is watched on blocklists: no address and no domain was found.",
        meaning=(
            f"The account has no SES domain and no dedicated IP, no Elastic IP carries the tag {SENDER_TAG} "
            "with this sender's name, and the configuration adds none."
        ),
        title="Nothing is watched on blocklists",
        steps=("Check the account and region, tag the Elastic IPs, or name subjects in the configuration.",),
        runbook=f"{RUNBOOK}#nothing-is-watched",
    )


def for_not_covered(gap: NotCovered) -> Advice:
    """The advice for a list that the configuration wants and that is not asked."""
    return Advice(
        consequence=f"A listing on {gap.name} would go unseen: it is not asked.",
        meaning=f"{gap.text}.",
        title=f"{gap.name} is not asked",
        steps=("Correct the secret or the configuration (monitor.blocklist).",),
        runbook=f"{RUNBOOK}#a-list-is-not-covered",
    )
