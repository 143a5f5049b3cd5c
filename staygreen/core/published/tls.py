"""Whether declared MTA-STS and TLS-RPT records are published (RFC 8461 §3.1, RFC 8460 §3)."""

from __future__ import annotations

from collections.abc import Mapping

from staygreen.core.dns.message import Question, RecordType
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.judgement import Judgement, bad, settled, silent
from staygreen.core.records import tls

MTA_STS, TLS_RPT = "mta_sts", "tls_rpt"
CAUSES = (MTA_STS, TLS_RPT)
_NAMES = {
    MTA_STS: (tls.MTA_STS_LABEL, f"v={tls.MTA_STS_VERSION}", "MTA-STS"),
    TLS_RPT: (tls.TLS_RPT_LABEL, f"v={tls.TLS_RPT_VERSION}", "TLS-RPT"),
}


def name_of(cause: str, domain: str) -> str:
    """Where the record of a cause is published."""
    return f"{_NAMES[cause][0]}.{domain}"


def questions(domain: str, declared: Mapping[str, str]) -> tuple[Question, ...]:
    """What `judge` is going to ask."""
    return tuple(Question(name_of(cause, domain), RecordType.TXT) for cause in declared)


def judge(domain: str, declared: Mapping[str, str], answers: Answers) -> tuple[Judgement, ...]:
    """Judge each declared record, by cause; what is not declared is not judged."""
    found = [each for cause, text in declared.items() for each in _one(domain, cause, text, answers)]
    return settled(declared, found, f"{domain} publishes what it declares of transport security")


def _one(domain: str, cause: str, declared: str, answers: Answers) -> tuple[Judgement, ...]:
    _, version, title = _NAMES[cause]
    name = name_of(cause, domain)
    reply = answers.ask(name, RecordType.TXT)
    if not reply.is_answered:
        return silent((cause,), reply)
    found = [value for value in reply.values if value.replace(" ", "").startswith(version)]
    raw = " | ".join(found[:3])[:1000]
    if not found:
        return (bad(cause, f"the declared {title} record of {domain} is not published: {name} is empty", name=name),)
    if len(found) > 1:
        return (bad(cause, f"{name} has {len(found)} {title} records: senders then use none", name=name, raw=raw),)
    if _canonical(found[0]) != _canonical(declared):
        return (bad(cause, f"the {title} record of {domain} is not the declared one ({declared})", name=name, raw=raw),)
    return ()


def _canonical(text: str) -> list[str]:
    return [part.strip() for part in text[:1000].split(";") if part.strip()]
