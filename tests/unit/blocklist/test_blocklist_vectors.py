"""Reply → answer, for every case that a checker is known to get wrong (numbered as in the reference)."""

from __future__ import annotations

import dataclasses
import itertools
from ipaddress import IPv4Address

import pytest

from staygreen.adapters.memory.world import MemoryAsk, MemoryLookup, in_turn
from staygreen.core.blocklist import catalogue, dnsbl
from staygreen.core.blocklist.catalogue import Entry, Means, Target
from staygreen.core.blocklist.dnsbl import Answer, Reason, Verdict
from staygreen.core.blocklist.sweep import Result, Sweep, sweep
from staygreen.core.checks import blocklist
from staygreen.core.dns.message import Question, Rcode, Reply
from staygreen.core.finding import Severity, State, Subject, SubjectKind

CATALOGUE = catalogue.load()
KEY = "abcdefghijklmnopqrstuvwxyz"
IP = "192.0.2.10"
DOMAIN = "sender.example"


def entry(list_id: str) -> Entry:
    return CATALOGUE.by_id[list_id]


def a(*values: str, canonical: str = "", soa: str | None = None, rcode: Rcode = Rcode.NOERROR) -> Reply:
    return Reply(question=Question("asked"), rcode=rcode, values=values, canonical=canonical, soa_owner=soa)


def judged(list_id: str, *values: str) -> Answer:
    return dnsbl.judge(entry(list_id), a(*values), KEY)


def meant(answer: Answer) -> tuple[Verdict, Reason | None]:
    return answer.verdict, answer.reason


UNKNOWN = Verdict.UNKNOWN
EVERY_LIST = pytest.mark.parametrize("list_id", sorted(CATALOGUE.by_id))
NXDOMAIN = a(rcode=Rcode.NXDOMAIN)


def good_controls(one: Entry, target: Target) -> dict[str, Reply]:
    """Replies of a healthy list to its positive controls; everything else does not exist."""
    replies = {}
    for control in one.positive:
        if control.target is target:
            expected = [pattern.sample() for pattern in control.expect]
            codes = [code.match.sample() for code in one.codes if code.means in (Means.LISTING, Means.INFO)]
            value = str(next(iter(expected or codes)))
            replies[dnsbl.question(one, target, control.name, KEY).name] = a(value)
    return replies


def world(**replies: Reply) -> MemoryLookup:
    def replay(reply: Reply):
        return lambda question: dataclasses.replace(reply, question=question)

    return MemoryLookup(replies={name: replay(reply) for name, reply in replies.items()})


def swept(one: Entry, subjects: list[str], replies: dict[str, Reply], canaries: tuple[str, ...] = ()) -> Sweep:
    numbers = itertools.count()
    return sweep(
        [one],
        subjects,
        world(**replies),
        token=lambda: f"{next(numbers):032x}",
        keys={"spamhaus": KEY, "abusix": KEY, "spamrats": KEY},
        canaries=canaries,
    )


def only(found: Sweep) -> Result:
    (result,) = found.results
    return result


def about(one: Entry, subject: str) -> str:
    return dnsbl.question(one, dnsbl.target_of(subject), subject, KEY).name


def test_01_sbl_is_a_listing():
    answer = judged("spamhaus-zen", "127.0.0.2")
    assert answer.verdict is Verdict.LISTED
    assert "SBL" in answer.meaning


def test_02_several_codes_add_up():
    answer = judged("spamhaus-zen", "127.0.0.2", "127.0.0.9")
    assert answer.verdict is Verdict.LISTED
    assert "SBL" in answer.meaning
    assert "DROP" in answer.meaning


@pytest.mark.parametrize(
    ("list_id", "value"),
    [("spamhaus-zen", "127.0.0.30"), ("spamhaus-authbl", "127.0.0.20"), ("spamhaus-dbl", "127.0.1.103")],
)
def test_03_no_rule_about_the_last_octet_drops_real_listings(list_id, value):
    assert judged(list_id, value).verdict is Verdict.LISTED


