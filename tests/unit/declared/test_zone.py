import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.config.parser import parse
from staygreen.core.declared.record import Purpose
from staygreen.core.declared.zone import domain_records, filled, records
from staygreen.core.declared.zone_file import zone_text
from staygreen.core.dns.message import RecordType
from staygreen.core.records import txt
from tests.budget import examples
from tests.unit.records.zone_server import parsed

SENDER = """
[sender]
name = "example"
account = "000000000000"
region = "eu-central-1"

[[configuration_set]]
name = "default"
"""


def config(text):
    return parse(SENDER + text, "mine.toml")


def by_purpose(found):
    return {record.purpose: record for record in found}


DOMAIN = """
[[domain]]
name = "example.com"
zone = { id = "Z0EXAMPLE", name = "example.com" }
spf = { all = "-all", other_txt = ["site-verification=1"], mechanisms = [{ value = "mx", reason = "ours" }] }
dmarc = { policy = "reject", aggregate_reports = ["a@example.com", "b@sub.example.com", "c@reports.example.net"] }
"""


def test_easy_dkim_names_are_known_only_after_deployment():
    given = config(DOMAIN)
    dkim = [record for record in domain_records(given, given.domains[0]) if record.purpose is Purpose.DKIM]

    assert [record.placeholders for record in dkim] == [
        (f"domain-example-com.DkimName{n}", f"domain-example-com.DkimValue{n}") for n in (1, 2, 3)
    ]
    live = {"domain-example-com.DkimName1": "t._domainkey.example.com", "domain-example-com.DkimValue1": "t.dkim.test"}
    assert filled(dkim[0], live).known
    assert filled(dkim[0], live).values == ("t.dkim.test",)


def test_mail_from_leads_to_the_feedback_host_of_the_right_region():
    found = by_purpose(records(config(DOMAIN)))

    assert found[Purpose.MAIL_FROM_MX].name == "bounce.example.com"
    assert found[Purpose.MAIL_FROM_MX].values == ("10 feedback-smtp.eu-central-1.amazonses.com",)
    assert found[Purpose.MAIL_FROM_SPF].route53_values == ('"v=spf1 include:amazonses.com ~all"',)


def test_the_apex_texts_are_one_record_set():
    assert by_purpose(records(config(DOMAIN)))[Purpose.APEX_TXT].values == ("v=spf1 mx -all", "site-verification=1")


def test_only_receivers_elsewhere_have_to_agree_to_reports():
    names = [r.name for r in records(config(DOMAIN)) if r.purpose is Purpose.REPORT_AUTHORISATION]

    assert names == ["example.com._report._dmarc.reports.example.net"]


def test_the_receivers_agreement_goes_into_the_zone_that_holds_it():
    receiver = (
        '[[domain]]\nname = "example.net"\nparked = true\nzone = { id = "Z0OTHER", name = "example.net" }\n'
        '[[domain]]\nname = "reports.example.net"\nparked = true\n'
        'zone = { id = "Z0NEARER", name = "reports.example.net" }\n'
    )

    assert by_purpose(records(config(DOMAIN)))[Purpose.REPORT_AUTHORISATION].zone is None
    agreed = by_purpose(records(config(DOMAIN + receiver)))[Purpose.REPORT_AUTHORISATION]
    assert agreed.zone.id == "Z0NEARER"


REPORTS = """
[[domain]]
name = "example.com"
zone = { id = "Z0EXAMPLE", name = "example.com" }
dmarc = { aggregate_reports = ["people@example.net"] }
tls_rpt = {}

[[domain]]
name = "parked.example"
parked = true

[[domain]]
name = "watched.example"
manage = false

[mailbox]
domain = "reports.example.com"
zone = { id = "Z0REPORTS", name = "reports.example.com" }

[reports]
"""


def test_reports_about_every_managed_domain_are_asked_for_and_the_mailbox_agrees_to_take_them():
    found = {(record.owner, record.name): record for record in records(config(REPORTS))}
    texts = {name: record.values[0] for (_, name), record in found.items()}
    assert (
        texts["_dmarc.example.com"]
        == "v=DMARC1; p=none; rua=mailto:people@example.net,mailto:dmarc@reports.example.com"
    )
    assert texts["_smtp._tls.example.com"] == "v=TLSRPTv1; rua=mailto:tls@reports.example.com"
    assert texts["_dmarc.parked.example"] == "v=DMARC1; p=reject; rua=mailto:dmarc@reports.example.com"
    agreed = found["parked.example", "parked.example._report._dmarc.reports.example.com"]
    assert agreed.zone and agreed.zone.id == "Z0REPORTS"
    assert not any(owner == "watched.example" for owner, _ in found)
    assert not any(name.startswith("example.com._report.") and name.endswith(".reports.example.com") for name in texts)
    assert "ruf" not in str(texts)


