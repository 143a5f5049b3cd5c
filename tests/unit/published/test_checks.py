"""The checks `reverse_dns` and `auth_records` on a world in memory."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from staygreen.adapters.memory.world import MemoryAsk
from staygreen.core.checks import auth_records, by_id, reverse_dns
from staygreen.core.config.parser import parse
from staygreen.core.dns.message import Rcode
from staygreen.core.finding import State, Subject, SubjectKind
from staygreen.core.provisioning.reverse_name import Present
from staygreen.core.published import causes
from staygreen.core.ses.identity import SesIdentity
from tests.unit.published.dns_world import Zone
from tests.unit.published.keys import rsa_key

ROOT = Path(__file__).parents[3]
CONFIG = """
[sender]
name = "example"
account = "000000000000"
region = "eu-west-1"

[[configuration_set]]
name = "main"

[[domain]]
name = "d.test"
spf = { mechanisms = [{ value = "a:mail.d.test", reason = "ours" }], all = "-all" }
dmarc = { policy = "reject", aggregate_reports = ["dmarc@d.test"] }
tls_rpt = { aggregate_reports = ["tls@d.test"] }
mta_sts = { id = "1" }

[[domain]]
name = "parked.test"
parked = true

[[address]]
name = "mail-1"
ptr = "mail.d.test"
helo = "mail.d.test"
"""
EIP = Subject(SubjectKind.IP, "192.0.2.10", "mail.d.test")
CONFIGURED = {"staygreen-example-production-mail-1": EIP.id, "eipalloc-1": EIP.id}
IDENTITY = SesIdentity(
    name="d.test",
    is_verified=True,
    verification="SUCCESS",
    dkim_status="SUCCESS",
    dkim_tokens=("t1", "t2", "t3"),
    mail_from="bounce.d.test",
    mail_from_status="SUCCESS",
    configuration_set="main",
)
KEY = rsa_key(2048)
PUBLISHED = {
    "d.test TXT": ["v=spf1 a:mail.d.test -all", "something else"],
    "d.test MX": "10 mx.d.test",
    "mail.d.test A": "192.0.2.10",
    "_dmarc.d.test TXT": "v=DMARC1; p=reject; rua=mailto:dmarc@d.test",
    "_smtp._tls.d.test TXT": "v=TLSRPTv1; rua=mailto:tls@d.test",
    "_mta-sts.d.test TXT": "v=STSv1; id=1",
    "bounce.d.test MX": "10 feedback-smtp.eu-west-1.amazonses.com",
    "bounce.d.test TXT": "v=spf1 include:amazonses.com ~all",
    "amazonses.com TXT": "v=spf1 ip4:198.51.100.0/24 -all",
    **{f"t{n}._domainkey.d.test CNAME": f"t{n}.dkim.amazonses.com" for n in (1, 2, 3)},
    **{f"t{n}._domainkey.d.test TXT": f"p={KEY}" for n in (1, 2)},
    "parked.test MX": "0 .",
    "parked.test TXT": "v=spf1 -all",
    "_dmarc.parked.test TXT": "v=DMARC1; p=reject",
    "10.2.0.192.in-addr.arpa PTR": "mail.d.test",
}


def found(check, table, **world):
    """What is not OK, as (subject, cause, state)."""
    entry = by_id(check)
    ask = MemoryAsk(
        lookup=Zone(table),
        **{
            "found_elastic_ips": (EIP,),
            "found_configured": CONFIGURED,
            "found_ses_identities": (IDENTITY,),
            **world,
        },
    )
    report = entry.run(entry.settings(parse(CONFIG, "mine.toml")), ask)
    assert all(each.advice and each.evidence for each in report.findings if each.state is State.BAD)
    return {(each.subject.id, each.cause, each.state.value) for each in report.findings if each.state is not State.OK}


@pytest.mark.parametrize("check", ["auth_records", "reverse_dns"])
def test_what_is_published_as_declared_is_clean(check):
    assert found(check, PUBLISHED) == set()


def test_what_nobody_read_of_an_identity_yet_is_not_judged_and_its_age_is_in_the_coverage():
    elsewhere = {f"t{n}._domainkey.d.test CNAME": f"t{n}.eu.dkim.amazonses.com" for n in (1, 2, 3)}
    unread = replace(IDENTITY, lacks_details=True, configuration_set="")
    assert found("auth_records", {**PUBLISHED, **elsewhere}, found_ses_identities=(unread,)) == set()
    read = replace(unread, lacks_details=False)
    causes_found = {
        cause for _, cause, _ in found("auth_records", {**PUBLISHED, **elsewhere}, found_ses_identities=(read,))
    }
    assert causes_found == {"dkim_differs", "ses_configuration_set"}

    entry, now = by_id("auth_records"), MemoryAsk(lookup=Zone({})).now()
    ages = [replace(IDENTITY, details_at=now - timedelta(hours=hours)) for hours in (1, 23, 25)]
    ask = MemoryAsk(
        lookup=Zone(PUBLISHED),
        found_ses_identities=tuple(replace(each, name=f"d{n}.test") for n, each in enumerate([*ages, unread])),
    )
    report = entry.run(entry.settings(parse(CONFIG, "mine.toml")), ask)
    (told,) = (each for each in report.coverage if each.source == "ses_details")
    assert (told.asked, told.answered, told.reason) == (4, 2, "older_than_a_day")


def test_an_adopted_address_is_held_to_its_declared_name_whatever_its_name_tag():
    adopted = CONFIG.replace('name = "mail-1"', 'name = "mail-1"\nallocation_id = "eipalloc-0123456789abcdef0"')
    entry = by_id("reverse_dns")
    published = {**PUBLISHED, "10.2.0.192.in-addr.arpa PTR": "other.d.test", "other.d.test A": "192.0.2.10"}
    ask = MemoryAsk(
        lookup=Zone(published),
        found_elastic_ips=(EIP,),
        found_configured={"theirs": EIP.id, "eipalloc-0123456789abcdef0": EIP.id},
    )
    report = entry.run(entry.settings(parse(adopted, "mine.toml")), ask)
    assert [each.cause for each in report.findings if each.state is State.BAD] == ["ptr_differs"]


def test_a_drift_is_told_once_and_not_again_by_what_follows_from_it():
    without = {key: value for key, value in PUBLISHED.items() if key != "t2._domainkey.d.test CNAME"}
    follows = SesIdentity(name="d.test", is_verified=False, verification="FAILED", dkim_status="FAILED",
                          dkim_tokens=IDENTITY.dkim_tokens, mail_from="bounce.d.test", mail_from_status="SUCCESS",
                          configuration_set="main")  # fmt: skip
    assert found("auth_records", without, found_ses_identities=(follows,)) == {("d.test", "dkim_missing", "BAD")}


def test_an_identity_that_is_gone_from_ses_is_told():
    assert found("auth_records", PUBLISHED, found_ses_identities=()) == {("d.test", "ses_unverified", "BAD")}


def test_an_identity_that_nobody_declared_is_judged_for_what_is_there():
    stranger = SesIdentity(name="new.test", is_verified=True, verification="SUCCESS", configuration_set="main")
    assert found("auth_records", PUBLISHED, found_ses_identities=(IDENTITY, stranger)) == {
        ("new.test", "dmarc_missing", "BAD")
    }


def test_a_server_that_spf_forgot_is_told():
    moved = {**PUBLISHED, "d.test TXT": "v=spf1 ip4:192.0.2.99 -all"}
    assert found("auth_records", moved) == {("d.test", "spf_hosts", "BAD")}


def test_a_silent_resolver_is_lost_coverage_and_nothing_else_is_bad():
    silent = dict.fromkeys(PUBLISHED, Rcode.SERVFAIL)
    for check in ("auth_records", "reverse_dns"):
        states = found(check, silent)
        assert {(subject, cause) for subject, cause, state in states if state == "BAD"} <= {
            ("dns", "coverage"),
            ("1.1.1.1", "coverage"),
            ("8.8.8.8", "coverage"),
        }
        assert {state for _, _, state in states} == {"BAD", "UNKNOWN"}


def test_a_pending_name_is_not_judged():
    states = found("reverse_dns", {}, found_reverse_names={"192.0.2.10": Present(pending="mail.d.test")})
    assert {state for _, _, state in states} == {"UNKNOWN"}


def test_a_dedicated_ip_has_amazons_name_and_that_is_well():
    leased = Subject(SubjectKind.IP, "192.0.2.77", "dedicated IP in pool main")
    table = {
        **PUBLISHED,
        "77.2.0.192.in-addr.arpa PTR": "a192-0-2-77.smtp-out.amazonses.com",
        "a192-0-2-77.smtp-out.amazonses.com A": "192.0.2.77",
    }
    assert found("reverse_dns", table, found_dedicated_ips=(leased,)) == set()


@pytest.mark.parametrize(("check", "told"), [(reverse_dns, causes.REVERSE_DNS), (auth_records, causes.AUTH_RECORDS)])
def test_every_cause_has_its_place_in_the_runbook(check, told):
    text = (ROOT / "docs" / "runbooks" / f"{check.ID}.md").read_text(encoding="utf-8")
    assert {*told, "coverage"} <= set(re.findall(r"^## (\w+)$", text, re.MULTILINE))


def test_evidence_says_who_reports_and_what_it_is_about():
    published = {key: value for key, value in PUBLISHED.items() if key != "_dmarc.d.test TXT"}
    ask = MemoryAsk(lookup=Zone(published), found_ses_identities=(IDENTITY,), found_elastic_ips=(EIP,))
    report = auth_records.run(auth_records.settings(parse(CONFIG, "mine.toml")), ask)
    (missing,) = (each for each in report.findings if each.cause == "dmarc_missing" and each.state is State.BAD)
    assert missing.evidence[0].data == {"name": "DNS", "about": "_dmarc.d.test"}


def test_the_settings_say_nothing_that_is_not_declared():
    domains = {each["name"]: each for each in auth_records.settings(parse(CONFIG, "mine.toml"))["domains"]}
    assert domains["parked.test"] == {
        "name": "parked.test",
        "spf": "v=spf1 -all",
        "dmarc": "v=DMARC1; p=reject",
        "null_mx": "0 .",
    }
    assert domains["d.test"]["hosts"] == ["staygreen-example-production-mail-1"]
