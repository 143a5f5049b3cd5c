"""What to do about each class of mail, for people."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from staygreen.core.reports.classes import MailClass

TLS_NEXT_STEP: Mapping[str, str] = MappingProxyType(
    {
        "starttls-not-supported": "Let every mail exchanger offer STARTTLS, and nothing in front of it take that away.",
        "certificate-host-mismatch": "Give the mail exchanger a certificate that bears its name in MX.",
        "certificate-expired": "Renew the certificate of the mail exchanger.",
        "certificate-not-trusted": "Give the mail exchanger a certificate of a public authority, with the whole chain.",
        "validation-failure": "Test the mail exchanger: the report does not say what failed.",
        "tlsa-invalid": "Correct the TLSA record: it does not fit the certificate.",
        "dnssec-invalid": "Repair DNSSEC of the mail exchanger's zone.",
        "dane-required": "Publish TLSA records under DNSSEC: the sender takes no other way.",
        "sts-policy-fetch-error": "Let mta-sts.DOMAIN serve the policy over HTTPS, with a certificate of its name.",
        "sts-policy-invalid": "Correct the MTA-STS policy file.",
        "sts-webpki-invalid": "Give mta-sts.DOMAIN a certificate of a public authority that bears its name.",
    }
)
"""What to do about failures of TLS towards us, by result type (RFC 8460 section 4.3)."""

NEXT_STEP: Mapping[MailClass, str] = MappingProxyType(
    {
        MailClass.MINE_BROKEN_SIGNATURE: "Compare the published key with the signing one, and look for a "
        "relay of yours that alters mail after it is signed.",
        MailClass.MINE_UNSIGNED: "Sign mail from this address with DKIM in the From domain's name.",
        MailClass.DECLARED_BROKEN: "Set up DKIM with your domain at this service: nothing of its mail is aligned.",
        MailClass.OTHER_SES_ACCOUNT: "Find the AWS account that verified your domain or an address of it; SES lets "
        "nobody send who has not.",
        MailClass.MINE_SPF_ALONE: "Sign this mail with DKIM: with SPF alone it fails as soon as it is forwarded.",
        MailClass.UNDECLARED_KEY: "Somebody published this key in your DNS: declare the sender, or remove the key.",
        MailClass.SPF_ALONE: "Find which mechanism of your SPF record lets it in; declare the sender, or remove it.",
        MailClass.SERVICE_UNALIGNED: "Ask who uses this service in your name: declare it and set up DKIM, or "
        "leave it to your policy.",
        MailClass.FORWARDED_ALTERED: "Nothing to repair. This mail is lost under p=reject.",
        MailClass.PROBABLY_FORWARDED: "Nothing to repair yet. See whether it stays at this volume.",
        MailClass.UNAUTHENTICATED: "Look whether one of the addresses is a server of yours or of a service that you "
        "use: then say so (--config) and have it sign. Else there is nothing to repair: your policy decides what "
        "receivers do with it.",
        MailClass.SPOOF: "Nothing to repair: your policy decides what receivers do with it.",
        MailClass.MINE_NOT_LOOKED_UP: "Look at the name servers of the key's zone if it lasts.",
    }
)
