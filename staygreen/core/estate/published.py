"""What is published under a name: from the account's own zone where DNS asks it, else from public DNS."""

from __future__ import annotations

from dataclasses import dataclass

from staygreen.core.declared.existing import meaning
from staygreen.core.dns.message import RecordType
from staygreen.core.estate.found import Estate, HostedZone, RecordSet
from staygreen.core.published.dns_cache import Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One name and type, looked at."""

    name: str
    type: str
    record: RecordSet | None = None
    """None: nothing is published, or nobody could say."""
    zone: HostedZone | None = None
    """The account's zone that it is in; None: it is elsewhere."""
    peculiarity: str = ""
    """Why it cannot be written down as it is, one clause about it; empty: it can, or nothing is there."""
    unknown: str = ""
    """Why nobody could say what is published; empty: it is known."""

    @property
    def values(self) -> tuple[str, ...]:
        """What receivers see: texts joined, names without a trailing dot."""
        if self.record is None:
            return ()
        if self.record.is_from_dns:
            return tuple(value.removesuffix(".") if self.type != "TXT" else value for value in self.record.values)
        return tuple(meaning(self.type, value) for value in self.record.values)

    @property
    def can_stand(self) -> bool:
        """Whether a template can write exactly this."""
        return self.record is not None and self.zone is not None and not self.peculiarity


@dataclass(frozen=True, slots=True)
class Published:
    """An estate's records."""

    estate: Estate
    answers: Answers | None = None
    """Public DNS; None: it is not asked."""

    def look(self, name: str, rtype: str) -> Sight:
        """Look at a name and type; a CNAME in its place is a peculiarity."""
        zone = self.estate.zone_of(name)
        if zone is None or zone.is_live is False or zone.records is None:
            return self._asked(name, rtype)
        found = zone.sets(name, rtype)
        if not found:
            aliased = zone.sets(name, "CNAME") if rtype != "CNAME" else ()
            if aliased:
                to = aliased[0].values[0].rstrip(".") if aliased[0].values else "another name"
                why = f"is a CNAME to {to}"
                return Sight(name=name, type=rtype, record=None, zone=zone, peculiarity=why)
            return Sight(name=name, type=rtype, zone=zone)
        peculiarity = next((each.peculiarity for each in found if each.peculiarity), "")
        return Sight(name=name, type=rtype, record=found[0], zone=zone, peculiarity=peculiarity)

    def _asked(self, name: str, rtype: str) -> Sight:
        if self.answers is None:
            return Sight(name=name, type=rtype, unknown="its zone is not in the account, and DNS was not asked")
        reply = self.answers.ask(name, RecordType(rtype))
        if not reply.is_answered:
            return Sight(name=name, type=rtype, unknown=f"DNS did not answer ({reply.rcode.value})")
        if not reply.values:
            return Sight(name=name, type=rtype)
        return Sight(
            name=name, type=rtype, record=RecordSet(name=name, type=rtype, values=reply.values, is_from_dns=True)
        )
