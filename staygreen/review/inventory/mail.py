"""Records and identities, as the rules of a review read them."""

from __future__ import annotations

from collections.abc import Iterator

from staygreen.core.mail_facts.reading import records, sending
from staygreen.review.inventory.block import TITLE, Line
from staygreen.review.inventory.properties import Properties

_RECORD = ("Name", "Type", "TTL", "HostedZoneId", "HostedZoneName", "ResourceRecords", "SetIdentifier")
_IDENTITY = (
    "ConfigurationSetAttributes.ConfigurationSetName",
    "DkimAttributes.SigningEnabled",
    "DkimSigningAttributes.DomainSigningPrivateKey",
    "DkimSigningAttributes.DomainSigningSelector",
    "DkimSigningAttributes.NextSigningKeyLength",
    "FeedbackAttributes.EmailForwardingEnabled",
    "MailFromAttributes.BehaviorOnMxFailure",
    "MailFromAttributes.MailFromDomain",
)
_PHRASES = {
    "signing": "DKIM signing {}",
    "key_length": "with keys of {}",
    "selector": "with selector {}",
    "private_key": "and a private key of fingerprint {}",
    "mail_from": "MAIL FROM {}",
    "mail_from_failure": "without its MX {}",
    "configuration_set": "configuration set {}",
    "feedback": "feedback by mail {}",
    "region": "in {}",
}


def record(properties: Properties) -> Iterator[Line]:
    """A record set: its data in the form of a zone file, whatever their order and quoting."""
    fact = records.record(properties.resource, properties.resource.properties, properties.resolver)
    for name in _RECORD:
        properties.take(name)
    yield Line("values", " | ".join(fact.values), TITLE)
    yield Line("ttl", f"TTL {fact.value['ttl']} s", TITLE)
    yield Line("zone", f"zone {fact.value['zone']}", TITLE)


def identity(properties: Properties) -> Iterator[Line]:
    """An SES identity with its DKIM, its MAIL FROM and its default configuration set."""
    (fact,) = sending.identity(properties.resource, properties.resolver)
    for path in _IDENTITY:
        properties.take(path)
    for name, phrase in _PHRASES.items():
        value = {"true": "on", "false": "off"}.get(fact.value[name], fact.value[name])
        if value:
            yield Line(name, phrase.format(value), TITLE)
