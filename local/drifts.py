"""Seeded drifts: one thing at a time that goes wrong with a deployed sender, and how it is put right again.

Each is what people really do: a record lost in a move of the zone, a second SPF record, a changed name in the console.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.stage import EXAMPLE, Stage
from staygreen.adapters.sources.ses_standing import NAMESPACE
from staygreen.adapters.store.incidents import IncidentTable
from staygreen.core.incidents.incident import Status
from staygreen.core.naming import INCIDENTS
from staygreen.core.records import txt
from staygreen.core.ses.standing import SET_DIMENSION

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

COM, NET = "Z0EXAMPLECOM00000000", "Z0EXAMPLENET00000000"
CHECKS = ("auth_records", "reverse_dns", "ses_reputation", "volume")
"""Those that compare what is declared or usual with what is."""
DOMAIN, OWN_KEY = "example.com", "own._domainkey.example.com"
SET = "transactional"
SPF = "v=spf1 a:mail.example.com ~all"
DMARC = (
    "v=DMARC1; p=quarantine; sp=quarantine; np=reject; rua=mailto:dmarc@example.com,mailto:dmarc@reports.example.net"
)
_runs = count()
_OTHER_TXT = "site-verification=0123456789abcdef"
_REPORTS = """
[[domain]]
name = "reports.example.net"
ses = false
zone = { id = "Z0EXAMPLENET00000000", name = "example.net" }
spf = { all = "-all" }
dmarc = { policy = "reject", aggregate_reports = ["dmarc@reports.example.net"] }
"""


def public_key(bits: int = 2048) -> str:
    """A fresh RSA public key as DKIM publishes it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def declared(text: str, key: str) -> str:
    """The first example, or what a stage made of it, with everything declared that can drift.

    Args:
        text: The configuration.
        key: The public key of our own selector.
    """
    for old, new in (
        ('mode = "easy" ', f'selectors = [{{ name = "own", public_key = "{key}" }}]\nmode = "easy" '),
        (
            'aggregate_reports = ["dmarc@example.com"]',
            'aggregate_reports = ["dmarc@example.com", "dmarc@reports.example.net"]',
        ),
        ("# [domain.mta_sts]\n# id", "[domain.mta_sts]\nid"),
        ('helo = "mail.example.com"', 'helo = "smtp.example.com"'),
    ):
        if old not in text:
            raise ValueError(f"{EXAMPLE} has no {old!r} any more")
        text = text.replace(old, new)
    return text.replace("# An Elastic IP that", f"{_REPORTS}\n# An Elastic IP that", 1)


def run(played: Stage, check: str) -> None:
    """Let a deployed check run once, now.

    Raises:
        RuntimeError: It failed.
    """
    event = json.dumps({"run_id": f"drift-{next(_runs)}", "scheduled_at": ""})
    reply = played.cloud.client("lambda").invoke(FunctionName=played.names.check_function(check), Payload=event)
    answer = json.loads(reply["Payload"].read())
    if "changes" not in answer:
        raise RuntimeError(f"the check {check} failed: {answer}")


def found(played: Stage) -> set[tuple[str, str, str]]:
    """What is seen or open now: check, subject and cause."""
    table = IncidentTable(played.cloud.client("dynamodb"), played.names.table(INCIDENTS))
    return {
        (check, incident.subject.id, incident.finding.cause)
        for check in CHECKS
        for incident in table.load(check)[0].values()
        if incident.status is not Status.CLOSED
    }


