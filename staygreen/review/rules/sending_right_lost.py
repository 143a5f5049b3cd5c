"""`sending-right-lost`: a user, role or group may no longer send through SES."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from staygreen.core.mail_facts.facts import Fact, Facts, Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.reading.permissions import allowed_actions, covers
from staygreen.core.mail_facts.resolve import is_open
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said

_SENDING = (
    "ses:SendEmail",
    "ses:SendRawEmail",
    "ses:SendTemplatedEmail",
    "ses:SendBulkEmail",
    "ses:SendBulkTemplatedEmail",
    "ses:SendBounce",
    "ses:SendCustomVerificationEmail",
)
_SMTP = "ses:SendRawEmail"
"""What sending by SMTP needs (SES Developer Guide, "Obtaining Amazon SES SMTP credentials", verified 2026-11)."""


def _judge(comparison: Comparison) -> Iterator[Said]:
    before, after = _senders(comparison.base), _senders(comparison.head)
    for holder, rights in before.items():
        fact, now = rights.fact, after.get(holder)
        # a policy that allows all is mail's once it leaves SES out
        is_mail = fact.why or (now is not None and now.fact.why)
        if not is_mail or comparison.is_unread(fact):
            continue
        lost = sorted(rights.actions - (now.actions if now else set()))
        if (now is not None and now.may_have_more) or _is_kept(fact, comparison):
            continue
        if not lost:
            yield from _narrowed(holder, rights, now)
            yield from _bounded(holder, rights, now)
            yield from _untrusted(holder, rights, now)
            continue
        left = sorted(rights.actions & now.actions) if now else []
        stays = _is_there(holder, comparison.head)
        is_user = holder.startswith("user ")
        # who of a group sends is told of each user; a group by itself may be of people alone
        is_group = holder.startswith("group ")
        severe = (is_user and (_SMTP in lost or not stays)) or (stays and not left and not is_group)
        yield Said(
            severity=Severity.STOP if severe else Severity.LOOK,
            fact=now.fact if now else fact,
            subject=f"right to send of {holder}",
            before=", ".join(sorted(rights.actions)),
            after=", ".join(left) or "(none)",
            consequence=_sentence(holder, lost, is_user=is_user, stays=stays),
        )


def _narrowed(holder: str, before: "_Rights", after: "_Rights | None") -> Iterator[Said]:
    """The same actions, but on fewer identities or under more conditions."""
    if after is None:
        return
    gone = sorted(one for one in before.grants - after.grants if not _is_within(one, after.grants))
    if gone:
        yield Said(
            severity=Severity.LOOK,
            fact=after.fact,
            subject=f"right to send of {holder}",
            before="; ".join(gone),
            after="; ".join(sorted(after.grants - before.grants)) or "(none)",
            consequence=f"SES refuses mail that {holder} could send so far: it may no longer {'; '.join(gone)}.",
        )


def _bounded(holder: str, before: "_Rights", after: "_Rights | None") -> Iterator[Said]:
    """A permissions boundary that was not there: what it does not allow is refused, whatever policies say."""
    if after is None or not after.boundary or after.boundary == before.boundary:
        return
    yield Said(
        severity=Severity.LOOK,
        fact=after.fact,
        subject=f"right to send of {holder}",
        before=f"boundary {before.boundary or '(none)'}",
        after=f"boundary {after.boundary}",
        consequence=f"SES refuses mail that {holder} sends unless the permissions boundary {after.boundary} allows it "
        "as well.",
    )


def _untrusted(holder: str, before: "_Rights", after: "_Rights | None") -> Iterator[Said]:
    """Somebody may no longer act as a role that sends."""
    gone = sorted(before.trusted - after.trusted) if after is not None else []
    if after is not None and gone:
        yield Said(
            severity=Severity.LOOK,
            fact=after.fact,
            subject=f"right to send of {holder}",
            before=", ".join(sorted(before.trusted)),
            after=", ".join(sorted(after.trusted)) or "(nobody)",
            consequence=f"{', '.join(gone)} may no longer act as {holder}, and so no longer send through SES with it.",
        )


def _is_within(grant: str, others: set[str]) -> bool:
    """Whether another grant allows at least as much: a wider action on the same target, or on every target."""
    action, _, rest = grant.partition(" on ")
    for other in others:
        pattern, _, whole = other.partition(" on ")
        if other.startswith("* but "):
            if whole in ("", "*", rest) and all(covers(other, one) for one in _SENDING if covers(grant, one)):
                return True
            continue
        wide = allowed_actions(other) if other.endswith(" as a whole") else pattern
        if fnmatchcase(action.lower(), wide.lower()) and whole in ("", "*", rest):
            return True
    return False


class _Rights:
    """What one holder may send with."""

    def __init__(self, fact: Fact) -> None:
        self.fact = fact
        self.grants: set[str] = set()
        self.actions: set[str] = set()
        self.denied: set[str] = set()
        self.may_have_more = False
        self.boundary = ""
        self.trusted: set[str] = set()

    def gain(self, other: "_Rights") -> None:
        """What another one has by right of a group or a policy."""
        self.actions |= other.actions
        self.grants |= other.grants
        self.fact = self.fact if self.fact.why else other.fact


def _senders(side: Facts) -> dict[str, _Rights]:
    """The sending rights of every holder, those of its groups and of policies in the templates included."""
    found: dict[str, _Rights] = {}
    facts = side.of(Kind.PERMISSION)
    for fact in facts:
        for holder in fact.value["holders"]:
            rights = found.setdefault(holder, _Rights(fact))
            rights.fact = rights.fact if rights.fact.why else fact
            rights.grants |= {one for one in fact.value["allow"] if _matched([one])}
            rights.actions |= _matched(fact.value["allow"])
            rights.denied |= _matched([one for one in fact.value["deny"] if " if " not in one])
            rights.trusted |= {str(one) for one in fact.value.get("trusted", ())}
            rights.boundary = str(fact.value.get("boundary", rights.boundary))
            rights.may_have_more |= is_open(list(fact.value["allow"]))
    for fact in facts:
        for holder in fact.value["holders"]:
            _inherit(found, holder, fact)
    for rights in found.values():
        rights.actions -= rights.denied
    return {holder: rights for holder, rights in found.items() if rights.actions or rights.fact.why}


def _inherit(found: dict[str, _Rights], holder: str, fact: Fact) -> None:
    mine = found[holder]
    for other in fact.value.get("groups", ()):
        if other in found:
            mine.gain(found[other])
    for arn in fact.value.get("attached", ()):
        policy = found.get(f"policy {arn}") or found.get(f"policy {arn.rpartition('/')[2]}")
        if policy is not None:
            mine.gain(policy)
        elif ":iam::aws:policy/" not in arn:
            mine.may_have_more = True  # a policy that is not in these templates


def _matched(grants: list[str]) -> set[str]:
    return {action for action in _SENDING if any(covers(grant, action) for grant in grants)}


def _is_kept(fact: Fact, comparison: Comparison) -> bool:
    return fact.resource.place not in {one.resource.place for one in comparison.head.all} and comparison.stays(fact)


def _is_there(holder: str, side: Facts) -> bool:
    """Whether a role, user or group that a policy was for is still known of."""
    return any(holder in fact.value["holders"] for fact in side.of(Kind.PERMISSION))


def _sentence(holder: str, lost: list[str], *, is_user: bool, stays: bool) -> str:
    if is_user and _SMTP in lost:
        return f"SES refuses whoever sends through SMTP with the credentials of {holder}: it loses {', '.join(lost)}."
    then = "" if stays else ", as far as anything still uses it"
    return f"SES refuses mail that {holder} sends with {', '.join(one.removeprefix('ses:') for one in lost)}{then}."


RULE = Rule(
    id="sending-right-lost",
    reason="SES checks the right with every message; most programs log the refusal, and nobody reads it.",
    reference="https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html",
    remedy="Keep the action as long as a program uses it: SMTP and raw mail need ses:SendRawEmail, the rest of the API "
    "ses:SendEmail.",
    change=_judge,
)
