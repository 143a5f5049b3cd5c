"""Whether a parked domain still says that it takes no mail: a null MX (RFC 7505 §3)."""

from __future__ import annotations

from staygreen.core.dns.message import RecordType
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.judgement import Judgement, bad, settled, silent

NULL_MX = "null_mx"
_NOBODY = ("0", ".")


def judge(domain: str, answers: Answers) -> tuple[Judgement, ...]:
    """Judge the MX records of a domain that declares a null MX."""
    reply = answers.ask(domain, RecordType.MX)
    if not reply.is_answered:
        return silent((NULL_MX,), reply)
    raw = " | ".join(reply.values[:3])
    found: list[Judgement] = []
    if not reply.values:
        found.append(bad(NULL_MX, f"the declared null MX of {domain} is not published", name=domain))
    elif [tuple(value.split()) for value in reply.values] != [_NOBODY]:
        found.append(bad(NULL_MX, f"{domain} is parked and has mail exchangers: {raw}", name=domain, raw=raw))
    return settled((NULL_MX,), found, f"{domain} takes no mail, as declared")
