"""Whose mail a row is: each row of the table, what goes before what, and what is never said."""

from ipaddress import ip_address, ip_network

import pytest

from benchmarks.dmarc_classes import MEASURED_ROWS, TARGET, measured
from benchmarks.dmarc_estates import MEASURED_SEEDS
from staygreen.core.reports.classes import OWN, Classifier, Judgement, MailClass, SourceHistory
from staygreen.core.reports.estate import DeclaredSender, Estate
from staygreen.core.reports.report import DkimResult, Evidence, OverrideReason, PublishedPolicy, SpfResult
from staygreen.core.reports.services import Services

OURS, SES, FOREIGN, SHOP = "192.0.2.10", "203.0.113.9", "198.18.0.1", "198.51.100.5"
TOKEN = "abcdefghijklmnopqrstuvwxyz234567"
ESTATE = Estate(
    domains=frozenset({"example.com", "parked.example"}),
    parked=frozenset({"parked.example"}),
    nonexistent=frozenset({"nothing.example.com"}),
    networks=(ip_network("192.0.2.0/28"),),
    ses_ranges=(ip_network("203.0.113.0/24"),),
    selectors=frozenset({("example.com", "s1")}),
    easy_dkim=frozenset({"example.com"}),
    mail_from=frozenset({"bounce.example.com"}),
    senders=(
        DeclaredSender(name="shop", selectors=frozenset({"shop1"}), networks=(ip_network("198.51.100.0/28"),)),
        DeclaredSender(name="crm", spf_domains=frozenset({"return.crm.example"})),
        DeclaredSender(name="old address", networks=(ip_network("198.18.9.0/24"),), is_forwarder=True),
    ),
)
SERVICES = Services({"bulk.example": "Bulk Mailer"})
PASS = ("example.com", "s1", "pass")


def judged(source, *, dkim=(), spf=(), reasons=(), name="example.com", policy=None, history=None) -> Judgement:
    evidence = Evidence(
        header_from=name,
        envelope_from=None,
        envelope_to=None,
        disposition="none",
        eval_dkim="fail",
        eval_spf="fail",
        reasons=tuple(OverrideReason(*each) for each in reasons),
        dkim=tuple(DkimResult(*each) for each in dkim),
        spf=tuple(SpfResult(domain, "mfrom", result) for domain, result in spf),
    )
    classifier = Classifier(ESTATE, SERVICES)
    address = ip_address(source) if source else None
    return classifier.judge(
        address, evidence, policy or PublishedPolicy(domain="example.com"), history or SourceHistory()
    )


ROWS = {
    "parked": (0, judged(OURS, name="parked.example", dkim=[PASS])),
    "below a parked domain": (0, judged(FOREIGN, name="www.parked.example")),
    "a name that does not exist": (0, judged(FOREIGN, name="nothing.example.com")),
    "ours, signed": (1, judged(OURS, dkim=[PASS])),
    "ours, signed with a selector that is not listed": (1, judged(OURS, dkim=[("example.com", "x", "pass")])),
    "ours, SPF alone": (2, judged(OURS, spf=[("example.com", "pass")])),
    "ours, SPF, broken signature": (
        2,
        judged(OURS, spf=[("example.com", "pass")], dkim=[("example.com", "s1", "fail")]),
    ),
    "ours, not looked up": (3, judged(OURS, dkim=[("example.com", "s1", "temperror")], spf=[("example.com", "pass")])),
    "ours, broken": (4, judged(OURS, dkim=[("example.com", "s1", "fail")], spf=[("relay.example", "pass")])),
    "ours, unsigned": (5, judged(OURS, spf=[("relay.example", "pass")])),
    "ours, signed by somebody else": (5, judged(OURS, dkim=[("relay.example", "k", "pass")])),
    "SES, listed key": (6, judged(SES, dkim=[PASS])),
    "SES, Easy DKIM": (6, judged(SES, dkim=[("example.com", TOKEN, "pass")])),
    "SES, our MAIL FROM": (6, judged(SES, spf=[("bounce.example.com", "pass")])),
    "SES by SPF, outside the known ranges": (
        6,
        judged(FOREIGN, spf=[("eu-central-1.amazonses.com", "pass")], dkim=[("example.com", TOKEN, "pass")]),
    ),
    "SES, neither": (7, judged(SES, dkim=[("amazonses.com", "k", "pass")], spf=[("amazonses.com", "pass")])),
    "declared by selector": (8, judged(FOREIGN, dkim=[("example.com", "shop1", "pass")])),
    "declared by network, SPF aligned": (8, judged(SHOP, spf=[("example.com", "pass")])),
    "declared by return path, signed": (
        8,
        judged(FOREIGN, spf=[("return.crm.example", "pass")], dkim=[("example.com", "c", "pass")]),
    ),
    "declared, nothing aligned": (9, judged(SHOP, dkim=[("shop.example", "k", "pass")])),
    "declared by return path, nothing aligned": (9, judged(FOREIGN, spf=[("return.crm.example", "pass")])),
    "relayed": (10, judged(FOREIGN, dkim=[PASS], spf=[("example.com", "fail")])),
    "relayed, the selector not reported": (10, judged(FOREIGN, dkim=[("example.com", "", "pass")])),
    "an unknown key": (11, judged(FOREIGN, dkim=[("example.com", "mk1", "pass")])),
    "SPF alone": (12, judged(FOREIGN, spf=[("example.com", "pass")])),
    "altered by a list": (13, judged(FOREIGN, dkim=[("example.com", "s1", "fail")], reasons=[("mailing_list", "")])),
    "altered, ARC passed": (
        13,
        judged(FOREIGN, dkim=[("example.com", "s1", "fail")], reasons=[("local_policy", "arc=pass as.1")]),
    ),
    "altered by a declared forwarder": (13, judged("198.18.9.9", dkim=[("example.com", "s1", "fail")])),
    "altered, no sign of forwarding": (14, judged(FOREIGN, dkim=[("example.com", "s1", "fail")])),
    "forwarded, unsigned": (15, judged(FOREIGN, spf=[("list.example", "pass")])),
    "service by SPF": (16, judged(FOREIGN, spf=[("b.bulk.example", "pass")])),
    "service by signature": (16, judged(FOREIGN, dkim=[("other.example", "k", "pass")])),
    "foreign, not looked up": (17, judged(FOREIGN, dkim=[("example.com", "s1", "temperror")])),
    "nothing passes": (18, judged(FOREIGN, spf=[("example.com", "softfail")])),
    "nothing is known": (18, judged(None)),
    "an invented selector that fails": (18, judged(FOREIGN, dkim=[("example.com", "zz", "fail")])),
    "another company's domain": (-1, judged(FOREIGN, name="other.example")),
}


