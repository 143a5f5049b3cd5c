"""Names of what is deployed, the same everywhere."""

from __future__ import annotations

import re

REPORTS_PREFIX, PEOPLE_PREFIX, UNREADABLE_PREFIX = "jmrp/", "contact/", "unreadable/"
"""Of objects in the mailbox's bucket: reports, mail for people, and what could not be read, by reason."""
SHARDS_PREFIX, READINGS_PREFIX = "shards/", "readings/"
"""Of objects in the bucket of a divided run."""

ADDRESSES_STACK = "addresses"


def domain_stack(domain: str) -> str:
    """Return the id of a domain's stack, such as ``domain-example-com``."""
    return f"domain-{domain.replace('.', '-')}"


def address_output(name: str) -> str:
    """Return the output of the addresses stack that holds an address: ``mail-1`` is in ``AddressMail1``."""
    return "Address" + "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name))


def dkim_name_output(number: int) -> str:
    """Return the output of a domain's stack with the owner name of Easy DKIM's CNAME 1, 2 or 3."""
    return f"DkimName{number}"


def dkim_value_output(number: int) -> str:
    """Return the output of a domain's stack with the target of Easy DKIM's CNAME 1, 2 or 3."""
    return f"DkimValue{number}"


def kill_switch(environment: str) -> str:
    """Return the SSM parameter that stops every repair at once."""
    return f"/staygreen/{environment}/repairs"
