from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.adapters.memory.world import MemoryAsk, MemoryLookup, in_turn
from staygreen.core.blocklist import advice as listing_advice
from staygreen.core.blocklist import catalogue, dnsbl
from staygreen.core.blocklist.catalogue import Means, Target
from staygreen.core.blocklist.dnsbl import Reason, Verdict
from staygreen.core.blocklist.selection import NotCovered
from staygreen.core.checks import CHECKS, blocklist, by_id
from staygreen.core.dns.message import Question, Rcode, Reply
from staygreen.core.finding import Severity, State, Subject, SubjectKind
from tests.budget import examples

CATALOGUE = catalogue.load()
KEY = "abcdefghijklmnopqrstuvwxyz"


def listed(*values: str):
    return lambda question: Reply(question=question, rcode=Rcode.NOERROR, values=values)


def run(replies, said=None, **found):
    lookup = MemoryLookup(replies=replies)
    ask = MemoryAsk(lookup=lookup, secrets={"dqs": KEY, "bad": "not a key!"}, **found)
    return blocklist.run(said or {}, ask, CATALOGUE), lookup


EIP = Subject(SubjectKind.IP, "192.0.2.10", "mail.example.com")
DEDICATED = Subject(SubjectKind.IP, "192.0.2.20", "dedicated IP")
ZEN = {f"2.0.0.127.{KEY}.zen.dq.spamhaus.net": listed("127.0.0.2", "127.0.0.4", "127.0.0.10")}
ONLY_ZEN = {"keys": {"spamhaus": "dqs"}, "off": [one.id for one in CATALOGUE.entries if one.id != "spamhaus-zen"]}


def of(report, subject, cause):
    (found,) = [one for one in report.findings if one.subject.id == subject and one.cause == cause]
    return found


def test_a_range_that_should_not_send_is_bad_news_for_a_mail_servers_own_address_alone():
    replies = ZEN | {f"{last}.2.0.192.{KEY}.zen.dq.spamhaus.net": listed("127.0.0.11") for last in (10, 20)}
    report, _ = run(replies, ONLY_ZEN, found_elastic_ips=(EIP,), found_dedicated_ips=(DEDICATED,))
    policy = of(report, EIP.id, "spamhaus-zen")
    assert (policy.state, policy.severity) == (State.BAD, Severity.WARNING)
    assert "Nobody accuses" in policy.advice.meaning
    assert of(report, DEDICATED.id, "spamhaus-zen").state is State.OK
    assert [each.subjects for each in report.asides] == [{DEDICATED.key}], "bad news is no context as well"


def test_a_listing_says_who_what_why_and_where_to_ask():
    replies = ZEN | {
        f"10.2.0.192.{KEY}.zen.dq.spamhaus.net": listed("127.0.0.2"),
        f"10.2.0.192.{KEY}.zen.dq.spamhaus.net TXT": listed(f"https://check.spamhaus.org/{KEY}"),
    }
    report, _ = run(replies, ONLY_ZEN, found_elastic_ips=(EIP,))
    found = of(report, EIP.id, "spamhaus-zen")
    assert found.severity is Severity.CRITICAL
    assert found.advice.consequence.startswith("Mail from 192.0.2.10 (mail.example.com) is being refused")
    assert found.advice.link == "https://check.spamhaus.org/"
    assert found.evidence[0].data["codes"] == "127.0.0.2"
    assert found.evidence[0].data["text"] == "https://check.spamhaus.org/<key>"


def test_an_alert_says_when_its_reading_of_codes_was_not_verified_for_a_year():
    replies = ZEN | {f"10.2.0.192.{KEY}.zen.dq.spamhaus.net": listed("127.0.0.2")}
    entry = CATALOGUE.by_id["spamhaus-zen"]
    for age, told in ((timedelta(days=300), False), (timedelta(days=400), True)):
        now = datetime.combine(entry.verified, time(), UTC) + age
        report, _ = run(replies, ONLY_ZEN, found_elastic_ips=(EIP,), at=now)
        (evidence,) = of(report, EIP.id, "spamhaus-zen").evidence
        assert (f"last verified on {entry.verified}" in evidence.text) is told
        assert [note.startswith("spamhaus-zen: last verified") for note in report.notes] == [True] * told
        assert of(report, EIP.id, "spamhaus-zen").state is State.BAD, "an old entry still tells of a listing"


