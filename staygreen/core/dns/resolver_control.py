"""Control questions to a resolver: whether what it says of any name can be believed.

A captive portal answers every name with its own address, a filter says that nothing exists, and without a network
nothing answers. Each of them would make records look missing that are there. So names whose answers are known in
advance are asked first: the root and a name that exist (RFC 1034 §3.1), and names that cannot (RFC 6761 §6.4).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from staygreen.core.dns.message import Question, Rcode, RecordType, Reply

ROOT = Question("", RecordType.NS)
EXISTING = Question("amazonses.com", RecordType.TXT)
"""Every sender through SES needs it; its text names the ranges that SES sends from."""


class Trust(Enum):
    """What the controls say of a resolver."""

    BELIEVED = "believed"
    LOCAL = "local"
    """It knows the names asked about, and not the root: it speaks for some zones alone."""
    DEAD = "dead"
    INVENTS = "invents"
    """It has an answer for names that cannot exist."""
    DENIES = "denies"
    """It says that the root and a name that exists do not."""
    REFUSES = "refuses"

    @property
    def is_usable(self) -> bool:
        """Whether its answers say what is published."""
        return self in (Trust.BELIEVED, Trust.LOCAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """The questions of one control."""

    impossible: tuple[Question, ...]
    own: tuple[Question, ...] = ()
    """About the subjects themselves: an answer shows that a resolver which does not know the root speaks for them."""

    @property
    def questions(self) -> tuple[Question, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys((ROOT, EXISTING, *self.impossible, *self.own)))


def controls(token: str, own: Iterable[Question] = ()) -> Controls:
    """The control questions.

    Args:
        token: Fresh random text, so that no cache knows the names.
        own: Questions about the subjects that are to be judged.
    """
    impossible = (Question(f"{token}.invalid"), Question(f"{token}.com"))
    return Controls(impossible=impossible, own=tuple(own))


def own_questions(name: str) -> tuple[Question, ...]:
    """Questions one of which a resolver answers that speaks for a domain."""
    types = (RecordType.SOA, RecordType.NS, RecordType.TXT, RecordType.MX, RecordType.A)
    return (*(Question(name, rtype) for rtype in types), Question(f"_dmarc.{name}", RecordType.TXT))


def judge(asked: Controls, replies: Iterable[Reply]) -> Trust:
    """What the replies to the controls show."""
    by_question = {reply.question: reply for reply in replies}
    known = [by_question[question] for question in (ROOT, EXISTING) if question in by_question]
    impossible = [by_question[question] for question in asked.impossible if question in by_question]
    own = [by_question[question] for question in asked.own if question in by_question]
    if any(reply.values for reply in impossible):
        return Trust.INVENTS
    if any(reply.values for reply in known):
        return Trust.BELIEVED if any(reply.is_answered for reply in impossible) else Trust.DEAD
    if any(reply.values for reply in own):
        return Trust.LOCAL
    replied = [reply for reply in by_question.values() if reply.rcode not in _SILENT]
    if not replied:
        return Trust.DEAD
    return Trust.DENIES if any(reply.is_answered for reply in replied) else Trust.REFUSES


_SILENT = (Rcode.TIMEOUT, Rcode.NOT_ASKED)


_SENTENCES = {
    Trust.DEAD: "DNS does not answer: {resolver} gave no usable reply to the control questions within {seconds:.0f} s",
    Trust.INVENTS: "{resolver} cannot be believed: it answers for names that cannot exist, as a captive portal does",
    Trust.DENIES: "{resolver} cannot be believed: it says that the root of DNS and amazonses.com do not exist",
    Trust.REFUSES: "{resolver} refuses to answer, or fails: not even the root of DNS could be asked",
}


def sentence(trust: Trust, resolver: str, seconds: float) -> str:
    """One sentence for a person about a resolver that is not usable.

    Args:
        trust: What the controls show.
        resolver: Who was asked, in words or as an address.
        seconds: How long it had.
    """
    said = _SENTENCES[trust].format(resolver=resolver, seconds=seconds)
    return f"{said}; nothing in DNS was judged: look at the network, or name another resolver with --resolver."
