"""What each cause means for mail and what to do next, as prose. Places in the text are filled from the finding."""

from __future__ import annotations

from collections.abc import Mapping

from staygreen.core.advice import AdviceTemplate
from staygreen.core.finding import Severity

_CRITICAL, _WARNING, _INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
_RECORDS = "`staygreen records FILE --deployed` prints the record to publish."
_SES_CONSOLE = "https://console.aws.amazon.com/ses/home#/identities"

REVERSE_DNS: Mapping[str, AdviceTemplate] = {
    "ptr_missing": AdviceTemplate(
        severity=_CRITICAL,
        consequence="Large receivers refuse mail from {subject}.",
        meaning="An address without a reverse name looks like a home computer. Gmail and Microsoft ask for one.",
        next_step="Give {subject} a PTR record that names your mail server; for an Elastic IP set `ptr` and deploy.",
    ),
    "ptr_several": AdviceTemplate(
        severity=_WARNING,
        consequence="Receivers may take the wrong name for {subject}.",
        meaning="They look at one PTR record, and any of them may be the one.",
        next_step="Leave one PTR record of {subject}: the name that the server says in HELO.",
    ),
    "ptr_generic": AdviceTemplate(
        severity=_WARNING,
        consequence="Receivers distrust mail from {subject}.",
        meaning="Its reverse name is one that a provider hands out: it does not say who sends.",
        next_step="Give {subject} a PTR name under your own domain.",
    ),
    "ptr_unconfirmed": AdviceTemplate(
        severity=_CRITICAL,
        consequence="Large receivers refuse mail from {subject}.",
        meaning="Its reverse name does not lead back to it, so that anybody could have written it.",
        next_step="Let {name} lead to {subject}: add or repair its address record.",
    ),
    "ptr_differs": AdviceTemplate(
        severity=_WARNING,
        consequence="{subject} answers to another name than the configuration says.",
        meaning="Somebody changed the reverse name, or the configuration is behind.",
        next_step="Deploy to set the declared name again, or write the new one into the configuration.",
    ),
    "ptr_unaligned": AdviceTemplate(
        severity=_INFO,
        consequence="The reverse name of {subject} has nothing to do with the domains it sends for.",
        meaning="Some filters compare the two. Alone it refuses no mail.",
        next_step="Choose a PTR name under a domain that you send from.",
    ),
    "helo_unconfirmed": AdviceTemplate(
        severity=_WARNING,
        consequence="Some receivers refuse the greeting of {subject}.",
        meaning="The name that the server says in HELO does not lead to its address (RFC 5321 section 4.1.4).",
        next_step="Let the HELO name lead to {subject}, or let the server say its PTR name.",
    ),
}

