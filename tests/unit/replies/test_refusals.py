"""The findings that follow from counters, and what they say."""

from datetime import UTC, datetime, timedelta

import pytest

from staygreen.adapters.memory.world import MemoryAsk, MemoryLookup
from staygreen.core.checks import refusals
from staygreen.core.config.parser import parse
from staygreen.core.dns.message import Rcode, Reply
from staygreen.core.errors import SourceUnavailable
from staygreen.core.finding import Severity, State, Subject, SubjectKind
from staygreen.core.replies import counters
from staygreen.core.replies.counters import SHARED
from staygreen.core.replies.delivery_event import Kind, Notice

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)  # a Tuesday
HOUR = timedelta(hours=1)
IP = Subject(SubjectKind.IP, "192.0.2.10")
SETTINGS = {"table": "t", "sender": "example", "environment": "production", "cluster": 3, "quiet_seconds": 48 * 3600}
S3150 = "550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent. on our block list (S3150)."
PORTAL = "550 5.7.606 Access denied, banned sending IP [192.0.2.10]. visit https://sender.office.com/ (AS16012609)"
BANNED = "550 5.7.511 Access denied, banned sender[192.0.2.10]. forward to delist@messaging.microsoft.com AS(508)"
SLOW = "451 4.7.651 The mail server [192.0.2.10] has been temporarily rate limited due to IP reputation. (S844)"
BUSY = "451 4.7.500 Server busy. Please try again later from [192.0.2.10]. (S77714)"
WEAK = "550 5.7.515 Access denied, sending domain [shop.example] does not meet the required authentication level."
GONE = "550 5.1.1 <anna@customer.example>: user unknown"
STRANGE = "550 5.7.999 Refused for reasons of style (Q42)"
HERE_LISTED = "554 5.7.1 Service unavailable; client [192.0.2.10] blocked using zen.spamhaus.org"


def counted(*replies, subject=IP, source="ses"):
    """Counters after replies: each a text, how long ago, and how many messages."""
    sightings = []
    for text, ago, number in replies:
        for n in range(number):
            notice = Notice(
                kind=Kind.REFUSED, source=source, text=text, at=NOW - ago, message=f"{text}{ago}{n}", recipient=f"r{n}"
            )
            sightings.append(counters.sighting(notice, subject, hashed=str, at=NOW, message=""))
    return counters.added(sightings, {}).tallies


def found(tallies, cause="", **world):
    ask = MemoryAsk(at=NOW, found_replies=tuple(tallies), **world)
    report = refusals.run(SETTINGS, ask)
    return [each for each in report.findings if each.cause != "unknown_replies" and cause in each.cause]


def test_an_address_is_called_by_its_host_and_told_by_its_number_where_ec2_does_not_answer():
    named = Subject(SubjectKind.IP, IP.id, "mail.example.com")
    (told,) = found(counted((S3150, HOUR, 1)), found_elastic_ips=(named,))
    assert "mail from 192.0.2.10 (mail.example.com)" in told.advice.consequence

    class Silent(MemoryAsk):
        def elastic_ips(self):
            raise SourceUnavailable("EC2 did not answer")

    ask = Silent(at=NOW, found_replies=counted((S3150, HOUR, 1)))
    (told,) = [each for each in refusals.run(SETTINGS, ask).findings if each.state is State.BAD]
    assert "mail from 192.0.2.10:" in told.advice.consequence


def only(*args, **world):
    (finding,) = found(*args, **world)
    return finding


@pytest.mark.parametrize("text", [S3150, S3150.replace("S3150", "S3140"), PORTAL, BANNED])
def test_one_block_by_microsoft_is_critical_at_once(text):
    finding = only(counted((text, HOUR, 1)))
    assert (finding.state, finding.severity) == (State.BAD, Severity.CRITICAL)
    assert finding.is_conclusive
    assert finding.subject == IP


@pytest.mark.parametrize("text", [SLOW, BUSY])
def test_the_first_cluster_of_throttling_warns_and_less_is_everyday(text):
    assert only(counted((text, HOUR, 2))).state is State.OK
    finding = only(counted((text, HOUR, 2), (text, 3 * HOUR, 1)))
    assert (finding.state, finding.severity) == (State.BAD, Severity.WARNING)
    assert only(counted((text, HOUR, 2), (text, 9 * HOUR, 1))).state is State.OK


