"""What there is to know of an account beside its domains and addresses: sentences for the head of a file."""

from __future__ import annotations

from collections.abc import Iterator

from staygreen.core.estate.found import Estate

_STATE = {False: "Not read", True: "Still being read"}


def of_the_account(estate: Estate) -> Iterator[str]:
    """Give one sentence for each thing that no setting says, what could not be read first."""
    for what, why in estate.failures.items():
        yield f"Could not be read: {what} ({why})."
    if estate.unread:
        yield f"{_STATE[estate.is_being_read]}: details of {estate.unread} identities, which take a call each."
    yield from _sending(estate)
    for region, count in sorted((estate.elsewhere or {}).items()):
        yield f"In {region} there are {count} more identities. A file describes one region: they need one of their own."
    yield from _receiving(estate)
    for each in estate.subscriptions or ():
        yield f"The topic {each.topic.rpartition(':')[2]} tells {each.protocol} {each.endpoint}."
    for zone in estate.zones or ():
        if zone.is_private:
            yield f"The zone {zone.name} ({zone.id}) is private: receivers do not see it."


def _sending(estate: Estate) -> Iterator[str]:
    sending = estate.sending
    if sending is not None:
        limit = "without limit" if sending.daily_quota < 0 else f"{sending.daily_quota:,.0f} messages a day"
        sandbox = "" if sending.is_production else ", in the sandbox"
        yield f"SES in this region: {limit}{sandbox}, enforcement status {sending.enforcement}."
    if estate.tenants:
        yield f"Tenants of SES: {', '.join(estate.tenants)}."


def _receiving(estate: Estate) -> Iterator[str]:
    if estate.rule_set:
        yield f"The active receipt rule set is {estate.rule_set}."
    for rule in estate.receipt_rules or ():
        to = ", ".join(rule.recipients) or "every domain"
        yield f"Receipt rule {rule.name}: for {to}, {', '.join(rule.actions) or 'no action'}."