AUTH_RECORDS: Mapping[str, AdviceTemplate] = {
    "spf_missing": AdviceTemplate(
        severity=_WARNING,
        consequence="Mail with an envelope from {subject} does not pass SPF anywhere.",
        meaning="The domain publishes no SPF record: receivers cannot tell your servers from strangers.",
        next_step=f"Publish SPF for {{subject}}. {_RECORDS}",
    ),
    "spf_several": AdviceTemplate(
        severity=_WARNING,
        consequence="Mail with an envelope from {subject} does not pass SPF anywhere.",
        meaning="With two SPF records receivers use none (RFC 7208 section 4.5).",
        next_step="Merge the SPF records of {subject} into one.",
    ),
    "spf_invalid": AdviceTemplate(
        severity=_WARNING,
        consequence="Mail with an envelope from {subject} does not pass SPF anywhere.",
        meaning="Receivers answer an SPF record that they cannot evaluate with a permanent error.",
        next_step="Repair the SPF record of {subject} where the evidence says. " + _RECORDS,
    ),
    "spf_lookups": AdviceTemplate(
        severity=_WARNING,
        consequence="Mail with an envelope from {subject} fails SPF wherever the limit is kept.",
        meaning="A record may make receivers ask DNS ten times; includes count with all that they include.",
        next_step="Remove or replace the mechanism that costs most; the evidence names it.",
    ),
    "spf_void": AdviceTemplate(
        severity=_WARNING,
        consequence="Mail with an envelope from {subject} fails SPF at receivers that keep the limit.",
        meaning="More than two of the record's lookups find nothing: names that are gone (RFC 7208 section 4.6.4).",
        next_step="Remove the mechanisms of {subject} whose names do not exist any more.",
    ),
    "spf_all": AdviceTemplate(
        severity=_WARNING,
        consequence="Anybody can send as {subject} and pass, or at least not fail, SPF.",
        meaning="The record has to end with a word about everybody else: ~all or -all.",
        next_step="Take out what lets everybody pass, where the evidence names it, and end the SPF record of {subject} "
        "with ~all or -all.",
    ),
    "spf_hosts": AdviceTemplate(
        severity=_CRITICAL,
        consequence="Mail from your own server fails SPF for {subject}.",
        meaning="The server's address is not among those that the record lets send.",
        next_step="Add the server to `spf.mechanisms` of {subject} and deploy.",
    ),
    "spf_differs": AdviceTemplate(
        severity=_INFO,
        consequence="The SPF record of {subject} is not the one that the configuration declares.",
        meaning="Somebody changed it in DNS, or the zone is elsewhere and was not updated.",
        next_step=f"Deploy again, or publish the declared record. {_RECORDS}",
    ),
    "dkim_missing": AdviceTemplate(
        severity=_CRITICAL,
        consequence="Signatures of {subject} cannot be checked, and SES stops sending for it within days.",
        meaning="A DKIM record is gone, as after a move of the zone. Without it DMARC has only SPF left.",
        next_step=f"Publish the DKIM records of {{subject}} again. {_RECORDS}",
    ),
    "dkim_invalid": AdviceTemplate(
        severity=_CRITICAL,
        consequence="Signatures of {subject} fail wherever they are checked.",
        meaning="What is published under the selector is no key: cut off, wrongly quoted, or two records.",
        next_step=f"Publish the key anew, as one TXT record. {_RECORDS}",
    ),
    "dkim_short": AdviceTemplate(
        severity=_WARNING,
        consequence="Receivers ignore the signatures of {subject}.",
        meaning="Keys below 1,024 bits count as forgeable (RFC 8301).",
        next_step="Make a new key with `staygreen dkim new` and switch to its selector.",
    ),
    "dkim_weak": AdviceTemplate(
        severity=_INFO,
        consequence="The DKIM key of {subject} is shorter than advised.",
        meaning="1,024 bits are still accepted; 2,048 are advised (RFC 8301).",
        next_step="Make a new key with `staygreen dkim new` and switch to its selector when convenient.",
    ),
    "dkim_revoked": AdviceTemplate(
        severity=_CRITICAL,
        consequence="Every signature with this key of {subject} counts as a forgery.",
        meaning="The record has an empty p: that is how a key is revoked.",
        next_step="Sign with another selector, or publish the key again. " + _RECORDS,
    ),
    "dkim_differs": AdviceTemplate(
        severity=_CRITICAL,
        consequence="Signatures of {subject} fail: receivers find another key.",
        meaning="The record under the selector is not the one that the signatures are made with.",
        next_step=f"Publish the declared record. {_RECORDS}",
    ),
    "dmarc_missing": AdviceTemplate(
        severity=_WARNING,
        consequence="Nobody protects the name {subject}, and large receivers ask bulk senders for DMARC.",
        meaning="Without a record receivers neither apply a policy nor report what fails.",
        next_step="Publish a DMARC record for {subject}; p=none is enough to begin.",
    ),
    "dmarc_several": AdviceTemplate(
        severity=_WARNING,
        consequence="The DMARC policy of {subject} is not applied.",
        meaning="With two DMARC records receivers use none (RFC 9989 section 4.10).",
        next_step="Leave one DMARC record of {subject}.",
    ),
    "dmarc_invalid": AdviceTemplate(
        severity=_WARNING,
        consequence="The DMARC policy of {subject} is not applied as it was meant.",
        meaning="Receivers ignore a record that they cannot read, or read it as p=none.",
        next_step="Repair the DMARC record of {subject} where the evidence says.",
    ),
    "dmarc_obsolete": AdviceTemplate(
        severity=_INFO,
        consequence="Parts of the DMARC record of {subject} have no effect.",
        meaning="RFC 9989 removed pct, rf and ri. With pct=0 or pct=50 the policy now holds for all mail.",
        next_step="Remove the tags; for a trial use t=y.",
    ),
    "dmarc_weaker": AdviceTemplate(
        severity=_WARNING,
        consequence="Forged mail from {subject} is treated more mildly than you declared.",
        meaning="The published policy is weaker than the configuration's.",
        next_step=f"Deploy again, or publish the declared record. {_RECORDS}",
    ),
    "dmarc_differs": AdviceTemplate(
        severity=_INFO,
        consequence="The DMARC record of {subject} is not the one that the configuration declares.",
        meaning="Somebody changed it in DNS, or the zone is elsewhere and was not updated.",
        next_step=f"Deploy again, or publish the declared record. {_RECORDS}",
    ),
    "dmarc_reports_undeliverable": AdviceTemplate(
        severity=_WARNING,
        consequence="Nobody gets the DMARC reports about {subject}.",
        meaning="The domain that they are to be sent to takes no mail.",
        next_step="Name an address that exists in rua, or repair the MX of its domain.",
    ),
    "dmarc_reports_unauthorised": AdviceTemplate(
        severity=_WARNING,
        consequence="Nobody gets the DMARC reports about {subject}.",
        meaning="A receiver elsewhere has to agree in its own DNS before reports are sent there (RFC 9990 section 4).",
        next_step='Have {name} TXT "v=DMARC1" published in the receiver\'s zone.',
    ),
    "mail_from_mx": AdviceTemplate(
        severity=_WARNING,
        consequence="SES stops using the MAIL FROM domain of {subject}: SPF no longer aligns for DMARC.",
        meaning="SES wants exactly one MX there, with the feedback host of the identity's region.",
        next_step=f"Publish the declared MX. {_RECORDS}",
    ),
    "mail_from_spf": AdviceTemplate(
        severity=_CRITICAL,
        consequence="Mail of {subject} through SES does not pass SPF.",
        meaning="The envelope's domain does not let SES send.",
        next_step=f"Publish the declared TXT record of the MAIL FROM domain. {_RECORDS}",
    ),
    "mta_sts": AdviceTemplate(
        severity=_WARNING,
        consequence="Senders do not learn that mail to {subject} has to be encrypted, or that the policy changed.",
        meaning="The MTA-STS record announces the policy and its version (RFC 8461).",
        next_step=f"Publish the declared record. {_RECORDS}",
    ),
    "tls_rpt": AdviceTemplate(
        severity=_INFO,
        consequence="Nobody reports when mail to {subject} cannot be encrypted.",
        meaning="The TLS-RPT record says where such reports go (RFC 8460).",
        next_step=f"Publish the declared record. {_RECORDS}",
    ),
    "null_mx": AdviceTemplate(
        severity=_WARNING,
        consequence="{subject} is parked, and does not say that it takes no mail.",
        meaning="Mail to it, and bounces of mail that forges it, go to whoever its records name, or to its web server.",
        next_step=f"Publish the declared null MX, or do not call the domain parked. {_RECORDS}",
    ),
    "ses_unverified": AdviceTemplate(
        severity=_CRITICAL,
        consequence="SES refuses to send for {subject}.",
        meaning="SES does not count the identity as verified, although its DKIM records are right.",
        next_step="Look at the identity in the SES console, and let it verify again.",
        link=_SES_CONSOLE,
    ),
    "ses_dkim": AdviceTemplate(
        severity=_CRITICAL,
        consequence="SES sends the mail of {subject} without a valid signature of its own domain.",
        meaning="Signing is switched off, or SES does not find the keys that are in DNS.",
        next_step="Switch DKIM signing on for the identity; deploying does it.",
        link=_SES_CONSOLE,
    ),
    "ses_mail_from": AdviceTemplate(
        severity=_WARNING,
        consequence="The envelope of mail from {subject} carries Amazon's domain: SPF does not align for DMARC.",
        meaning="SES does not use the declared MAIL FROM domain.",
        next_step="Set the MAIL FROM domain of the identity again; deploying does it.",
        link=_SES_CONSOLE,
    ),
    "ses_configuration_set": AdviceTemplate(
        severity=_WARNING,
        consequence="Bounces and complaints of mail from {subject} may go unseen.",
        meaning="Mail that names no configuration set gets the identity's default one, and there is none.",
        next_step="Set a default configuration set for the identity; deploying does it.",
        link=_SES_CONSOLE,
    ),
}
