"""A harmless word never hides that the sender is refused, and nothing more is claimed than is said."""

import pytest

from staygreen.core.replies import explain
from staygreen.core.replies.decode import Cause, Route, Scope, System, decode


@pytest.mark.parametrize(
    "text",
    [
        "554 Connection refused. 192.0.2.10 is listed at Spamhaus",
        "554 Service unavailable; 192.0.2.10 stands on the list of SpamCop, see spamcop.net",
        "421 Try again later; blocked using bl.customer.example",
        "554 No SMTP service: blocked using zen.spamhaus.org",
        "550 mailbox unavailable: client blocked by b.barracudacentral.org",
    ],
)
def test_a_list_is_not_hidden_by_a_harmless_word(text):
    assert decode(text).cause is Cause.THIRD_PARTY_LIST


@pytest.mark.parametrize(
    "text",
    [
        "554 Service not available. Your IP address is block listed",
        "554 Connection refused: IP 192.0.2.10 has a poor reputation",
        "550 Policy violation, your server is banned",
        "554 Temporary failure: your IP was blacklisted",
    ],
)
def test_a_block_is_not_hidden_by_a_harmless_word(text):
    assert decode(text).cause is Cause.IP_BLOCKED


@pytest.mark.parametrize(
    "text",
    [
        "550 5.7.1 A domain in your mail is on the Spamhaus DBL",
        "554 blocked using dbl.spamhaus.org",
        "554 5.7.1 URL found in SURBL",
        "550 5.7.1 the MailFrom domain is listed in Spamhaus (S8002)",
    ],
)
def test_a_list_of_domains_is_about_a_domain(text):
    found = decode(text)
    assert (found.cause, found.scope, found.ip) == (Cause.THIRD_PARTY_LIST, Scope.DOMAIN, None)


@pytest.mark.parametrize(
    "text",
    [
        "554 5.7.1 Client host [192.0.2.10] blocked using zen.spamhaus.org; public resolver in use",
        "550 5.7.1 192.0.2.10 blocked: dbl.spamhaus.org answered 127.255.255.252",
        "554 URIBL_BLOCKED: the query was refused, see http://uribl.com/refused.shtml",
    ],
)
def test_a_list_that_refused_the_receiver_is_no_listing(text):
    found = decode(text)
    assert (found.cause, found.route, found.ip) == (Cause.UNKNOWN, Route.CONTACT_RECIPIENT, None)
    assert found.rule == "generic.list_setup_error"


@pytest.mark.parametrize(
    ("text", "ip"),
    [
        (
            "553 5.7.1 <mx.shop.example[192.0.2.10]>: Client host rejected: your IP is a spam source, no relay access",
            "192.0.2.10",
        ),
        ("554 No relaying: spammers such as the IP 192.0.2.10 are unwelcome", "192.0.2.10"),
    ],
)
def test_a_spammers_address_outranks_a_relay_that_is_denied(text, ip):
    found = decode(text)
    assert (found.cause, found.ip) == (Cause.IP_BLOCKED, ip)


@pytest.mark.parametrize(
    "text", ["554 5.7.1 192.0.2.10 was found on one or more DNSBLs, bye", "553 DNSBL:RBL 192.0.2.10 blocked"]
)
def test_no_list_is_said_to_be_named_that_is_not(text):
    found = decode(text)
    assert found.cause is Cause.THIRD_PARTY_LIST
    assert "that the reply names" not in found.meaning + explain.way(found).step


def test_what_says_nothing_about_the_sender_is_no_unknown_cause():
    found = decode(
        "554 5.7.1 192.0.2.10 blocked; Error: open resolver; https://check.spamhaus.org/returnc/pub/203.0.113.5"
    )
    assert explain.why(found) == "nothing is said against the sender"
    assert explain.why(decode("550 Computer says no")) == "not known"


def test_yahoos_own_number_is_no_address():
    found = decode(
        "421 4.7.0 [TSS04] Messages from 192.0.2.10 temporarily deferred - 4.16.55.1; see https://x.yahooinc.com"
    )
    assert (found.ip, explain.other_addresses(found)) == ("192.0.2.10", ())


def test_a_relay_that_is_denied_alone_is_no_block():
    assert decode("554 5.7.1 <reader@customer.example>: Relaying denied, ask the owner of the IP").cause is (
        Cause.RECIPIENT_UNKNOWN
    )


@pytest.mark.parametrize(
    ("text", "cause", "route"),
    [
        ("554 5.7.1 : (RTR:DU) https://postmaster.aol.com/errors", Cause.IP_BLOCKED, Route.FIX_DNS),
        ("554 (RLY:BL) refused", Cause.IP_BLOCKED, Route.NONE),
        ("421 4.7.1 : (DYN:T1) https://postmaster.aol.com/errors", Cause.IP_THROTTLED, Route.SLOW_DOWN),
    ],
)
def test_aols_own_codes_of_old_logs_are_known(text, cause, route):
    found = decode(text)
    assert (found.system, found.cause, found.route) == (System.YAHOO, cause, route)


