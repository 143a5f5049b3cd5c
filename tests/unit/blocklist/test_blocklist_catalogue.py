from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address

import pytest

from staygreen.core.blocklist import catalogue, dnsbl, selection
from staygreen.core.blocklist.catalogue import Default, Means, Names, Pattern, Scope, Target, Weight
from staygreen.core.blocklist.sweep import Result
from staygreen.core.checks import blocklist
from staygreen.core.config.config import Config, Monitors
from staygreen.core.config.tables.monitors.blocklist import Blocklist, OwnList
from staygreen.core.config.tables.sender import Sender
from staygreen.core.dns.message import Question, Rcode, Reply
from staygreen.core.errors import ConfigError
from staygreen.core.finding import Severity

CATALOGUE = catalogue.load()
LIVE = [one for one in CATALOGUE.entries if one.default is not Default.NEVER]
EVERY = pytest.mark.parametrize("one", LIVE, ids=lambda one: one.id)


@EVERY
def test_every_list_that_can_be_asked_has_a_positive_control_for_each_kind_of_subject(one):
    assert {control.target for control in one.positive} == one.targets


@EVERY
def test_every_list_that_can_be_asked_has_a_zone_codes_and_a_date(one):
    assert one.zone == one.zone.lower().rstrip(".")
    assert any(code.means in (Means.LISTING, Means.INFO) for code in one.codes)
    assert one.verified and one.certainty in ("high", "medium", "low")


WANTED = [one for one in LIVE if one.default is not Default.OPT_IN]


@pytest.mark.parametrize("one", WANTED, ids=lambda one: one.id)
def test_a_list_that_is_on_by_default_or_with_a_key_proves_itself_by_what_its_operator_documents(one):
    assert all(control.sourced for control in one.positive)


@pytest.mark.parametrize("one", LIVE, ids=lambda one: one.id)
def test_every_code_and_control_says_where_it_is_documented_and_when(one):
    for each in (*one.codes, *one.positive, *one.negative):
        assert each.source_url.startswith(("https://", "http://")), each
        assert each.verified is not None


def test_a_control_that_the_operator_does_not_document_rests_on_the_standard():
    unconfirmed = [each for one in LIVE for each in one.positive if not each.sourced]
    assert unconfirmed
    assert {each.source_url for each in unconfirmed} == {catalogue.STANDARD}


def said(list_id, *values):
    entry = CATALOGUE.by_id[list_id]
    question = Question(f"x.{entry.zone}")
    return dnsbl.judge(entry, Reply(question=question, rcode=Rcode.NOERROR, values=values), "k" * 12)


@pytest.mark.parametrize(
    ("list_id", "subject"), [("sem-ipv6", "2001:db8:1:2::25"), ("spamhaus-zen", "2001:db8:1:2::25")]
)
def test_a_listing_of_a_network_of_ipv6_is_told_as_the_networks(list_id, subject):
    entry = CATALOGUE.by_id[list_id]
    listed = Result(subject=subject, entry=entry, answer=said(list_id, "127.0.0.2"), name=subject)
    assert "2001:db8:1:2::/64" in listed.meaning
    assert "/64" not in replace(listed, subject="192.0.2.1").meaning


def test_abusixs_policy_codes_lead_to_the_reverse_name():
    assert "generic" in said("abusix-combined", "127.0.0.11").meaning
    assert "no reverse DNS name" in said("abusix-combined", "127.0.0.12").meaning
    assert all("PTR" in said("abusix-combined", code).meaning for code in ("127.0.0.11", "127.0.0.12"))


@pytest.mark.parametrize("code", ["127.0.1.1", "127.0.1.2", "127.0.1.3"])
def test_every_code_of_abusix_for_domains_is_a_listing(code):
    assert said("abusix-dblack", code).verdict is dnsbl.Verdict.LISTED


def test_dnswl_is_healthy_with_its_own_test_entry_and_refuses_by_another():
    assert said("dnswl", "127.0.10.0").verdict is dnsbl.Verdict.NOTED
    assert said("dnswl", "127.0.10.3").reason is dnsbl.Reason.REFUSED


@pytest.mark.parametrize("code", ["127.0.0.254", "127.0.0.126"])
def test_surbl_is_healthy_with_either_test_answer(code):
    entry = CATALOGUE.by_id["surbl-multi"]
    asked = dnsbl.probes(entry, Target.DOMAIN, "a" * 32)
    replies = {
        each.question: Reply(
            question=each.question,
            rcode=Rcode.NOERROR if each.kind is dnsbl.ControlKind.POSITIVE else Rcode.NXDOMAIN,
            values=(code,) if each.kind is dnsbl.ControlKind.POSITIVE else (),
        )
        for each in asked
    }
    assert dnsbl.health(entry, asked, replies).is_good


@pytest.mark.parametrize("list_id", ["sem-uri", "sem-fresh15"])
def test_spam_eating_monkeys_domain_lists_are_asked_for_their_own_test_entries(list_id):
    entry = CATALOGUE.by_id[list_id]
    assert [each.name for each in entry.positive] == ["_dnsbl_.test"]
    assert [each.name for each in entry.negative] == ["_dnsblneg_.test"]


def test_every_list_has_a_zone_of_its_own():
    zones = [one.zone for one in CATALOGUE.entries]
    assert all(zones)
    assert len(set(zones)) == len(zones)


@EVERY
def test_a_key_has_its_place_exactly_where_a_family_is_named(one):
    assert bool(one.keyed_zone) == bool(one.key_family)
    assert not one.keyed_zone or one.keyed_zone.startswith("{key}.")
    assert not one.apex or one.keyed_zone.endswith(f".{one.apex}")