def test_what_a_list_adds_in_words_is_asked_about_listings_alone():
    replies = ZEN | {f"10.2.0.192.{KEY}.zen.dq.spamhaus.net": listed("127.0.0.2")}
    _, lookup = run(replies, ONLY_ZEN, found_elastic_ips=(EIP,), found_dedicated_ips=(DEDICATED,))
    texts = [question.name for question in lookup.asked if question.rtype.value == "TXT"]
    assert texts == [f"10.2.0.192.{KEY}.zen.dq.spamhaus.net"]


def test_a_list_whose_controls_fail_is_not_asked_about_subjects():
    _, lookup = run({}, {}, found_elastic_ips=(EIP,))
    assert not [question for question in lookup.asked if question.name.startswith("10.2.0.192.")]


def test_a_subdomain_of_a_listed_domain_is_listed_where_lists_have_registered_domains():
    surbl = {
        "test.surbl.org.multi.surbl.org": listed("127.0.0.254"),
        "surbl-org-permanent-test-point.com.multi.surbl.org": listed("127.0.0.254"),
        "shop.example.multi.surbl.org": listed("127.0.0.8"),
    }
    sub = Subject(SubjectKind.DOMAIN, "mail.shop.example", "SES identity")
    report, _ = run(surbl, {}, found_identities=(sub,))
    found = of(report, "mail.shop.example", "surbl-multi")
    assert found.state is State.BAD
    assert "What is listed is shop.example" in found.advice.meaning


def test_nothing_to_look_up_is_a_loss_of_its_own():
    report, _ = run({})
    (found,) = report.findings
    assert (found.subject.key, found.state, found.reason) == ("source:subjects", State.BAD, "no_subjects")


def test_a_list_that_was_only_hoped_for_is_missed_less_than_a_promised_one():
    psbl = {"2.0.0.127.psbl.surriel.com": listed("127.0.0.2")}
    report, _ = run(psbl, {}, found_elastic_ips=(EIP,))
    assert of(report, "spamcop", "coverage").severity is Severity.INFO
    assert of(report, "uceprotect-1", "coverage").severity is Severity.WARNING
    assert of(report, "psbl", "coverage").state is State.OK


def test_a_secret_that_holds_no_key_is_a_loss():
    report, lookup = run({}, {"keys": {"spamhaus": "bad"}}, found_elastic_ips=(EIP,))
    assert of(report, "spamhaus-zen", "coverage").reason == "key_missing"
    assert not [question for question in lookup.asked if "spamhaus" in question.name]


def test_subjects_of_the_configuration_are_judged_once_with_their_label_from_aws():
    said = {"ips": ["192.0.2.10", "2001:DB8::1"], "domains": ["Shop.Example."]}
    report, _ = run({}, said, found_elastic_ips=(EIP,))
    assert {one.subject.key for one in report.findings if one.subject.kind is not SubjectKind.SOURCE} == {
        "ip:192.0.2.10",
        "ip:2001:db8::1",
        "domain:shop.example",
    }
    assert {one.subject.label for one in report.findings if one.subject.id == EIP.id} == {"mail.example.com"}


def every_advice():
    subjects = {Target.IPV4: EIP, Target.IPV6: EIP, Target.DOMAIN: Subject(SubjectKind.DOMAIN, "shop.example")}
    for one in CATALOGUE.entries:
        for target in one.targets:
            for code in one.codes:
                if code.means is Means.LISTING:
                    answer = dnsbl.Answer(verdict=Verdict.LISTED, codes=(code,))
                    subject = subjects[target]
                    yield listing_advice.for_listing(
                        listing_advice.Result(subject=subject.id, entry=one, answer=answer, name=subject.id), subject
                    )
    for reason in Reason:
        yield listing_advice.for_coverage(CATALOGUE.by_id["psbl"], reason)
    yield listing_advice.for_missing_dns()
    yield listing_advice.for_missing_subjects()
    yield listing_advice.for_not_covered(NotCovered(id="x", name="X", reason="denied", text="X is never asked"))


RUNBOOKS = Path(__file__).parents[3] / "docs" / "runbooks"


