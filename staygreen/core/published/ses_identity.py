"""What SES itself says of an identity: verified, signing, MAIL FROM, and the set that its events need."""

from __future__ import annotations

from collections.abc import Iterator

from staygreen.core.published.judgement import PENDING, Judgement, bad, settled, unknown
from staygreen.core.ses.identity import SesIdentity

UNVERIFIED, SIGNING, MAIL_FROM, NO_SET = "ses_unverified", "ses_dkim", "ses_mail_from", "ses_configuration_set"
CAUSES = (UNVERIFIED, SIGNING, MAIL_FROM, NO_SET)


def judge(
    identity: SesIdentity, *, mail_from: str, is_dkim_explained: bool, is_mail_from_explained: bool
) -> tuple[Judgement, ...]:
    """Judge one identity.

    Args:
        identity: What SES says.
        mail_from: The declared MAIL FROM domain; empty: none is declared.
        is_dkim_explained: The DKIM records are wrong, which is told already: SES only follows.
        is_mail_from_explained: Likewise the MAIL FROM records.
    """
    found = [*_verified(identity, is_dkim_explained), *_mail_from(identity, mail_from, is_mail_from_explained)]
    causes: tuple[str, ...] = CAUSES
    if identity.lacks_details:
        causes = tuple(cause for cause in CAUSES if cause != NO_SET)
    elif not identity.configuration_set:
        text = f"{identity.name} has no default configuration set: mail sent without one emits no events"
        found.append(bad(NO_SET, text, name=identity.name))
    return settled(causes, found, f"SES has verified {identity.name}")


def _verified(identity: SesIdentity, is_explained: bool) -> Iterator[Judgement]:
    if not identity.signing_enabled:
        yield bad(SIGNING, f"SES does not sign the mail of {identity.name}: DKIM signing is off", name=identity.name)
    if is_explained:
        return
    if identity.verification == "PENDING" or identity.dkim_status == "PENDING":
        text = f"SES is still looking for the DKIM records of {identity.name}"
        yield unknown(UNVERIFIED, text, PENDING, name=identity.name)
    elif not identity.is_verified:
        text = f"SES has not verified {identity.name} (status {identity.verification}), and refuses its mail"
        yield bad(UNVERIFIED, text, name=identity.name)
    elif identity.dkim_status not in ("SUCCESS", ""):
        text = f"the DKIM status of {identity.name} at SES is {identity.dkim_status}"
        yield bad(SIGNING, text, name=identity.name)


def _mail_from(identity: SesIdentity, declared: str, is_explained: bool) -> Iterator[Judgement]:
    if declared and identity.mail_from != declared:
        text = f"SES uses {identity.mail_from or 'its own'} MAIL FROM domain for {identity.name}, not {declared}"
        yield bad(MAIL_FROM, text, name=identity.name)
    elif not identity.mail_from or is_explained:
        return
    elif identity.mail_from_status == "PENDING":
        yield unknown(
            MAIL_FROM, f"SES is still looking for the MX of {identity.mail_from}", PENDING, name=identity.name
        )
    elif identity.mail_from_status != "SUCCESS":
        what = "refuses the mail" if identity.rejects_on_mx_failure else "sends with its own MAIL FROM domain instead"
        text = f"SES does not find the MX of {identity.mail_from} ({identity.mail_from_status}) and {what}"
        yield bad(MAIL_FROM, text, name=identity.name)