@pytest.mark.parametrize("zone", ["bl.customer.example", "prs.example.net", "rbl.mx.example"])
def test_the_name_of_a_list_may_end_the_text(zone):
    found = decode(f"550 5.7.1 Service unavailable; client [192.0.2.10] blocked using {zone}")
    assert (found.cause, found.ip, found.route) == (Cause.THIRD_PARTY_LIST, "192.0.2.10", Route.THIRD_PARTY)


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        ("Spf= Fail , Dkim= Pass , DMARC= Fail", ("SPF", "DMARC")),
        ("SPF=Pass, DKIM=None, DMARC=Fail", ("DKIM", "DMARC")),
        ("spf: softfail; dkim: pass", ("SPF",)),
        ("Spf=Pass Dkim=Pass DMARC=Pass", ()),
        ("Dkim= Fa", ()),
    ],
)
def test_microsofts_own_verdicts_name_what_failed_and_only_that(text, failed):
    found = decode(f"550; 5.7.515 Access denied, sending domain shop.example is not authenticated enough. {text}")
    assert found.failed == failed
    step = explain.way(found).step
    for name in ("SPF", "DKIM", "DMARC"):
        assert (name in step) is (name in failed or not failed)


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        ("shop.example does not pass DMARC verification and its policy is reject", ("DMARC",)),
        ("The sender fails SPF and DKIM here", ("SPF", "DKIM")),
        ("Your mail failed to pass SPF, DKIM and DMARC, good-bye", ("SPF", "DKIM", "DMARC")),
        ("It does not pass SPF or DKIM, one is enough", ()),
        ("It failed DMARC. SPF = pass, DKIM = pass", ("DMARC",)),
        ("DKIM is missing", ()),
    ],
)
def test_verdicts_in_words_name_what_failed_and_only_that(text, failed):
    assert decode(f"550 5.7.26 {text}").failed == failed


def test_gmails_verdicts_are_read_too():
    found = decode(
        "550-5.7.26 Unauthenticated. DKIM = did not pass 550-5.7.26 SPF [shop.example] with ip: [192.0.2.10] = pass "
        "- gsmtp"
    )
    assert found.failed == ("DKIM",)


def test_a_number_of_messages_is_told_as_what_was_announced():
    assert "announced" in decode("550 5.7.515 no").meaning


def test_a_code_alone_is_known():
    assert (decode("S3140").cause, decode("S3140").code) == (Cause.IP_BLOCKED, "S3140")
    assert decode("S9140").cause is Cause.UNKNOWN


def test_of_an_unknown_reply_nothing_is_claimed():
    way = explain.way(decode("550 5.7.1 Computer says no"))
    assert "form" not in way.step
    assert "portal" not in way.step
    assert not way.address


def test_the_page_that_a_list_names_is_kept():
    text = (
        "550 5.7.1 Client host [192.0.2.10] blocked using Spamhaus. See https://www.spamhaus.org/query/ip/192.0.2.10."
    )
    way = explain.way(decode(text))
    assert (way.address, way.named) == ("", "https://www.spamhaus.org/query/ip/192.0.2.10")
    told = explain.explained(decode(text))
    assert "Where:" not in told
    assert "Page:     https://www.spamhaus.org/query/ip/192.0.2.10 (named by the server that refused" in told


def test_a_throttle_that_is_final_for_the_message_promises_no_retry():
    found = decode("550 192.0.2.10 has sent too many messages this hour")
    assert (found.cause, found.permanent) == (Cause.IP_THROTTLED, True)
    assert "later" in explain.retry(found)
    assert "delivers in the end" not in explain.retry(found)


@pytest.mark.parametrize(
    ("reason", "cause", "route"),
    [
        ("Requested mail action aborted", Cause.UNKNOWN, Route.NONE),
        ("This account is over quota", Cause.MAILBOX_FULL, Route.CONTACT_RECIPIENT),
        (
            "This user doesn't have a yahoo.com account (reader@yahoo.test)",
            Cause.RECIPIENT_UNKNOWN,
            Route.SUPPRESS_RECIPIENT,
        ),
    ],
)
def test_the_words_before_a_reason_are_no_reason(reason, cause, route):
    found = decode(f"554 delivery error: dd {reason} - mta4001.mail.gq1.yahoo.com")
    assert (found.cause, found.route) == (cause, route)


@pytest.mark.parametrize(
    "text",
    [
        "554 5.7.1 Your mail was rejected as spam. If you are not a spammer, write to postmaster@customer.example",
        "550 Taken for spam by our filter; senders of bulk mail read https://customer.example/bulk",
    ],
)
def test_words_about_spammers_in_general_are_about_the_message(text):
    assert decode(text).cause is Cause.CONTENT_POLICY


def test_an_organisations_policy_against_spoofing_is_its_own():
    found = decode("550 Refused by our Anti-Spoofing Policy for mail in our own name")
    assert (found.cause, found.route) == (Cause.CONTENT_POLICY, Route.CONTACT_RECIPIENT)