@pytest.mark.parametrize("value", ["127.0.0.8", "127.0.0.77"])
def test_04_a_code_that_is_in_no_column_is_unknown_and_kept(value):
    answer = judged("spamhaus-zen", value)
    assert meant(answer) == (UNKNOWN, Reason.UNRECOGNISED_CODE)
    assert value in answer.raw


@pytest.mark.parametrize("value", ["127.255.255.252", "127.255.255.254", "127.255.255.255", "127.255.255.250"])
@pytest.mark.parametrize("list_id", ["spamhaus-zen", "spamhaus-dbl"])
def test_05_error_codes_are_refusals(list_id, value):
    assert meant(judged(list_id, value)) == (UNKNOWN, Reason.REFUSED)


@EVERY_LIST
def test_05_the_usual_error_codes_are_refusals_on_every_list(list_id):
    for values in (["127.255.255.254"], ["127.0.0.2", "127.255.255.254"]):
        assert meant(judged(list_id, *values)) == (UNKNOWN, Reason.REFUSED)


def test_06_a_refusal_beside_a_listing_is_unknown_with_both_kept():
    answer = judged("spamhaus-zen", "127.0.0.2", "127.255.255.254")
    assert meant(answer) == (UNKNOWN, Reason.REFUSED)
    assert "127.0.0.2" in answer.raw
    assert "127.255.255.254" in answer.raw


@pytest.mark.parametrize(("list_id", "value"), [("spamhaus-dbl", "127.0.1.255"), ("spamhaus-zrd", "127.0.2.255")])
def test_07_asking_a_domain_list_about_an_address_is_our_fault(list_id, value):
    assert meant(judged(list_id, value)) == (UNKNOWN, Reason.BAD_QUERY)


@pytest.mark.parametrize("value", ["127.0.0.1", "127.0.0.3"])
def test_08_uribl_with_the_first_bit_is_a_refusal(value):
    assert meant(judged("uribl-multi", value)) == (UNKNOWN, Reason.REFUSED)


@pytest.mark.parametrize(
    ("value", "verdict", "words"),
    [
        ("127.0.0.2", Verdict.LISTED, ["black"]),
        ("127.0.0.4", Verdict.NOTED, ["grey"]),
        ("127.0.0.8", Verdict.NOTED, ["red"]),
        ("127.0.0.10", Verdict.LISTED, ["black", "red"]),
    ],
)
def test_09_uribl_bits_add_up(value, verdict, words):
    answer = judged("uribl-multi", value)
    assert answer.verdict is verdict
    assert all(word in answer.meaning for word in words)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        *((f"127.0.0.{bit}", Verdict.LISTED) for bit in (8, 16, 64, 128)),
        *((f"127.0.0.{bit}", Verdict.NOTED) for bit in (4, 32, 36)),
    ],
)
def test_10_surbl_bits_list_or_inform(value, verdict):
    assert judged("surbl-multi", value).verdict is verdict


@pytest.mark.parametrize(
    ("value", "verdict", "word"),
    [
        ("127.0.0.1", Verdict.NOTED, "white"),
        ("127.0.0.2", Verdict.LISTED, "black"),
        ("127.0.1.1", Verdict.NOTED, "connections"),
    ],
)
def test_11_hostkarma_says_good_and_bad_things(value, verdict, word):
    answer = judged("hostkarma", value)
    assert answer.verdict is verdict
    assert word in answer.meaning


def test_12_dnswl_over_its_limit_is_a_refusal_and_trust_is_a_note():
    assert meant(judged("dnswl", "127.0.10.3")) == (UNKNOWN, Reason.REFUSED)
    noted = judged("dnswl", "127.0.5.3")
    assert noted.verdict is Verdict.NOTED
    assert "high trust" in noted.meaning


def test_13_validity_lists_bots_and_refuses_strangers():
    listed = judged("validity-bl", "127.0.0.1")
    assert listed.verdict is Verdict.LISTED
    assert "botnet" in listed.meaning
    assert meant(judged("validity-bl", "127.255.255.255")) == (UNKNOWN, Reason.REFUSED)


