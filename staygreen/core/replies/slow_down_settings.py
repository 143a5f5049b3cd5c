"""Settings that slow a sender down, for each family of Microsoft's mail exchangers.

Microsoft asks for no more than 500 connections at once and grants new addresses
far less; senders who recover hold one connection and about fifty messages in
it, and pause for thirty minutes to two hours after repeated deferrals.

Sources: Outlook.com policies page of 2026-06-15; practice of mail server
operators (observed); Postfix postconf(5), Exim specification; verified 2026-11-23.
"""

from __future__ import annotations

from enum import Enum
from functools import cache

from staygreen.core import data


@cache
def consumer_domains() -> tuple[str, ...]:
    """Every domain of Outlook.com's consumer service that is known, from the one table of them."""
    table = data.table("microsoft_domains.toml")
    named = [f"{name}.{ending}" for name in ("outlook", "hotmail", "live") for ending in table[name]]
    return (*named, *table["others"])


class Family(Enum):
    """A family of mail exchangers, judged and paced apart."""

    CONSUMER = "consumer"
    MICROSOFT_365 = "microsoft-365"

    @property
    def domains(self) -> tuple[str, ...]:
        """Recipient domains that are known beforehand; those of organisations are known by their MX only."""
        return consumer_domains() if self is Family.CONSUMER else ()

    @property
    def hosts(self) -> tuple[str, ...]:
        """Endings of the MX names."""
        if self is Family.CONSUMER:
            return (".olc.protection.outlook.com",)
        return (".mail.protection.outlook.com", ".mx.microsoft")


def postfix(family: Family) -> str:
    """A transport of its own for the family's domains: one connection, ten seconds between messages.

    Nothing global is set: Postfix knows its times between tries for all destinations alone (postconf(5),
    minimal_backoff_time), so they stay. The table is added behind the tables that there are.
    """
    name = family.value.replace("-", "_")
    if family.domains:
        routes = "\n".join(f"{domain}  {name}:" for domain in family.domains)
    else:
        ends = " or ".join(family.hosts)
        routes = f"# one line for each recipient domain whose MX ends {ends}\n# customer.example  {name}:"
    table = f"/etc/postfix/transport_{name}"
    return f"""# 1. A transport that slows down the destinations of step 2, and no others.
postconf -M {name}/unix="{name} unix - - n - - smtp"
postconf -e {name}_destination_concurrency_limit=1 {name}_destination_rate_delay=10s \\
  {name}_destination_recipient_limit=50

# 2. The destinations.
cat > {table} <<'END'
{routes}
END

# 3. Behind the tables that are in use already: where one of them names a domain of step 2, that one counts.
postmap {table}
postconf -h transport_maps | grep -q transport_{name} ||
  postconf -e "transport_maps = $(postconf -h transport_maps) hash:{table}"
postfix reload
"""


def exim(family: Family) -> str:
    """A transport of its own and a retry rule of thirty minutes."""
    name = family.value.replace("-", "_")
    mail_domains = " : ".join(family.domains) or "lsearch;/etc/exim/microsoft_365_domains"
    retry = "\n".join(f"{domain}  *  F,2h,30m; G,4d,2h,1.5" for domain in family.domains)
    return f"""# transports
remote_smtp_{name}:
  driver = smtp
  connection_max_messages = 50
  # one delivery at once, whatever the domain; the limit holds for this transport alone
  max_parallel = 1
  max_rcpt = 50
  hosts_max_try = 1

# routers, before dnslookup
{name}:
  driver = dnslookup
  domains = {mail_domains}
  transport = remote_smtp_{name}

# retry
{retry or "# one line for each domain:  customer.example  *  F,2h,30m; G,4d,2h,1.5"}
"""


def ses(family: Family) -> str:
    """What a sender on SES can turn: its own rate towards the family; SES retries by itself."""
    return f"""# Amazon SES opens the connections and retries by itself; what you hold is your own rate.
# For recipients whose MX ends {" or ".join(family.hosts)}:
#   1. send to them from a queue of their own with one message in 10 seconds at first,
#      most engaged recipients first, and double the rate each day without deferrals;
#   2. give up retrying of your own: each call of SendEmail is one more message to Microsoft;
#   3. on managed dedicated IPs SES warms up for each provider; on standard ones set the warm-up yourself:
aws sesv2 put-dedicated-ip-warmup-attributes --ip ADDRESS --warmup-percentage 10
"""


RENDERERS = {"postfix": postfix, "exim": exim, "ses": ses}
