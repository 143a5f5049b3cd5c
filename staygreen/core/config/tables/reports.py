"""`[reports]`: receiving and keeping DMARC and TLS reports."""

from __future__ import annotations

from dataclasses import dataclass

from staygreen.core.config.field import key


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """DMARC and TLS reports: by mail to the mailbox's domain, or from a bucket that somebody else fills."""

    aggregate: str = key(
        "The part before the @ of the address for aggregate reports; the rua of every managed DMARC record names it.",
        "dmarc",
    )
    tls: str = key("The same for TLS reports; every managed TLS-RPT record names it.", "tls")
    failure: str = key(
        "The same for failure reports (ruf). Empty: none are asked for, since they hold data of persons.", ""
    )
    bucket: str = key("A bucket of this account and region that others fill with reports, or mails with them.", "")
    prefix: str = key("How the keys of those objects begin, such as `dmarc/`; empty: all objects of the bucket.", "")
    trusted: bool = key(
        "True: whoever fills the bucket takes only mail that passed DMARC, and its reports count as proven.", False
    )
