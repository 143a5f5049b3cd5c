"""Whether a custom MAIL FROM domain leads bounces back to SES and lets SES send."""

from __future__ import annotations

from collections.abc import Iterator

from staygreen.core.dns.message import Question, RecordType
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.judgement import Judgement, bad, settled, silent, unknown
from staygreen.core.published.spf_evaluation import records_of
from staygreen.core.records import mail_from, spf
from staygreen.core.records.fault import Fault
from staygreen.core.records.mail_from import MailFromMx
from staygreen.core.records.spf_cost import tree

MX, SPF = "mail_from_mx", "mail_from_spf"
CAUSES = (MX, SPF)
_SES = "amazonses.com"


def questions(name: str) -> tuple[Question, ...]:
    """What `judge` is going to ask first."""
    return (Question(name, RecordType.MX), Question(name, RecordType.TXT))


def judge(name: str, region: str, answers: Answers) -> tuple[Judgement, ...]:
    """Judge the MX and the SPF record of a MAIL FROM domain.

    Args:
        name: The MAIL FROM domain.
        region: The identity's region, which the MX must name.
        answers: What DNS says.
    """
    found = [*_mx(name, region, answers), *_spf(name, answers)]
    return settled(CAUSES, found, f"{name} leads bounces back to SES in {region} and lets SES send")


def _mx(name: str, region: str, answers: Answers) -> Iterator[Judgement]:
    reply = answers.ask(name, RecordType.MX)
    if not reply.is_answered:
        yield from silent((MX,), reply)
        return
    wanted = str(MailFromMx(region=region))
    raw = " | ".join(reply.values[:10])
    parsed = [mail_from.parse(value) for value in reply.values[:10]]
    if not parsed:
        yield bad(MX, f"the MAIL FROM domain {name} has no MX record: bounces are lost", name=name)
    elif len(parsed) > 1:
        yield bad(
            MX, f"the MAIL FROM domain {name} has {len(reply.values)} MX records, and SES wants one", name=name, raw=raw
        )
    elif isinstance(parsed[0], Fault):
        yield bad(MX, f"the MX of the MAIL FROM domain {name} is {raw}, not {wanted}", name=name, raw=raw)
    elif parsed[0].region != region:
        text = f"the MX of the MAIL FROM domain {name} leads to {parsed[0].region}; the identity is in {region}"
        yield bad(MX, text, name=name, raw=raw)


def _spf(name: str, answers: Answers) -> Iterator[Judgement]:
    reply = answers.ask(name, RecordType.TXT)
    if not reply.is_answered:
        yield from silent((SPF,), reply)
        return
    records = records_of(reply)
    if len(records) != 1:
        how = "no SPF record" if not records else f"{len(records)} SPF records"
        yield bad(SPF, f"the MAIL FROM domain {name} has {how}: SES's mail does not pass SPF", name=name)
        return
    parsed = spf.parse(records[0])
    if isinstance(parsed, Fault):
        yield bad(SPF, f"the SPF record of {name} cannot be read {parsed}", name=name, raw=records[0])
    elif not any(_lets_ses_send(term) for term in parsed.terms):
        text = f"the SPF record of the MAIL FROM domain {name} has no include:{_SES}"
        yield bad(SPF, text, name=name, raw=records[0])
    else:
        whole = tree(name, records[0], answers)
        if whole.faults or whole.lookups > spf.MAX_LOOKUPS:
            why = whole.faults[0] if whole.faults else f"it makes receivers ask DNS {whole.lookups} times"
            yield bad(SPF, f"the SPF record of {name} fails everywhere: {why}", name=name, raw=records[0])
        elif whole.silent:
            yield unknown(SPF, f"DNS did not answer for {whole.silent[0]}", "silent", name=whole.silent[0])


def _lets_ses_send(term: spf.Term) -> bool:
    return (
        isinstance(term, spf.Directive)
        and term.mechanism == "include"
        and term.qualifier in ("", "+")
        and term.value.lower().rstrip(".") == _SES
    )
