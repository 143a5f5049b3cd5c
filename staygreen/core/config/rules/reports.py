"""Rules about reports: where they come in, and that each kind has an address of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from staygreen.core.config.config import Config
from staygreen.core.config.problem import Problem
from staygreen.core.config.tables.mailbox import CONTACT_NAMES
from staygreen.core.records.name import is_within

LOCAL = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9!_.'()/-]{0,200}")
_KINDS = ("aggregate", "tls", "failure")


def reports(config: Config) -> Iterator[Problem]:
    """Reports come in somewhere, and no two kinds of mail share an address."""
    given = config.reports
    if given is None:
        return
    if config.mailbox is None and not given.bucket:
        yield Problem(("reports",), "needs [mailbox], which SES receives reports for, or a bucket that others fill")
    taken = {name: "is for people" for name in CONTACT_NAMES}
    if config.mailbox:
        taken[config.mailbox.jmrp] = "is for complaints"
    for kind in _KINDS:
        local = getattr(given, kind)
        if not local:
            continue
        if not LOCAL.fullmatch(local):
            yield Problem(("reports", kind), f'"{local}" is not the part before an @: lower case')
        elif local in taken:
            yield Problem(("reports", kind), f"{local}@ {taken[local]}: name another")
        taken[local] = f"is for {kind} reports"


def bucket(config: Config) -> Iterator[Problem]:
    """A bucket of others is named as S3 names them, and what is said of it is said of one."""
    given = config.reports
    if given is None:
        return
    if given.bucket and not _BUCKET.fullmatch(given.bucket):
        yield Problem(("reports", "bucket"), f'"{given.bucket}" is not the name of a bucket')
    if not _PREFIX.fullmatch(given.prefix):
        yield Problem(("reports", "prefix"), "has characters that no prefix needs, or more than 200")
    for key in ("prefix", "trusted"):
        if getattr(given, key) and not given.bucket:
            yield Problem(("reports", key), "is about a bucket, and none is named")


def unasked(config: Config) -> Iterator[Problem]:
    """A domain whose DMARC record is not managed, nor that of a domain above it, asks for no reports to us."""
    if config.reports is None or config.mailbox is None or not config.reports.aggregate:
        return
    asking = [each.name for each in config.domains if each.manage and (each.dmarc or each.parked)]
    for index, domain in enumerate(config.domains):
        if domain.manage and not any(is_within(domain.name, each) for each in asking):
            text = f"has no [domain.dmarc]: add {config.reports.aggregate}@{config.mailbox.domain} to its rua by hand"
            yield Problem(("domain", index), text, is_warning=True)


RULES = (reports, bucket, unasked)