@pytest.mark.parametrize("name", ROWS)
def test_the_first_row_that_matches_decides(name):
    row, judgement = ROWS[name]
    assert judgement.row == row, judgement.why
    assert judgement.why


def test_inferred_rows_say_that_they_are():
    for row, judgement in ROWS.values():
        assert judgement.why.startswith("inferred:") == (row >= 14), judgement


@pytest.mark.parametrize(
    "history",
    [SourceHistory(proven_reporters=2), SourceHistory(is_listed=True), SourceHistory(lacks_confirmed_name=True)],
)
def test_without_proof_nothing_is_called_a_spoof(history):
    assert judged(FOREIGN).mail_class is MailClass.UNAUTHENTICATED
    assert judged(FOREIGN, history=SourceHistory(proven_reporters=1)).mail_class is MailClass.UNAUTHENTICATED
    assert judged(FOREIGN, history=history).mail_class is MailClass.SPOOF


def test_what_passes_is_never_a_spoof_whatever_its_history():
    history = SourceHistory(proven_reporters=5, is_listed=True, lacks_confirmed_name=True)
    assert judged(FOREIGN, dkim=[PASS], history=history).mail_class is MailClass.RELAYED
    assert judged(OURS, history=history).mail_class is MailClass.MINE_UNSIGNED


def test_alignment_is_in_the_modes_that_the_report_published():
    strict = PublishedPolicy(domain="example.com", adkim="s", aspf="s")
    signed = {"name": "news.example.com", "dkim": [PASS]}
    assert judged(OURS, **signed).row == 1
    assert judged(OURS, **signed, policy=strict).row == 5
    assert judged(OURS, spf=[("bounce.example.com", "pass")], policy=strict).row == 5


def test_spf_of_a_public_suffix_is_aligned_with_nothing():
    assert judged(FOREIGN, spf=[("com", "pass")]).row == 15


def test_names_of_reporters_in_capitals_are_ours_too():
    assert judged(SES, dkim=[("example.com", TOKEN.upper(), "pass")]).row == 6


@pytest.fixture(scope="module")
def measurement():
    return measured(MEASURED_SEEDS[:8])


@pytest.mark.parametrize("row", MEASURED_ROWS)
def test_classes_fit_estates_whose_mail_is_known(measurement, row):
    assert measurement.precision(row) >= TARGET
    assert measurement.recall(row) >= TARGET


def test_own_mail_is_never_called_a_spoof_and_a_spoof_never_ours(measurement):
    assert (measurement.own_called_spoof, measurement.spoof_called_own) == (0, 0)
    assert {MailClass.MINE, MailClass.DECLARED_BROKEN} <= OWN


@pytest.mark.parametrize(
    ("source", "more", "row"),
    [("54.240.8.31", (), 6), ("2001:db8::9", (), 6), (FOREIGN, (), 12), (FOREIGN, [("amazonses.com", "k", "pass")], 6)],
)
def test_our_mail_from_alone_makes_no_address_one_of_ses(source, more, row):
    found = judged(source, spf=[("bounce.example.com", "pass")], dkim=more)
    assert found.row == row, found.why
