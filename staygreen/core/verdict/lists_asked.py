"""Which blocklists a run asked about one subject, and which it did not: what an answer about lists rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from staygreen.core.blocklist.catalogue import Entry, Target
from staygreen.core.finding import State, SubjectKind
from staygreen.core.incidents.report import Report
from staygreen.core.wording import plural

FAMILIES: Mapping[str, str] = MappingProxyType({"spamhaus": "Spamhaus", "abusix": "Abusix", "spamrats": "SpamRATS"})
"""What people call the operators whose lists need a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListsAsked:
    """What one run over the lists amounts to."""

    listed: tuple[str, ...] = ()
    """Names of the lists that have the subject itself."""
    clean: int = 0
    """How many lists answered that they do not have it."""
    silent: tuple[str, ...] = ()
    """Names of the lists that were asked and gave no usable answer."""
    without_key: tuple[str, ...] = ()
    """Operators whose lists were not asked for want of a key."""
    is_asked: bool = True
    """False: no list was asked at all."""
    has_dns: bool = True
    """False: nothing was asked of DNS, records as little as lists."""

    @property
    def text(self) -> str:
        """The parts of one sentence, that about what was not asked among them."""
        if not self.has_dns:
            return "no blocklist was asked, nor anything else in DNS"
        if not self.is_asked:
            return "no blocklist was asked"
        parts = [
            f"listed on {_listed(self.listed)}" if self.listed else "",
            f"not listed on {plural(self.clean, 'list')}" if self.clean else "",
            f"no usable answer from {_listed(self.silent)}" if self.silent else "",
            f"not asked: {', '.join(self.without_key)} ({_need(self.without_key)} a key)" if self.without_key else "",
        ]
        return "; ".join(part for part in parts if part) or "no blocklist has subjects of this kind"

    @property
    def not_asked(self) -> tuple[str, ...]:
        """What was not asked: the operators whose lists need a key, or all lists, or all of DNS."""
        if self.is_asked:
            return self.without_key
        return ("blocklists",) if self.has_dns else ("dns", "blocklists")


def _need(operators: tuple[str, ...]) -> str:
    return "it needs" if len(operators) == 1 else "they need"


_MOST_NAMED = 6


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


NOT_ASKED = ListsAsked(is_asked=False)
NO_DNS = ListsAsked(is_asked=False, has_dns=False)


def of(report: Report, entries: Mapping[str, Entry], target: Target) -> ListsAsked:
    """What a run about one subject asked.

    Args:
        report: The report of the run.
        entries: The lists, by id.
        target: The kind of the subject; lists of other kinds are left out.
    """
    about = [each for each in report.findings if each.subject.kind is not SubjectKind.SOURCE]
    context = {each.source for each in report.asides}
    silent = [each.cause for each in about if each.state is State.UNKNOWN]
    return ListsAsked(
        listed=tuple(_named(entries, (each.cause for each in about if each.state is State.BAD))),
        clean=sum(1 for each in about if each.state is State.OK and each.cause not in context),
        silent=tuple(_named(entries, silent)),
        without_key=tuple(_families(entries, target, asked={each.source for each in report.coverage if each.asked})),
    )


def _named(entries: Mapping[str, Entry], ids: Iterable[str]) -> Iterable[str]:
    return (entries[each].name if each in entries else each for each in ids)


def _families(entries: Mapping[str, Entry], target: Target, asked: set[str]) -> list[str]:
    """The operators whose lists of this kind need a key, and of whose none was asked."""
    keyed = [entry for entry in entries.values() if entry.key_family and target in entry.targets]
    reached = {entry.key_family for entry in keyed if entry.id in asked}
    families = {entry.key_family for entry in keyed} - reached
    return [name for family, name in FAMILIES.items() if family in families]