@pytest.mark.parametrize("value", ["91.195.240.117", "146.112.61.108"])
@pytest.mark.parametrize("list_id", ["psbl", "spamhaus-zen", "uribl-multi"])
def test_14_an_answer_outside_127_is_a_parked_or_rewritten_name(list_id, value):
    assert meant(judged(list_id, value)) == (UNKNOWN, Reason.OUTSIDE_127)
    assert meant(judged(list_id, "127.0.0.2", value)) == (UNKNOWN, Reason.OUTSIDE_127)


def test_15_an_alias_out_of_the_zone_is_unknown():
    answer = dnsbl.judge(entry("psbl"), a("127.0.0.2", canonical="parking.example"))
    assert meant(answer) == (UNKNOWN, Reason.FOREIGN_CNAME)
    within = dnsbl.judge(entry("psbl"), a("127.0.0.2", canonical="listed.psbl.surriel.com"))
    assert within.verdict is Verdict.LISTED


@pytest.mark.parametrize("control", ["negative", "random"])
def test_16_a_list_that_lists_everything_alarms_about_nothing(control):
    psbl = entry("psbl")
    replies = good_controls(psbl, Target.IPV4) | {about(psbl, IP): a("127.0.0.2")}
    name = "127.0.0.1" if control == "negative" else dnsbl.random_name(Target.IPV4, f"{0:032x}")
    replies[about(psbl, name)] = a("127.0.0.2")
    assert meant(only(swept(psbl, [IP], replies)).answer) == (UNKNOWN, Reason.WILDCARD)


@pytest.mark.parametrize("control", ["positive", "negative", "random"])
def test_16_a_control_with_a_code_that_is_not_known_is_told_as_such(control):
    psbl = entry("psbl")
    names = {"positive": "127.0.0.2", "negative": "127.0.0.1", "random": dnsbl.random_name(Target.IPV4, f"{0:032x}")}
    replies = good_controls(psbl, Target.IPV4) | {about(psbl, names[control]): a("127.0.0.77")}
    assert meant(only(swept(psbl, [IP], replies)).answer) == (UNKNOWN, Reason.UNRECOGNISED_CODE)


def test_17_without_the_positive_control_nothing_is_clean():
    assert meant(only(swept(entry("psbl"), [IP], {})).answer) == (UNKNOWN, Reason.NO_POSITIVE)


def test_18_a_negative_answer_from_the_parent_means_that_the_zone_is_gone():
    psbl = entry("psbl")
    gone = a(rcode=Rcode.NXDOMAIN, soa="surriel.com")
    assert meant(dnsbl.judge(psbl, gone)) == (UNKNOWN, Reason.ZONE_GONE)
    own = a(rcode=Rcode.NXDOMAIN, soa="psbl.surriel.com")
    assert dnsbl.judge(psbl, own).verdict is Verdict.NOT_LISTED


def test_19_a_negative_answer_without_soa_is_clean_while_the_controls_hold():
    psbl = entry("psbl")
    assert only(swept(psbl, [IP], good_controls(psbl, Target.IPV4))).answer.verdict is Verdict.NOT_LISTED


def test_20_no_address_in_the_answer_is_clean_while_the_controls_hold():
    psbl = entry("psbl")
    replies = good_controls(psbl, Target.IPV4) | {about(psbl, IP): a()}
    assert only(swept(psbl, [IP], replies)).answer.verdict is Verdict.NOT_LISTED


@pytest.mark.parametrize(
    ("rcode", "reason"),
    [
        (Rcode.SERVFAIL, Reason.SERVFAIL),
        (Rcode.REFUSED, Reason.REFUSED),
        (Rcode.TIMEOUT, Reason.TIMEOUT),
        (Rcode.MALFORMED, Reason.MALFORMED),
        (Rcode.OTHER, Reason.MALFORMED),
    ],
)
def test_21_what_did_not_answer_is_unknown(rcode, reason):
    assert meant(dnsbl.judge(entry("psbl"), a(rcode=rcode))) == (UNKNOWN, reason)