def test_every_advice_points_at_a_section_of_the_runbook_and_is_whole_sentences():
    text = (RUNBOOKS / "blocklist.md").read_text()
    anchors = {re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).strip().replace(" ", "-")
               for line in text.splitlines() if line.startswith("#")}  # fmt: skip
    for advice in every_advice():
        page, _, anchor = advice.runbook.partition("#")
        assert page == "blocklist"
        assert anchor in anchors
        for sentence in (advice.consequence, advice.meaning, advice.next_step):
            assert sentence.endswith(".")
            assert ".." not in sentence
            assert "  " not in sentence


def test_every_check_is_found_by_its_id():
    assert all(by_id(check.id) is check for check in CHECKS)
    with pytest.raises(KeyError, match="blocklist"):
        by_id("weather")


def test_confirmation_survives_the_settings_and_has_defaults():
    assert blocklist.confirmation({}).sightings == 2
    assert blocklist.confirmation({"confirmation": {"spacing_seconds": 60}}).spacing.total_seconds() == 60


ADDRESS = st.ip_addresses(v=4).map(str)
CODE = st.integers(0, 255).flatmap(
    lambda low: st.sampled_from([f"127.0.0.{low}", f"127.0.1.{low}", f"127.255.255.{low}"])
)
REPLY = st.builds(
    Reply,
    question=st.just(Question("asked")),
    rcode=st.sampled_from(Rcode),
    values=st.lists(st.one_of(CODE, ADDRESS, st.text(max_size=20)), max_size=4).map(tuple),
    canonical=st.one_of(st.just(""), st.text(max_size=30)),
    soa_owner=st.one_of(st.none(), st.text(max_size=30)),
)


@examples(25)
@given(st.sampled_from(CATALOGUE.entries), REPLY)
def test_garbage_never_crashes_and_what_is_not_understood_is_never_a_listing(one, reply):
    answer = dnsbl.judge(one, reply, KEY)
    assert (answer.verdict is Verdict.UNKNOWN) == (answer.reason is not None)
    if answer.verdict is Verdict.LISTED:
        assert reply.rcode is Rcode.NOERROR
        assert all(value.startswith("127.") for value in reply.values)
        assert any(code.means is Means.LISTING for code in answer.codes)
        assert not any(code.means in (Means.REFUSAL, Means.BAD_QUERY) for code in answer.codes)
    if answer.verdict is Verdict.NOT_LISTED:
        assert not reply.values or reply.rcode is Rcode.NXDOMAIN


@examples(25)
@given(st.sampled_from([Rcode.TIMEOUT, Rcode.SERVFAIL, Rcode.REFUSED, Rcode.MALFORMED, Rcode.OTHER]), REPLY)
def test_a_list_whose_controls_fail_is_unknown_about_everyone(rcode, reply):
    def lookup(*streams):
        for number, question in enumerate(in_turn(streams)):
            broken = number % 3 == 0
            yield Reply(
                question=question, rcode=rcode if broken else reply.rcode, values=() if broken else reply.values
            )

    ask = MemoryAsk(lookup=lookup, found_elastic_ips=(EIP,))
    report = blocklist.run({"off": [one.id for one in CATALOGUE.entries if one.id != "psbl"]}, ask, CATALOGUE)
    assert of(report, EIP.id, "psbl").state is State.UNKNOWN


@examples(25)
@given(st.sampled_from(Target), st.text("0123456789abcdef", min_size=32, max_size=32))
def test_random_names_have_the_shape_of_subjects_and_stay_off_the_test_points(target, token):
    name = dnsbl.random_name(target, token)
    if target is Target.DOMAIN:
        assert re.fullmatch(r"[a-z0-9]+\.invalid", name)
        return
    address = ipaddress.ip_address(name)
    mapped = address if address.version == 4 else address.ipv4_mapped
    assert dnsbl.target_of(name) is target
    assert ipaddress.IPv4Address("127.16.0.0") <= mapped <= ipaddress.IPv4Address("127.255.255.255")


@pytest.mark.parametrize(
    "name",
    ["", ".", "localhost", "300.1.2.3", "192.0.2", "a b.example", "exa_mple", "x" * 64 + ".example", "1.2.3.4.5"],
)
def test_what_is_neither_an_address_nor_a_domain_is_named(name):
    with pytest.raises(ValueError, match=re.escape(repr(name))):
        dnsbl.canonical(name)
