"""Wording for grouped alerts: who reports the subjects, and what they may have in common.

What brings many subjects down together is another thing for a blocklist, for a server that refuses, and for
records; so each kind of check has words of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from staygreen.core.finding import SubjectKind
from staygreen.core.incidents.incident import Incident
from staygreen.core.replies import explain
from staygreen.core.replies.decode import System


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The sentences about one group; `{many}` is "5 addresses or domains", `{who}` reports them."""

    title: str
    title_over: str
    opened: str
    cleared: str
    stale: str
    withdrawn: str
    meaning: str
    first: str
    """What to do before the step of the worst of them."""


_LISTED = Words(
    title="{many} listed on {who}",
    title_over="{many} are off {who}",
    opened="Mail from {many} may be refused: {who} reported them all in one run.",
    cleared="{many} are in order again: {who} no longer reports them.",
    stale="Whether {who} still reports {many} can no longer be checked.",
    withdrawn="{who} has not been asked about {many} for a day. Their incidents are closed without an answer.",
    meaning="Two explanations are open: a real event hit all of them, such as a compromised system or a listed "
    "network, or the list itself is at fault. Until one of them is shown, take it as real.",
    first="Look one address up by hand on the list's own page, then for what they have in common.",
)
_RECORDS = Words(
    title="DNS is wrong for {many}",
    title_over="DNS is right again for {many}",
    opened="DNS is wrong for {many}, all found in one run: {causes}.",
    cleared="DNS is right again for {many}, which had this: {causes}.",
    stale="Whether DNS is still wrong for {many} can no longer be checked: {causes}.",
    withdrawn="{many} have not been asked about for a day. Their incidents are closed without an answer.",
    meaning="What breaks for many at once has one cause more often than many: a zone that does not answer as it did, a "
    "change at the provider of an include, an edit of what they share.",
    first="Look for what they have in common: the zone, its name servers, the last change.",
)
_REFUSED = Words(
    title="{who} {does} mail from {many}",
    title_over="{who} takes mail from {many} again",
    opened="{who} {does} mail from {many}{affected}.",
    cleared="{who} takes mail from {many} again: none was {done} for a while in which mail was sent.",
    stale="Whether {who} still {does} mail from {many} is not known: nothing was sent that could tell.",
    withdrawn="No reply of {who} about {many} is on record any more. Their incidents are closed without an answer.",
    meaning="When one receiver turns against many at once, what they share is the likelier cause than each by itself: "
    "a mailing, a list of recipients, a From domain, a jump in volume, or the range that the addresses are in. A "
    "request for one of them lifts one, and does not last while the cause does.",
    first="Look for what they share and stop that first. Then take each on its own; for the worst:",
)
_REPORTED = Words(
    title="{who} speaks against {many}",
    title_over="{who} has nothing against {many} any more",
    opened="Mail from {many} is at risk: {who} spoke against them all in one run.",
    cleared="{many} are in order again: {who} has nothing against them any more.",
    stale="Whether {who} still has something against {many} can no longer be checked.",
    withdrawn="{many} have not been asked about for a day. Their incidents are closed without an answer.",
    meaning="What hits many at once has one cause more often than many: a mailing, a list of recipients, a jump in "
    "volume, or the range that the addresses are in.",
    first="Look for what they share and stop that first. Then take each on its own; for the worst:",
)
_BY_CHECK = {"blocklist": _LISTED, "refusals": _REFUSED, "reverse_dns": _RECORDS, "auth_records": _RECORDS}
_WHO = {
    "auth_records": "DNS",
    "reverse_dns": "DNS",
    "volume": "the count of mail",
    "snds": "Microsoft's SNDS",
    "complaints": "the count of complaints",
    "ses_reputation": "Amazon SES",
    "dmarc": "DMARC reports",
    "tls_reports": "TLS reports",
}
"""Checks whose causes are no name of anybody."""


def words(members: Sequence[Incident]) -> Words:
    """The sentences about a group, filled in.

    Args:
        members: of one check, the worst first.
    """
    chosen = _BY_CHECK.get(members[0].finding.check, _REPORTED)
    values = _values(members)
    return Words(**{name: getattr(chosen, name).format(**values) for name in Words.__dataclass_fields__})


def source(incident: Incident) -> str:
    """Who reports it, as people call it."""
    names = [evidence.data.get("name", "").rstrip(",") for evidence in incident.finding.evidence]
    finding = incident.finding
    return next((name for name in names if name), "") or _WHO.get(finding.check) or finding.cause.replace("_", " ")


def _values(members: Sequence[Incident]) -> dict[str, str]:
    subjects = len({member.subject.key for member in members})
    is_slowed = members[0].finding.cause.startswith("throttled")
    return {
        "many": f"{subjects} {_noun(members)}",
        "who": ", ".join(sorted({_who(member) for member in members})),
        "causes": ", ".join(sorted({_cause(member) for member in members})),
        "does": "slows down" if is_slowed else "refuses",
        "done": "put off" if is_slowed else "refused",
        "affected": _affected(members),
    }


_ACRONYMS = ("ptr", "helo", "spf", "dkim", "dmarc", "mx", "mta", "sts", "tls", "rpt", "ses")


def _cause(incident: Incident) -> str:
    """The word of a cause as people write it, such as ``PTR missing``."""
    words = incident.finding.cause.split("_")
    return " ".join(word.upper() if word in _ACRONYMS else word for word in words)


def _noun(members: Sequence[Incident]) -> str:
    kinds = {member.subject.kind for member in members}
    return {frozenset({SubjectKind.IP}): "addresses", frozenset({SubjectKind.DOMAIN}): "domains"}.get(
        frozenset(kinds), "addresses or domains"
    )


def _who(incident: Incident) -> str:
    return _system(incident) or _WHO.get(incident.finding.check) or source(incident)


def _system(incident: Incident) -> str:
    """The system that refuses, as people call it; empty where a finding rests on no reply."""
    said = next((each.data["system"] for each in incident.finding.evidence if each.data.get("system")), "")
    return explain.NAMES[System(said)] if said else ""


def _affected(members: Sequence[Incident]) -> str:
    """How much mail it hit so far, and whether retrying delivers it."""
    said = [each.data for member in members for each in member.finding.evidence[:1] if "affected_messages" in each.data]
    if not said:
        return ""
    messages = sum(int(each["affected_messages"]) for each in said)
    recipients = sum(int(each["affected_recipients"]) for each in said)
    # one recipient may have been refused from several addresses
    to = f" to at most {recipients} recipients" if recipients else ""
    retries = " ".join(dict.fromkeys(each["retrying"] for each in said))
    return f": {messages} messages{to} so far. {retries}".rstrip(".")