def test_21_a_switched_off_key_shows_as_servfail_and_is_a_refusal():
    assert meant(dnsbl.judge(entry("spamhaus-zen"), a(rcode=Rcode.SERVFAIL), KEY)) == (UNKNOWN, Reason.REFUSED)


def checked(replies: dict[str, Reply], *, ips: tuple[str, ...] = (IP,), settings: dict | None = None, **found):
    ask = MemoryAsk(
        found_elastic_ips=tuple(Subject(SubjectKind.IP, ip, "EIP") for ip in ips), lookup=world(**replies), **found
    )
    return blocklist.run({"off": NOT_PSBL, **(settings or {})}, ask), ask


NOT_PSBL = [one.id for one in CATALOGUE.entries if one.id != "psbl"]
PSBL = CATALOGUE.by_id["psbl"]
PSBL_OK = good_controls(PSBL, Target.IPV4)


def finding(report, subject: str, cause: str):
    (found,) = [one for one in report.findings if one.subject.id == subject and one.cause == cause]
    return found


def test_22_an_answer_that_is_missing_is_an_unknown_finding_that_can_clear_nothing():
    report, _ = checked(PSBL_OK | {about(PSBL, IP): a(rcode=Rcode.TIMEOUT)})
    found = finding(report, IP, "psbl")
    assert (found.state, found.reason) == (State.UNKNOWN, "timeout")
    assert finding(report, "psbl", "coverage").state is State.BAD


def test_23_a_listing_that_went_away_is_an_ok_finding_of_the_same_cause():
    listed, _ = checked(PSBL_OK | {about(PSBL, IP): a("127.0.0.2")})
    clean, _ = checked(PSBL_OK)
    assert finding(listed, IP, "psbl").state is State.BAD
    assert finding(clean, IP, "psbl").state is State.OK


IPS = tuple(f"192.0.2.{n}" for n in range(10, 16))


def test_24_many_listed_at_once_stay_listings_told_together():
    report, _ = checked(PSBL_OK | {about(PSBL, ip): a("127.0.0.2") for ip in IPS[:5]}, ips=IPS)
    states = [finding(report, ip, "psbl") for ip in IPS]
    assert [one.state for one in states] == [State.BAD] * 5 + [State.OK]
    assert {one.group for one in states} == {"psbl"}
    assert {one.severity for one in states[:5]} == {Severity.WARNING}


def test_24_a_list_that_has_the_canary_is_at_fault():
    canary = "198.51.100.7"
    replies = PSBL_OK | {about(PSBL, ip): a("127.0.0.2") for ip in (*IPS[:5], canary)}
    report, _ = checked(replies, ips=IPS, settings={"canaries": [canary]})
    assert [finding(report, ip, "psbl").reason for ip in IPS[:5]] == ["list_fault"] * 5
    assert not any(one.state is State.BAD for one in report.findings if one.subject.kind is SubjectKind.IP)
    assert finding(report, "psbl", "coverage").reason == "list_fault"


def test_25_the_mapped_test_point_is_asked_as_nibbles():
    name = dnsbl.question(entry("nordspam-bl"), Target.IPV6, "::ffff:7f00:2").name
    assert name == "2.0.0.0.0.0.f.7.f.f.f.f." + "0." * 20 + "bl.nordspam.com"


def test_26_suomispam_answers_its_test_point_in_its_own_way():
    suomi = entry("suomispam")
    controls = {about(suomi, "127.0.0.2"): a("127.0.0.99")}
    assert only(swept(suomi, [IP], controls)).answer.verdict is Verdict.NOT_LISTED
    answer = only(swept(suomi, [IP], controls | {about(suomi, IP): a("127.0.0.99")})).answer
    assert meant(answer) == (UNKNOWN, Reason.UNRECOGNISED_CODE)


