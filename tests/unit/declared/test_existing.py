"""Record sets that exist: written letter for letter, left alone, and never at odds with the settings beside them."""

import pytest

from staygreen.core.config.parser import parse
from staygreen.core.declared.record import Purpose
from staygreen.core.declared.zone import domain_records
from staygreen.core.dns.message import RecordType
from staygreen.core.errors import ConfigError
from staygreen.core.records import txt

FILE = """
[sender]
name = "example"
account = "000000000000"
region = "eu-central-1"

[[configuration_set]]
name = "default"

[[domain]]
name = "example.com"
zone = { id = "Z0EXAMPLE", name = "example.com" }
"""
TOKEN = '{{ name = "{0}._domainkey.example.com", type = "CNAME", ttl = "300s", values = ["{0}.dkim.amazonses.com"] }}'


def declared(text):
    config = parse(FILE + text, "mine.toml")
    return domain_records(config, config.domains[0])


def problems(text):
    with pytest.raises(ConfigError) as raised:
        parse(FILE + text, "mine.toml")
    return "\n".join(raised.value.problems)


def test_a_record_set_is_written_letter_for_letter_with_its_own_time_to_live():
    found = declared(
        """
verbatim = [
  { name = "_dmarc.example.com", type = "TXT", ttl = "5m", values = ['"v=DMARC1;p=none;" "rua=mailto:A@b.example"'] },
]
[domain.dmarc]
policy = "none"
aggregate_reports = ["a@b.example"]
"""
    )
    (dmarc,) = (record for record in found if record.purpose is Purpose.DMARC)
    assert dmarc.route53_values == ('"v=DMARC1;p=none;" "rua=mailto:A@b.example"',)
    assert dmarc.values == ("v=DMARC1;p=none;rua=mailto:A@b.example",)
    assert dmarc.ttl.total_seconds() == 300


def test_names_of_easy_dkim_that_exist_are_known_before_the_deployment():
    found = declared(f"verbatim = [{', '.join(TOKEN.format(each) for each in 'abc')}]")
    names = [record.name for record in found if record.purpose is Purpose.DKIM]
    assert names == [f"{each}._domainkey.example.com" for each in "abc"]
    assert all(record.known for record in found if record.type is RecordType.CNAME)


def test_records_that_are_left_alone_are_not_declared():
    assert not [each for each in declared('leave_records = ["dkim", "mail_from_mx", "mail_from_spf"]') if each.zone]


@pytest.mark.parametrize(
    ("settings", "record", "said"),
    [
        ("[domain.dmarc]\npolicy = 'reject'", ("_dmarc", "TXT", '"v=DMARC1; p=none"'), "else than dmarc.policy"),
        ("[domain.spf]\nall = '-all'", ("", "TXT", '"v=spf1 ~all"'), "is not what spf says"),
        ("[domain.spf]", ("", "TXT", '"v=spf1 ~all"', '"other"'), "has other texts than spf.other_txt"),
        ('[domain.mta_sts]\nid = "1"', ("_mta-sts", "TXT", '"v=STSv1; id=2"'), "the setting says 1"),
        ("", ("bounce", "MX", "10 feedback-smtp.us-east-1.amazonses.com"), "leads to SES in us-east-1"),
        ("", ("bounce", "TXT", '"v=spf1 -all"'), "does not let SES send"),
        ("", ("www", "A", "192.0.2.1"), "no setting of this domain declares www.example.com A"),
    ],
)  # fmt: skip
def test_a_record_that_contradicts_its_settings_is_a_problem(settings, record, said):
    label, rtype, *values = record
    name = f"{label}.example.com".removeprefix(".")
    assert said in problems(
        f'verbatim = [{{ name = "{name}", type = "{rtype}", values = {list(values)} }}]\n{settings}'
    )


@pytest.mark.parametrize(
    "text", ["plain", 'quoted "twice" and \\ back', "grüße", "x" * 300, "", "tab\tand\x7f"]
)  # fmt: skip
def test_texts_are_read_back_from_what_route_53_takes(text):
    assert txt.text_of_route53(txt.route53_value(text)) == text


@pytest.mark.parametrize("value", ['"\\377"', "a b", '"open', ""])
def test_what_is_no_text_is_not_guessed(value):
    assert txt.text_of_route53(value) is None
