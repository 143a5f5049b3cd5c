"""What to do about each class of mail, for people."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from staygreen.core.reports.classes import MailClass

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
        MailClass.SPOOF: "Nothing to repair: your policy decides what receivers do with it.",
        MailClass.MINE_NOT_LOOKED_UP: "Look at the name servers of the key's zone if it lasts.",
    }
)