def test_27_a_listing_of_the_whole_network_is_context():
    level3 = entry("uceprotect-3")
    replies = good_controls(level3, Target.IPV4) | {about(level3, IP): a("127.0.0.2")}
    off = [one.id for one in CATALOGUE.entries if one.id != level3.id]
    report, _ = checked(replies, settings={"on": [level3.id], "off": off})
    found = finding(report, IP, level3.id)
    assert (found.state, found.severity) == (State.OK, Severity.INFO)
    assert "listed on" in found.evidence[0].text
    (aside,) = report.asides
    assert (aside.source, aside.subjects) == (level3.id, {f"ip:{IP}"})
    assert aside.text.startswith("Your autonomous system is listed on UCEPROTECT Level 3: ")
    assert aside.text.endswith("This is not your address.")


def test_28_a_key_shows_nowhere():
    zen = entry("spamhaus-zen")
    secret = {"secrets": {"dqs": KEY}}
    leak = a(f"{KEY}.zen", canonical=f"x.{KEY.upper()}.zen.dq.spamhaus.net")
    off = [one.id for one in CATALOGUE.entries if one.id != zen.id]
    for reply in (leak, a("127.0.0.2"), a(rcode=Rcode.SERVFAIL)):
        replies = good_controls(zen, Target.IPV4) | {about(zen, IP): reply}
        report, _ = checked(replies, settings={"keys": {"spamhaus": "dqs"}, "off": off}, **secret)
        assert KEY not in repr(report).lower()
        assert any(one.cause == zen.id for one in report.findings)


def test_29_no_resolver_is_one_loss_and_not_one_for_each_list():
    ask = MemoryAsk(
        found_elastic_ips=(Subject(SubjectKind.IP, IP),),
        lookup=lambda *streams: (Reply(question=one, rcode=Rcode.TIMEOUT) for one in in_turn(streams)),
    )
    report = blocklist.run({}, ask)
    bad = [one for one in report.findings if one.state is State.BAD]
    assert [(one.subject.key, one.cause) for one in bad] == [("source:dns", "coverage")]
    lists = [one for one in report.findings if one.subject.id == IP]
    assert len(lists) > 4
    assert {one.state for one in lists} == {State.UNKNOWN}


def test_30_without_its_key_a_list_is_not_covered_and_its_mirror_is_not_asked():
    report, ask = checked(PSBL_OK, settings={"off": []})
    assert not [one for one in report.findings if one.cause == "spamhaus-zen"]
    note = finding(report, "spamhaus-zen", "coverage")
    assert note.reason == "no_key"
    assert "not covered" in note.evidence[0].text
    assert not [question for question in ask.lookup.asked if "spamhaus" in question.name]


REFUSALS = [
    (one.id, code.match.text)
    for one in CATALOGUE.entries
    for code in one.codes
    if code.means in (Means.REFUSAL, Means.BAD_QUERY)
]


@pytest.mark.parametrize(("list_id", "text"), REFUSALS)
def test_a_refusal_is_never_a_listing_and_never_clean(list_id, text):
    one = entry(list_id)
    (code,) = [code for code in one.codes if code.match.text == text]
    if code.match.rcode:
        replies = [a(rcode=Rcode(code.match.rcode))]
    else:
        listing = [str(other.match.sample()) for other in one.codes if other.means is Means.LISTING]
        replies = [a(value, *more) for value in _all(code.match) for more in ((), tuple(listing[:1]))]
    for reply in replies:
        assert dnsbl.judge(one, reply, KEY).verdict is Verdict.UNKNOWN


ANSWERS = [
    IPv4Address(f"127.{second}.{third}.{last}")
    for second in (0, 255)
    for third in (0, 1, 2, 10, 255)
    for last in range(256)
]
"""Every address in the networks where codes lie."""


def _all(pattern: catalogue.Pattern) -> list[str]:
    return [str(answer) for answer in ANSWERS if pattern.matches(answer)]
