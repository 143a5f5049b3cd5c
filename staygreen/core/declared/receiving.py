"""Which mail the mailbox takes, and under which prefix of its bucket each kind is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from staygreen.core.config import report_addresses
from staygreen.core.config.config import Config
from staygreen.core.naming import DMARC_PREFIX, FAILURE_PREFIX, PEOPLE_PREFIX, REPORTS_PREFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRule:
    """One receipt rule."""

    name: str
    recipients: tuple[str, ...]
    prefix: str
    """Of the objects that its mails become."""

    @property
    def is_of_reports(self) -> bool:
        """Whether it takes DMARC and TLS reports, which have a topic, a queue and a function of their own."""
        return self.prefix in (DMARC_PREFIX, FAILURE_PREFIX)


def receipt_rules(config: Config) -> tuple[ReceiptRule, ...]:
    """Return the rules that a configuration asks for; none without a mailbox."""
    found = _rules(config) if config.mailbox else ()
    return tuple(
        ReceiptRule(name=config.names.receipt_rule(part), recipients=recipients, prefix=prefix)
        for part, recipients, prefix in found
        if recipients
    )


def _rules(config: Config) -> Iterator[tuple[str, tuple[str, ...], str]]:
    if config.mailbox is None:
        return
    yield "jmrp", (config.mailbox.jmrp_address,), REPORTS_PREFIX
    yield "contact", config.mailbox.contact_addresses, PEOPLE_PREFIX
    # one rule for both: each stores under one prefix, and what a mail holds is decided by its content
    wanted = (report_addresses.aggregate(config), report_addresses.tls(config))
    yield "dmarc", tuple(filter(None, wanted)), DMARC_PREFIX
    failure = report_addresses.failure(config)
    yield "failure", (failure,) if failure else (), FAILURE_PREFIX