def test_failure_reports_are_asked_for_only_where_the_configuration_names_their_address():
    texts = [record.values[0] for record in records(config(REPORTS + 'failure = "ruf"\n'))]
    assert sum("ruf=mailto:ruf@reports.example.com" in text for text in texts) == 2


def test_reports_from_a_bucket_of_others_change_no_record():
    without = REPORTS.partition("[mailbox]")[0].replace("tls_rpt = {}\n", "")
    assert records(config(without + '[reports]\nbucket = "theirs"\n')) == records(config(without))


def test_a_parked_domain_says_no_everywhere():
    found = by_purpose(records(config('[[domain]]\nname = "example.net"\nparked = true\n')))

    assert {purpose: (record.name, record.values) for purpose, record in found.items()} == {
        Purpose.NULL_MX: ("example.net", ("0 .",)),
        Purpose.APEX_TXT: ("example.net", ("v=spf1 -all",)),
        Purpose.DMARC: ("_dmarc.example.net", ("v=DMARC1; p=reject",)),
        Purpose.NO_DKIM: ("*._domainkey.example.net", ("v=DKIM1; p=",)),
    }


def test_a_watched_sender_declares_nothing():
    text = '[[domain]]\nname = "example.com"\nmanage = false\n'
    text += '[[address]]\nname = "mail-1"\nmanage = false\nallocation_id = "eipalloc-01234567"\nptr = "m.example.com"\n'

    assert records(config(text)) == ()


def test_an_address_gets_the_a_record_that_its_reverse_name_needs():
    text = '[[address]]\nname = "mail-1"\nptr = "mail.example.com"\nzone = { id = "Z0", name = "example.com" }\n'
    (record,) = records(config(text), {"addresses.AddressMail1": "192.0.2.10"})

    assert (record.name, record.type, record.values) == ("mail.example.com", RecordType.A, ("192.0.2.10",))


def test_what_is_not_known_stands_as_a_comment():
    text = zone_text(records(config(DOMAIN)))

    assert "; known after deployment: ${domain-example-com.DkimName1}. 3600 IN CNAME" in text
    parsed(text)


def test_a_long_key_is_cut_every_255_octets():
    key = "A" * 392
    text = '[[domain]]\nname = "example.com"\nses = false\n[domain.dkim]\nmode = "easy"\n'
    given = config(text + '[domain.spf]\nother_txt = ["' + key + '"]\n')

    value = by_purpose(records(given))[Purpose.APEX_TXT].route53_values[1]

    assert value == f'"{"A" * 255}" "{"A" * 137}"'


@examples(20)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=600))
def test_any_text_survives_the_zone_file(text):
    record = replace(
        by_purpose(records(config(DOMAIN)))[Purpose.APEX_TXT], values=(text.replace("${", ""),), name="x.test"
    )

    (rdata,) = parsed(zone_text([record])).get_rdataset("x.test.", "TXT")

    assert b"".join(rdata.strings).decode() == record.values[0]
    assert all(len(string) <= 255 for string in rdata.strings)


@pytest.mark.parametrize(
    ("text", "value"),
    [('say "hi"', '"say \\"hi\\""'), ("back\\slash", '"back\\\\slash"'), ("é", '"\\303\\251"'), ("", '""')],
)
def test_route_53_takes_octal_escapes(text, value):
    assert txt.route53_value(text) == value


def test_keys_of_our_own_are_published_before_they_sign():
    key = _public_key_text()
    selectors = f'selectors = [{{ name = "s1", public_key = "{key}" }}]'
    found = records(config(f'[[domain]]\nname = "example.com"\n[domain.dkim]\nmode = "easy"\n{selectors}\n'))

    dkim = [record for record in found if record.purpose is Purpose.DKIM]
    assert [record.type for record in dkim] == [RecordType.TXT, *[RecordType.CNAME] * 3]
    assert dkim[0].values == (f"v=DKIM1; k=rsa; p={key}",)
    assert dkim[0].route53_values[0].count('" "') == 1


def _public_key_text():
    broken = Path(__file__).parents[1] / "config" / "broken" / "15-two-signing-selectors.toml"
    return tomllib.loads(broken.read_text(encoding="utf-8"))["domain"][0]["dkim"]["selectors"][0]["public_key"]
