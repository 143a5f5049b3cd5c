"""From published texts to the settings that say the same; what no setting can say stays with whoever publishes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from staygreen.core.config.tables.domain import Dmarc, Mechanism, MtaSts, Spf, SpfAll, TlsRpt
from staygreen.core.records import dmarc, spf, tags, tls
from staygreen.core.records.fault import Fault
from staygreen.core.reports import services

_Setting = TypeVar("_Setting")
_STAYS = "It stays as it is, and is watched."


@dataclass(frozen=True, slots=True)
class Read(Generic[_Setting]):
    """A setting as far as one can say it, and why not where none can."""

    setting: _Setting | None
    why: str = ""
    """One or two sentences; empty: it says everything, or there is nothing to say."""


def spf_setting(texts: Sequence[str], name: str) -> Read[Spf]:
    """Read the TXT record set of a domain itself.

    Args:
        texts: Its texts, joined.
        name: The domain, for what a person reads.
    """
    policies = [text for text in texts if spf.is_spf(text)]
    if not policies:
        near = next(filter(None, map(spf.near_miss, texts)), "")
        return Read(None, f"{near}. {_STAYS}" if near else "")
    if len(policies) > 1:
        return Read(None, f"{name} publishes {len(policies)} SPF records, which voids them all. {_STAYS}")
    found = spf.parse(policies[0])
    if isinstance(found, Fault):
        return Read(None, f"The SPF record of {name} cannot be read: {found}. {_STAYS}")
    *terms, last = found.terms or (None,)
    if not isinstance(last, spf.Directive) or last.mechanism != "all" or last.qualifier not in ("~", "-"):
        return Read(None, f"The SPF record of {name} does not end in ~all or -all, and no setting says so. {_STAYS}")
    odd = next(
        (term for term in terms if not isinstance(term, spf.Directive) or term.mechanism in ("ptr", "all")), None
    )
    if odd is not None:
        return Read(None, f"The SPF record of {name} has {odd}, and no setting says so. {_STAYS}")
    mechanisms = tuple(Mechanism(value=str(term), reason=_reason(term)) for term in terms if term is not None)
    others = tuple(text for text in texts if not spf.is_spf(text))
    return Read(Spf(mechanisms=mechanisms, all=SpfAll(str(last)), other_txt=others))


def _reason(term: spf.Term) -> str:
    service = services.load().name(term.value.lower()) if isinstance(term, spf.Directive) else ""
    return f"{service}, by the domain's name" if service else "found in DNS: say who sends from there"


def dmarc_setting(texts: Sequence[str], name: str) -> Read[Dmarc]:
    """Read the TXT record set at ``_dmarc``."""
    policies = [text for text in texts if text.lstrip().lower().startswith("v=dmarc1")]
    if not texts:
        return Read(None)
    if len(texts) != 1 or not policies:
        reason = next(filter(None, map(dmarc.near_miss, texts)), f"_dmarc.{name} has {len(texts)} texts")
        return Read(None, f"{reason}. {_STAYS}")
    found = dmarc.parse(texts[0])
    if isinstance(found, Fault):
        return Read(None, f"The DMARC record of {name} cannot be read: {found}. {_STAYS}")
    aggregate, failure = dmarc.mail_addresses(found.aggregate_reports), dmarc.mail_addresses(found.failure_reports)
    if aggregate is None or failure is None:
        return Read(None, f"The DMARC record of {name} sends reports elsewhere than to mail addresses. {_STAYS}")
    ignored = ", ".join(f"{tag}={value}" for tag, value in found.other)
    setting = Dmarc(
        policy=found.policy,
        subdomain_policy=found.subdomain_policy,
        nonexistent_policy=found.nonexistent_policy,
        dkim_alignment=found.dkim_alignment,
        spf_alignment=found.spf_alignment,
        testing=found.testing,
        aggregate_reports=aggregate,
        failure_reports=failure,
    )
    return Read(setting, f"Its record also has {ignored}, which receivers ignore (RFC 9989)." if ignored else "")


def mta_sts_setting(texts: Sequence[str]) -> Read[MtaSts]:
    """Read the TXT record set at ``_mta-sts``."""
    values = _only(texts, tls.MTA_STS_VERSION)
    if values is None or not values.get("id"):
        return Read(None, f"_mta-sts cannot be read. {_STAYS}" if texts else "")
    return Read(MtaSts(id=values["id"]))


def tls_rpt_setting(texts: Sequence[str]) -> Read[TlsRpt]:
    """Read the TXT record set at ``_smtp._tls``."""
    values = _only(texts, tls.TLS_RPT_VERSION)
    uris = tuple(part.strip() for part in (values or {}).get("rua", "").split(",") if part.strip())
    addresses = dmarc.mail_addresses(uris)
    if not addresses:
        return Read(None, f"_smtp._tls does not send reports to mail addresses alone. {_STAYS}" if texts else "")
    return Read(TlsRpt(aggregate_reports=addresses))


def _only(texts: Sequence[str], version: str) -> dict[str, str] | None:
    """The tags of the one text that there is; None where there is another number, or another kind."""
    found = tags.parse(texts[0]) if len(texts) == 1 else Fault(0, "not one text")
    if isinstance(found, Fault) or not found or (found[0].name, found[0].value) != ("v", version):
        return None
    return {tag.name: tag.value for tag in found}