@EVERY
def test_no_list_of_a_user_default_is_asked_without_being_wanted_by_scope(one):
    if one.scope in (Scope.SUBNET, Scope.ASN):
        assert one.default is Default.OPT_IN
        assert all(code.weight is Weight.INFO for code in one.codes)


def test_the_default_set_without_keys_is_what_the_terms_allow():
    asked = {one.id for one in selection.select(CATALOGUE, {}, {}).asked}
    assert asked == {
        "psbl", "dronebl", "uceprotect-1", "spamcop", "mailspike-bl", "nordspam-bl", "nordspam-dbl",
        "surbl-multi", "uribl-multi",
    }  # fmt: skip


def test_the_lists_that_decide_about_mail_are_critical():
    weights = {code.match.text: code.weight.severity for code in CATALOGUE.by_id["spamhaus-zen"].codes}
    assert {weights[code] for code in ("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.30")} == {Severity.CRITICAL}
    assert weights["127.0.0.10"] is Severity.WARNING


def test_entries_older_than_a_year_are_pointed_out():
    entry = CATALOGUE.by_id["psbl"]
    assert entry.age_warning(entry.verified + timedelta(days=365)) == ""
    assert entry.age_warning(entry.verified + timedelta(days=400)).startswith("psbl: last verified")


@pytest.mark.parametrize(
    "zone", ["dnsbl.sorbs.net", "safe.dnsbl.sorbs.net", "ix.dnsbl.manitu.net", "BL.SpamCannibal.org.", "dnsbl.ahbl.org"]
)
def test_dead_lists_are_denied_with_a_reason(zone):
    denial = CATALOGUE.denial(zone)
    assert denial
    assert denial.reason


def config(**changes) -> Config:
    sender = Sender(name="mail", account="123456789012", region="eu-central-1")
    return Config(sender=sender, monitors=Monitors(blocklist=Blocklist(**changes)))


def own(**changes) -> OwnList:
    return OwnList(**({"id": "ours", "name": "Ours", "zone": "bl.ours.test", "targets": ("ipv4",),
                       "listing_codes": ("127.0.0.2",)} | changes))  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"on": ("sorbs",)}, "emptied"),
        ({"on": ("zapbl-rhsbl",)}, "no test entry"),
        ({"on": ("psbll",)}, "psbll"),
        ({"own": (own(zone="dnsbl.sorbs.net"),)}, "emptied"),
        ({"own": (own(listing_codes=("127.0.0",)),)}, "ours"),
        ({"own": (own(id="psbl"),)}, "psbl"),
    ],
)
def test_a_configuration_cannot_bring_a_dead_or_unknown_list_back(changes, words):
    with pytest.raises(ConfigError) as problem:
        blocklist.settings(config(**changes))
    assert words in str(problem.value)


def test_settings_edited_by_hand_cannot_bring_a_dead_list_back():
    settings = {"on": ["sorbs"], "own": [{**OWN_ROW, "zone": "dnsbl.njabl.org"}]}
    chosen = selection.select(CATALOGUE, settings, {})
    assert {gap.id for gap in chosen.not_covered if gap.reason == "denied"} == {"sorbs", "mine"}
    assert "mine" not in {one.id for one in chosen.asked}


OWN_ROW = {"id": "mine", "name": "Mine", "zone": "bl.mine.test", "targets": ["ipv4"], "listing_codes": ["127.0.0.2"]}


def test_an_own_list_has_the_standards_test_points():
    row = {**OWN_ROW, "targets": ["ipv4", "ipv6", "domain"]}
    one = selection.own_entry(row)
    assert {control.target: control.name for control in one.positive} == {
        Target.IPV4: "127.0.0.2",
        Target.IPV6: "::ffff:7f00:2",
        Target.DOMAIN: "test",
    }


def test_a_promised_key_that_is_missing_is_a_fault_and_an_unpromised_one_is_not():
    promised = selection.select(CATALOGUE, {"keys": {"spamhaus": "dqs"}}, {})
    faults = {gap.id: gap.is_fault for gap in promised.not_covered}
    assert faults["spamhaus-zen"]
    assert not faults["abusix-combined"]


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("127.0.0.2", "127.0.0.2", "127.0.0.3"),
        ("127.0.0.4-127.0.0.7", "127.0.0.7", "127.0.0.8"),
        ("127.255.255.0/24", "127.255.255.9", "127.255.254.9"),
        ("127.0.*.3", "127.0.9.3", "127.0.9.2"),
        ("mask:8", "127.0.0.10", "127.0.1.8"),
    ],
)
def test_codes_are_written_in_five_forms(pattern, yes, no):
    parsed = Pattern.parse(pattern)
    assert parsed.matches(IPv4Address(yes))
    assert not parsed.matches(IPv4Address(no))


@pytest.mark.parametrize(
    "text", ["127.0.0", "127.0.*", "mask:x", "mask:0", "127.0.0.2-", "127.0.0.9-127.0.0.2", "listed", ""]
)
def test_a_malformed_code_is_an_error(text):
    with pytest.raises(ValueError, match="is not an answer code"):
        Pattern.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        '[[list]]\nid = "x"',
        '[[list]]\nid = "x"\ncolour = "red"',
        'colour = "red"',
    ],
)
def test_a_catalogue_out_of_form_names_what_is_wrong(text):
    with pytest.raises(ValueError, match=r"x|colour"):
        catalogue.load(text)


def test_lists_of_whole_names_are_marked():
    full = {one.id for one in LIVE if one.names is Names.FULL}
    assert full == {"spamhaus-dbl", "spamhaus-zrd"}
