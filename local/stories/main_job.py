"""The main job: a listing, a list that refuses, the alerts and the recovery."""

from __future__ import annotations

import dns.reversename

from local.dns.blocklists import Misbehaviour
from local.stage import Stage, query_name
from local.stories.telling import deploy, dig, require, show_json, show_mail, step, title

LISTING = "psbl.surriel.com"
REFUSING = "bl.spamcop.net"
REFUSING_ID = "spamcop"


SEEN = (
    "provisioned  SES identity, DKIM, SPF, DMARC, MAIL FROM and reverse DNS of example.com",
    "listed       one address on PSBL: nothing after one sighting, one alert after two",
    "refused      SpamCop would not answer: told as lost coverage, never as a listing",
    "over         off the list after three clean answers; four messages in all, none twice",
)
"""What the story showed, for its end; each line was required on the way."""


def leave_open(played: Stage) -> None:
    """Get an address onto a list once more, and wait until that is told."""
    address = str(played.addresses()[0]["PublicIp"])
    title(f"{address} gets onto a blocklist once more, and stays there")
    played.list_address(LISTING, address)
    told = len(played.alerts())
    with step("two hours: the listing is seen, and confirmed"):
        played.run_check()
        played.run_check()
        played.cloud.wait_until(lambda: len(played.alerts()) > told, what="the alert")


def play(played: Stage) -> None:
    """Deploy a sender, list one of its addresses, get the alert, and hear of the recovery."""
    deploy(played)
    address = _show_provisioned(played)
    title("The first run is the baseline: nothing is wrong yet")
    with step("one hour passes; the deployed schedule runs the blocklist check"):
        played.run_check()
    require(not played.alerts(), "a clean sender raises no alert")

    title(f"{address} gets onto a blocklist, and another list starts refusing us")
    cloud = played.cloud
    played.list_address(LISTING, address)
    cloud.blocklists.misbehave(REFUSING, Misbehaviour.REFUSAL_CODE)
    dig(played, query_name(address, LISTING), "A")
    dig(played, query_name(address, REFUSING), "A")
    with step("one hour: the listing is seen once, which is recorded and not announced"):
        played.run_check()
    require(not played.alerts(), "one sighting raises no alert")
    with step("one hour: the second sighting confirms it"):
        played.run_check()
        alert = played.wait_for_alert("opened", address)
    require(not any(alert["cause"] == REFUSING_ID for alert in played.alerts()), "a refusal is not a listing")

    title("The alert, as subscribers got it")
    show_mail(played, alert)
    show_json(alert)
    queued = played.queued()
    require([each["transition_id"] for each in queued] == [alert["transition_id"]], "SQS got the same, once")

    title("SpamCop goes on refusing: no listing, but lost coverage")
    with step("one hour: the third run without an answer"):
        played.run_check()
        coverage = played.wait_for_alert("opened", REFUSING_ID)
    show_mail(played, coverage)

    title("The address is removed from the list, and the other list answers again")
    played.unlist_address(LISTING, address)
    cloud.blocklists.behave(REFUSING)
    for number in (1, 2, 3):
        with step(f"one hour: clean reading {number} of 3"):
            played.run_check()
    played.wait_for_alert("cleared", REFUSING_ID)
    recovery = played.wait_for_alert("cleared", address)
    show_mail(played, recovery)
    told = [(alert["kind"], alert["subjects"][0]["id"]) for alert in played.alerts()]
    require(len(told) == len(set(told)) == 4, "four messages in all, none twice")


def _show_provisioned(played: Stage) -> str:
    title("What was provisioned")
    identity = played.cloud.client("sesv2").get_email_identity(EmailIdentity="example.com")
    require(identity["VerifiedForSendingStatus"], "SES verified example.com through the DKIM records")
    mail_from = identity["MailFromAttributes"]
    require(mail_from["MailFromDomainStatus"] == "SUCCESS", f"SES verified MAIL FROM {mail_from['MailFromDomain']}")
    for name, rtype in (
        ("example.com", "TXT"),
        ("_dmarc.example.com", "TXT"),
        (f"{identity['DkimAttributes']['Tokens'][0]}._domainkey.example.com", "CNAME"),
        ("bounce.example.com", "MX"),
        ("bounce.example.com", "TXT"),
        ("mail.example.com", "A"),
    ):
        require(dig(played, name, rtype), f"{name} {rtype} answers")
    address = str(played.addresses()[0]["PublicIp"])
    pointers = dig(played, str(dns.reversename.from_address(address)), "PTR")
    require(pointers == ["mail.example.com."], f"reverse DNS of {address} is forward-confirmed")
    return address
