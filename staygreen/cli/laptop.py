"""The world as a laptop sees it: DNS, keys of its owner, and no account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from staygreen.core.delisting import case
from staygreen.core.dmarc import store
from staygreen.core.dns.authoritative import Authorities
from staygreen.core.dns.message import Lookup, StreamLookup
from staygreen.core.finding import Subject
from staygreen.core.provisioning.reverse_name import Present
from staygreen.core.replies import complaints
from staygreen.core.replies.counters import Class, Tally
from staygreen.core.ses import standing
from staygreen.core.ses.identity import SesIdentity
from staygreen.core.ses.suppression_list import Entry, Reason
from staygreen.core.snds import run_result


@dataclass(frozen=True, slots=True, kw_only=True)
class Laptop:
    """The world as a laptop sees it: DNS, and no account."""

    at: datetime
    dns: StreamLookup = field(repr=False)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Keys of blocklists by family, which is also the name that they are asked for by."""

    def now(self) -> datetime:
        """The time of the run."""
        return self.at

    def identities(self) -> Iterable[Subject]:
        """None: there is no account."""
        return ()

    def dedicated_ips(self) -> Iterable[Subject]:
        """None: there is no account."""
        return ()

    def elastic_ips(self) -> Iterable[Subject]:
        """None: there is no account."""
        return ()

    def configured_elastic_ips(self) -> Mapping[str, str]:
        """None: there is no account."""
        return {}

    def brought_ips(self) -> Iterable[str]:
        """None: there is no account."""
        return ()

    def replies(self, table: str, since: datetime, classes: Iterable[Class]) -> tuple[Tally, ...]:
        """None: there is no account, so no table either."""
        del table, since, classes
        return ()

    def ses_sent(self, since: datetime, until: datetime) -> int:
        """None: there is no account."""
        del since, until
        return 0

    def ses_to_microsoft(self, since: datetime) -> int | None:
        """Nobody counts: there is no account."""
        del since
        return None

    def suppressed(self, reason: Reason, since: datetime) -> Iterable[Entry]:
        """None."""
        del reason, since
        return ()

    def secret(self, name: str) -> str | None:
        """The key of a family of lists; None for all else: there is no account."""
        return self.keys.get(name)

    def token(self) -> str:
        """Fresh random text for control names that no resolver has seen."""
        import secrets

        return secrets.token_hex(16)

    def ses_identities(self) -> Iterable[SesIdentity]:
        """None: there is no account."""
        return ()

    def ses_standing(self) -> standing.Standing:
        """That of a sender about whom nothing is known: there is no account."""
        return standing.Standing(account=standing.Account())

    def ses_volume(self) -> standing.Volumes:
        """None: there is no account."""
        return standing.Volumes(sent_in_a_day=0)

    def reverse_names(self) -> Mapping[str, Present]:
        """None: there is no account."""
        return {}

    @property
    def lookup(self) -> StreamLookup:
        """DNS."""
        return self.dns

    def lookup_at(self, resolver: str) -> Lookup:
        """The same DNS: a laptop has one resolver, so `resolver` is not asked."""
        del resolver
        return self.dns

    @property
    def authorities(self) -> Authorities:
        """None are asked."""
        return lambda _name, _rtype: ()

    def snds(self, question: run_result.Question) -> run_result.Reading:
        """None: SNDS needs a grant of its own; `staygreen snds` reads it."""
        del question
        return run_result.Reading(sources=())

    def reports(self, question: store.StoredQuestion) -> store.StoredReports:
        """None: reports on a laptop are files."""
        del question
        return store.StoredReports()

    def cases(self, table: str) -> tuple[case.Case, ...]:
        """None: cases on a laptop are files."""
        del table
        return ()

    def received(self, question: complaints.Question) -> complaints.Reading:
        """None: complaints come to a deployed mailbox."""
        del question
        return complaints.Reading(complaints=(), mails=())