def test_every_alert_says_how_many_and_whether_retrying_delivers():
    block = only(counted((S3150, HOUR, 4), (S3150, 5 * HOUR, 3)))
    assert "7 messages to 4 recipients so far" in block.advice.consequence
    assert block.began_at == NOW - 5 * HOUR
    assert block.advice.consequence.endswith("Retrying does not help.")
    throttle = only(counted((SLOW, HOUR, 3)))
    assert "3 messages to 3 recipients so far" in throttle.advice.consequence
    assert "Retrying delivers in the end" in throttle.advice.consequence
    assert "%" not in block.advice.consequence + throttle.advice.consequence


def test_what_was_refused_is_set_beside_what_went_to_microsoft_where_somebody_counts_it():
    block = counted((S3150, HOUR, 4))
    said = "4 messages to 4 recipients so far"
    of_all = f"{said}, of 1,200 that the account sent to Microsoft since 24 November. Retrying"
    assert of_all in only(block, found_to_microsoft=1200).advice.consequence
    for world in ({}, {"found_to_microsoft": 3}):
        assert f"{said}. Retrying" in only(block, **world).advice.consequence
    of_logs = only(counted((S3150, HOUR, 4), source="postfix"), found_to_microsoft=1200)
    assert f"{said}. Retrying" in of_logs.advice.consequence


def test_an_alert_goes_out_where_what_went_to_microsoft_cannot_be_read():
    class Ask(MemoryAsk):
        def ses_to_microsoft(self, since):
            raise SourceUnavailable("Virtual Deliverability Manager: ThrottlingException")

    report = refusals.run(SETTINGS, Ask(at=NOW, found_replies=counted((S3150, HOUR, 4))))
    assert [each.state for each in report.findings if each.cause.startswith("blocked")] == [State.BAD]
    assert "ThrottlingException" in report.notes[0]


def test_a_reply_with_a_known_meaning_and_no_cause_of_ours_is_not_reported_as_strange():
    last_week = timedelta(days=4)
    tallies = counted(("554 5.4.6 Too many hops", last_week, 3), (STRANGE, last_week, 1))
    report = refusals.run(SETTINGS, MemoryAsk(at=NOW, found_replies=tuple(tallies)))
    (weekly,) = (each for each in report.findings if each.cause == "unknown_replies")
    assert [each.raw for each in weekly.evidence] == [STRANGE]


def test_an_alert_names_the_system_the_route_and_the_packet():
    advice = only(counted((S3150, HOUR, 1))).advice
    assert advice.consequence.startswith("Outlook.com (Outlook, Hotmail, Live, MSN) refuses mail from 192.0.2.10")
    assert "sender support form" in advice.next_step
    assert "`staygreen case open 192.0.2.10 --sender example -e production` makes the packet" in advice.next_step
    assert advice.link.startswith("https://support.microsoft.com/")
    assert advice.runbook == "refusals#support-form"


def test_the_route_by_mail_names_the_address_and_links_nowhere():
    advice = only(counted((BANNED, HOUR, 1))).advice
    assert "delist@messaging.microsoft.com" in advice.next_step
    assert advice.link == ""


def test_a_throttle_has_no_packet():
    assert "staygreen case" not in only(counted((SLOW, HOUR, 3))).advice.next_step


def test_addresses_that_ses_shares_lead_to_aws_support():
    finding = only(counted((S3150, HOUR, 1), subject=Subject.from_key(SHARED.key)))
    assert finding.subject.label == SHARED.label
    assert "AWS Support" in finding.advice.next_step
    assert "staygreen case open 192.0.2.10 --sender example -e production" in finding.advice.next_step
    assert finding.advice.runbook == "refusals#aws-support"
    throttle = only(counted((SLOW, HOUR, 3), subject=SHARED))
    assert "AWS Support" in throttle.advice.next_step


def test_a_range_leads_to_aws_support_when_it_is_theirs_and_not_when_it_is_brought():
    tallies = counted((S3150.replace("192.0.2.10", "192.0.2.0/24"), HOUR, 1))
    assert "AWS Support" in only(tallies, found_elastic_ips=(IP,)).advice.next_step
    assert "AWS Support" in only(tallies, found_dedicated_ips=(IP,)).advice.next_step
    brought = only(tallies, found_elastic_ips=(IP,), found_brought_ips=(IP.id,))
    assert "AWS Support" not in brought.advice.next_step
    assert "AWS Support" not in only(tallies).advice.next_step