Happening = Callable[[Stage], Callable[[], None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One thing that goes wrong."""

    name: str
    check: str
    subject: str
    """The domain, configuration set or tenant; `ses` for the account; empty: the sender's Elastic IP."""
    cause: str
    """The cause of the one finding that tells it."""
    happens: Happening
    """Lets it happen; gives what puts it right."""


def _gone(zone: str, name: str, rtype: str) -> Happening:
    def happens(played: Stage) -> Callable[[], None]:
        found = played.cloud.unpublish(zone, name, rtype)
        return lambda: played.cloud.put_back(zone, found)

    return happens


def _now(zone: str, name: str, rtype: str, *values: str) -> Happening:
    def happens(played: Stage) -> Callable[[], None]:
        found = played.cloud.unpublish(zone, name, rtype)
        made = [txt.route53_value(value) for value in values] if rtype == "TXT" else values
        played.cloud.publish(zone, name, rtype, *made)
        return lambda: played.cloud.put_back(zone, found)

    return happens


def _apex(*records: str) -> Happening:
    return _now(COM, DOMAIN, "TXT", *records, _OTHER_TXT)


def _also(*mechanisms: str) -> Happening:
    return _apex(" ".join(("v=spf1 a:mail.example.com", *mechanisms, "~all")))


def _mail_from(rtype: str, value: str) -> Happening:
    return _now(COM, "bounce.example.com", rtype, value)


def _dmarc(*records: str) -> Happening:
    return _now(COM, f"_dmarc.{DOMAIN}", "TXT", *records)


def _key(*records: str) -> Happening:
    return _now(COM, OWN_KEY, "TXT", *records)


def _easy_dkim(*targets: str) -> Happening:
    """The first of the three names leads elsewhere, or nowhere."""

    def happens(played: Stage) -> Callable[[], None]:
        tokens = played.cloud.client("sesv2").get_email_identity(EmailIdentity=DOMAIN)["DkimAttributes"]["Tokens"]
        name = f"{tokens[0]}._domainkey.{DOMAIN}"
        return (_now(COM, name, "CNAME", *targets) if targets else _gone(COM, name, "CNAME"))(played)

    return happens


def _ses(change: Callable[[SESV2Client], object], back: Callable[[SESV2Client], object]) -> Happening:
    def happens(played: Stage) -> Callable[[], None]:
        client = played.cloud.client("sesv2")
        change(client)

        def repair() -> None:
            back(client)

        return repair

    return happens


def _named(name: str, leads_to: str = "") -> Happening:
    """The address gets another name (empty: none), which then leads somewhere else."""

    def happens(played: Stage) -> Callable[[], None]:
        (address,) = played.addresses()
        if name:
            played.cloud.publish(COM, name, "A", address["PublicIp"])
        _rename(played, address["AllocationId"], name)
        if leads_to:
            played.cloud.publish(COM, name, "A", leads_to)

        def repair() -> None:
            _rename(played, address["AllocationId"], "mail.example.com")
            if name:
                played.cloud.unpublish(COM, name, "A")

        return repair

    return happens


def _rename(played: Stage, allocation_id: str, name: str) -> None:
    client = played.cloud.client("ec2")
    if name:
        client.modify_address_attribute(AllocationId=allocation_id, DomainName=name)
    else:
        client.reset_address_attribute(AllocationId=allocation_id, Attribute="domain-name")
    played.cloud.wait_until(lambda: "PtrRecordUpdate" not in played.ptr(allocation_id), what=f"the name {name}")


def _measured(name: str, value: float, configuration_set: str = "") -> Happening:
    """A metric of SES rises, and falls to nothing again."""
    dimensions = [{"Name": SET_DIMENSION, "Value": configuration_set}] if configuration_set else []

    def happens(played: Stage) -> Callable[[], None]:
        def put(number: float) -> None:
            datum = {"MetricName": name, "Value": number, "Dimensions": dimensions}
            played.cloud.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[datum])

        put(value)

        # the mean of the hour has to fall below the warning
        def repair() -> None:
            for _ in range(9):
                put(0.0)

        return repair

    return happens


def _decided(to: Mapping[str, Any], back: Mapping[str, Any]) -> Happening:
    def happens(played: Stage) -> Callable[[], None]:
        played.cloud.decide_of_account(**to)
        return lambda: played.cloud.decide_of_account(**back)

    return happens


def _advised(kind: str, about: str, words: str) -> Happening:
    def happens(played: Stage) -> Callable[[], None]:
        cloud = played.cloud
        arn = f"arn:aws:ses:{cloud.region}:{cloud.account}:{about}"
        cloud.decide_of_account(VdmAttributes={"VdmEnabled": "ENABLED"})
        advice = {"Type": kind, "Status": "OPEN", "ResourceArn": arn, "Description": words, "Impact": "HIGH"}
        cloud.judge_reputation(Recommendations=[advice])

        def repair() -> None:
            cloud.judge_reputation(Recommendations=[{**advice, "Status": "FIXED"}])

        return repair

    return happens


def _tenant_stopped(name: str) -> Happening:
    def happens(played: Stage) -> Callable[[], None]:
        cloud = played.cloud
        entity = {
            "ReputationEntityReference": f"arn:aws:ses:{cloud.region}:{cloud.account}:tenant/{name}/tn-1",
            "ReputationEntityType": "RESOURCE",
        }
        managed = {"AwsSesManagedStatus": {"Status": "DISABLED", "Cause": "Complaint rate"}}
        cloud.judge_reputation(ReputationEntities=[{**entity, **managed, "SendingStatusAggregate": "DISABLED"}])

        def repair() -> None:
            cloud.judge_reputation(ReputationEntities=[{**entity, "SendingStatusAggregate": "REINSTATED"}])

        return repair

    return happens


def _suppressed(number: int) -> Happening:
    addresses = [f"r{each}@example.org" for each in range(number)]

    def happens(played: Stage) -> Callable[[], None]:
        client = played.cloud.client("sesv2")
        for each in addresses:
            client.put_suppressed_destination(EmailAddress=each, Reason="BOUNCE")

        def repair() -> None:
            for each in addresses:
                client.delete_suppressed_destination(EmailAddress=each)

        return repair

    return happens


def _ses_says(name: str, cause: str, happens: Happening, subject: str = "ses") -> Drift:
    return Drift(name=name, check="ses_reputation", subject=subject, cause=cause, happens=happens)


def _auth(name: str, cause: str, happens: Happening, subject: str = DOMAIN) -> Drift:
    return Drift(name=name, check="auth_records", subject=subject, cause=cause, happens=happens)


def _rdns(name: str, cause: str, happens: Happening) -> Drift:
    return Drift(name=name, check="reverse_dns", subject="", cause=cause, happens=happens)


def drifts(key: str) -> tuple[Drift, ...]:
    """All of them, for a sender that declares `key` under its own selector."""
    eleven = " ".join(["a:mail.example.com"] * 11)
    return (
        _auth("the apex TXT records are lost", "spf_missing", _gone(COM, DOMAIN, "TXT")),
        _auth("a second system publishes its own SPF record", "spf_several", _apex(SPF, "v=spf1 -all")),
        _auth("a typing mistake", "spf_invalid", _also("inlcude:amazonses.com")),
        _auth("an include of a service that is gone", "spf_invalid", _also("include:gone.example.com")),
        _auth("a record that includes itself", "spf_invalid", _also("include:example.com")),
        _auth("eleven lookups", "spf_lookups", _apex(f"v=spf1 {eleven} ~all")),
        _auth(
            "three hosts that are gone",
            "spf_void",
            _also("a:h1.example.com", "a:h2.example.com", "mx:h3.example.com"),
        ),
        _auth("everybody may send", "spf_all", _apex("v=spf1 a:mail.example.com +all")),
        _auth("no last word", "spf_all", _apex("v=spf1 a:mail.example.com ?all")),
        _auth("our own server is forgotten", "spf_hosts", _apex("v=spf1 ip4:198.51.100.1 ~all")),
        _auth("somebody adds a sender by hand", "spf_differs", _also("ip4:198.51.100.1")),
        _auth("one Easy DKIM name is lost", "dkim_missing", _easy_dkim()),
        _auth("one Easy DKIM name leads to another token", "dkim_differs", _easy_dkim("other.dkim.amazonses.com")),
        _auth("our own key is lost", "dkim_missing", _gone(COM, OWN_KEY, "TXT")),
        _auth("our own key is cut off", "dkim_invalid", _key(f"v=DKIM1; k=rsa; p={key[:200]}")),
        _auth("our own key is published twice", "dkim_invalid", _key(f"v=DKIM1; p={key}", f"k=rsa; p={key}")),
        _auth("our own key is revoked", "dkim_revoked", _key("v=DKIM1; p=")),
        _auth("another key is published", "dkim_differs", _key(f"v=DKIM1; k=rsa; p={public_key()}")),
        _auth("the DMARC record is lost", "dmarc_missing", _gone(COM, f"_dmarc.{DOMAIN}", "TXT")),
        _auth("two DMARC records", "dmarc_several", _dmarc(DMARC, "v=DMARC1; p=none")),
        _auth("a policy that does not exist", "dmarc_invalid", _dmarc(DMARC.replace("p=quarantine", "p=quarantin", 1))),
        _auth("a tag of the old standard", "dmarc_obsolete", _dmarc(f"{DMARC}; pct=50")),
        _auth("the policy is weakened", "dmarc_weaker", _dmarc(DMARC.replace("p=quarantine", "p=none", 1))),
        _auth("the policy is put on trial", "dmarc_differs", _dmarc(f"{DMARC}; t=y")),
        _auth("the report mailbox loses its MX", "dmarc_reports_undeliverable", _gone(COM, DOMAIN, "MX")),
        _auth(
            "the receiver of reports no longer agrees",
            "dmarc_reports_unauthorised",
            _gone(NET, "example.com._report._dmarc.reports.example.net", "TXT"),
        ),
        _auth("the MAIL FROM domain loses its MX", "mail_from_mx", _gone(COM, "bounce.example.com", "MX")),
        _auth(
            "the MX of another region",
            "mail_from_mx",
            _mail_from("MX", "10 feedback-smtp.eu-west-1.amazonses.com"),
        ),
        _auth("the MAIL FROM domain forgets SES", "mail_from_spf", _mail_from("TXT", "v=spf1 -all")),
        _auth("the MTA-STS record is lost", "mta_sts", _gone(COM, "_mta-sts.example.com", "TXT")),
        _auth(
            "TLS reports go elsewhere",
            "tls_rpt",
            _now(COM, "_smtp._tls.example.com", "TXT", "v=TLSRPTv1; rua=mailto:x@example.com"),
        ),
        _auth(
            "signing is switched off",
            "ses_dkim",
            _ses(
                lambda ses: ses.put_email_identity_dkim_attributes(EmailIdentity=DOMAIN, SigningEnabled=False),
                lambda ses: ses.put_email_identity_dkim_attributes(EmailIdentity=DOMAIN, SigningEnabled=True),
            ),
        ),
        _auth(
            "MAIL FROM is unset",
            "ses_mail_from",
            _ses(
                lambda ses: ses.put_email_identity_mail_from_attributes(EmailIdentity=DOMAIN, MailFromDomain=""),
                lambda ses: ses.put_email_identity_mail_from_attributes(
                    EmailIdentity=DOMAIN, MailFromDomain="bounce.example.com"
                ),
            ),
        ),
        _auth(
            "the default configuration set is removed",
            "ses_configuration_set",
            _ses(
                lambda ses: ses.put_email_identity_configuration_set_attributes(EmailIdentity=DOMAIN),
                lambda ses: ses.put_email_identity_configuration_set_attributes(
                    EmailIdentity=DOMAIN, ConfigurationSetName=SET
                ),
            ),
        ),
        _auth(
            "a domain that only takes reports loses its SPF",
            "spf_missing",
            _gone(NET, "reports.example.net", "TXT"),
            "reports.example.net",
        ),
        _rdns("the reverse name is lost", "ptr_missing", _named("")),
        _rdns("a generic reverse name", "ptr_generic", _named("host-12.example.com")),
        _rdns("another reverse name", "ptr_differs", _named("other.example.com")),
        _rdns("a reverse name that leads elsewhere", "ptr_unconfirmed", _named("moved.example.com", "198.51.100.9")),
        _rdns("the greeting leads nowhere", "helo_unconfirmed", _gone(COM, "smtp.example.com", "A")),
        _ses_says("the bounce rate of the account rises", "bounce_rate", _measured("Reputation.BounceRate", 0.03)),
        _ses_says(
            "readers complain about one kind of mail",
            "complaint_rate",
            _measured("Reputation.ComplaintRate", 0.0009, SET),
            SET,
        ),
        _ses_says(
            "AWS reviews the account",
            "under_review",
            _decided({"EnforcementStatus": "PROBATION"}, {"EnforcementStatus": "HEALTHY"}),
        ),
        _ses_says("AWS stops a tenant", "sending_disabled", _tenant_stopped("news"), "news"),
        _ses_says(
            "the advisor finds an address on a blocklist",
            "advice_ip_listing",
            _advised("IP_LISTING", "dedicated-ip/198.51.100.7", "198.51.100.7 is on a blocklist"),
        ),
        _ses_says("a list of dead addresses is used", "suppression_growth", _suppressed(60)),
        _ses_says(
            "a configuration set is switched off",
            "sending_disabled",
            _ses(
                lambda ses: ses.put_configuration_set_sending_options(ConfigurationSetName=SET, SendingEnabled=False),
                lambda ses: ses.put_configuration_set_sending_options(ConfigurationSetName=SET, SendingEnabled=True),
            ),
            SET,
        ),
    )