def test_missing_authentication_names_the_domain_and_what_is_missing():
    domain = Subject(SubjectKind.DOMAIN, "shop.example")
    told = WEAK + " Spf= Fail , Dkim= Pass , DMARC= Fail"
    finding = only(counted((told, HOUR, 1), subject=domain))
    assert (finding.subject, finding.severity) == (domain, Severity.CRITICAL)
    assert "Repair SPF and DMARC first: the reply says that they did not pass." in finding.advice.steps
    assert "nothing to delist" in finding.advice.next_step
    assert finding.advice.link == ""


def test_dns_shows_what_is_missing_when_the_reply_does_not():
    domain = Subject(SubjectKind.DOMAIN, "shop.example")

    def absent(question):
        return Reply(question=question, rcode=Rcode.NXDOMAIN)

    lookup = MemoryLookup(replies={"_dmarc.shop.example": absent})
    finding = only(counted((WEAK, HOUR, 1), subject=domain), lookup=lookup)
    assert "DNS shows:" in finding.advice.next_step
    assert "DMARC" in finding.advice.next_step


def test_unknown_recipients_open_nothing():
    assert found(counted((GONE, HOUR, 50))) == []


def test_one_server_among_many_is_no_news_before_it_is_a_cluster():
    assert only(counted((HERE_LISTED, HOUR, 2))).state is State.OK
    assert only(counted((HERE_LISTED, HOUR, 3))).severity is Severity.CRITICAL


def test_a_block_is_over_when_nothing_was_refused_while_mail_was_sent():
    assert only(counted((S3150, 47 * HOUR, 1)), found_ses_sent=1).state is State.BAD
    assert only(counted((S3150, 49 * HOUR, 1)), found_ses_sent=1).state is State.OK


def test_silence_tells_nothing_when_nothing_was_sent():
    finding = only(counted((S3150, 49 * HOUR, 1)), found_ses_sent=0)
    assert (finding.state, finding.reason) == (State.UNKNOWN, "nothing_sent")
    assert only(counted((S3150, 49 * HOUR, 1), source="postfix"), found_ses_sent=0).state is State.OK


def test_a_throttle_is_over_after_six_hours_but_not_while_a_block_has_taken_its_place():
    throttled = (SLOW, 7 * HOUR, 3)
    assert only(counted(throttled), "throttled", found_ses_sent=1).state is State.OK
    assert only(counted(throttled, (S3150, HOUR, 1)), "throttled", found_ses_sent=1).state is State.BAD


def test_what_is_known_already_is_no_new_reading():
    finding = only(counted((S3150, 5 * HOUR, 1)))
    assert finding.observed_at == NOW - 5 * HOUR


def test_consumer_and_microsoft_365_are_told_apart():
    causes = {each.cause for each in found(counted((S3150, HOUR, 1), (PORTAL, HOUR, 1)))}
    assert causes == {"blocked_outlook_consumer", "blocked_exchange_online"}


def weekly(tallies, at=NOW):
    ask = MemoryAsk(at=at, found_replies=tuple(tallies))
    (finding,) = (each for each in refusals.run(SETTINGS, ask).findings if each.cause == "unknown_replies")
    return finding


def test_unknown_replies_of_the_last_whole_week_are_reported_and_not_guessed():
    last_week = counted((STRANGE, timedelta(days=3), 4))
    finding = weekly(last_week)
    assert (finding.state, finding.severity) == (State.BAD, Severity.INFO)
    assert "4 messages in the week from 2026-11-16" in finding.advice.consequence
    assert finding.evidence[0].raw == STRANGE
    assert finding.evidence[0].data["codes"] == "2026-W47"


def test_this_weeks_unknown_replies_wait_for_its_end():
    this_week = counted((STRANGE, HOUR, 4))
    assert weekly(this_week).state is State.OK
    assert weekly(this_week, at=NOW + timedelta(days=7)).evidence[0].data["codes"] == "2026-W48"


def test_a_quiet_week_is_quiet():
    assert weekly(()).state is State.OK


def test_settings_follow_from_the_configuration():
    text = (
        '[sender]\nname = "example"\naccount = "000000000000"\nregion = "us-east-1"\n'
        '[monitor.refusals]\nquiet = "24h"\ncluster = 5\n'
    )
    made = refusals.settings(parse(text, "x.toml"))
    assert made == {
        "table": "staygreen-example-production-replies",
        "sender": "example",
        "environment": "production",
        "cluster": 5,
        "quiet_seconds": 86400,
    }
