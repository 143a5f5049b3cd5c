import re
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.blocklist import catalogue
from staygreen.core.blocklist.selection import known_lists
from staygreen.core.config.config import Config
from staygreen.core.config.parser import parse, read_file
from staygreen.core.config.reader import kind_of, toml_key
from staygreen.core.errors import ConfigError
from staygreen.core.records.dmarc import Policy

EXAMPLES = Path(__file__).parents[3] / "config" / "examples"
SENDER = '[sender]\nname = "example"\naccount = "000000000000"\nregion = "us-east-1"\n'


def test_there_are_six_examples():
    assert {path.stem for path in EXAMPLES.glob("*.toml")} == {
        "one-domain", "ten-domains", "ses-only", "ec2-only", "zone-elsewhere", "watch-only",
    }  # fmt: skip


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_example_is_right(path):
    assert parse(path.read_text(encoding="utf-8"), path.name).sender.account == "000000000000"


def keys_of(cls):
    types = get_type_hints(cls)
    for field in fields(cls):
        yield toml_key(field)
        kind, inner = kind_of(types[field.name])
        for nested in (kind, inner):
            if is_dataclass(nested):
                yield from keys_of(nested)


def test_the_first_example_shows_every_key():
    text = (EXAMPLES / "one-domain.toml").read_text(encoding="utf-8")

    assert [key for key in keys_of(Config) if not re.search(rf"\b{key}( =|[].])", text)] == []


def test_values_arrive_as_types_that_cannot_be_wrong():
    config = parse(
        SENDER
        + '[subjects]\nips = ["192.0.2.1", "2001:DB8::1"]\n'
        + '[monitor.blocklist]\nschedule = "30m"\nconfirmation = { spacing = "10m" }\n'
        + '[[domain]]\nname = "example.com"\nses = false\ndmarc = { policy = "reject" }\n',
        "mine.toml",
    )

    assert config.subjects.ips == (ip_address("192.0.2.1"), ip_address("2001:db8::1"))
    assert config.monitors.blocklist.schedule == timedelta(minutes=30)
    assert config.monitors.blocklist.confirmation.spacing == timedelta(minutes=10)
    assert config.domains[0].dmarc.policy is Policy.REJECT


def test_the_only_configuration_set_is_everybodys_default():
    text = SENDER + '[[configuration_set]]\nname = "only"\n[[domain]]\nname = "example.com"\n'

    assert parse(text, "mine.toml").domains[0].configuration_set == "only"


def test_a_table_given_in_part_keeps_the_rest_of_its_own_default():
    default = parse(SENDER, "mine.toml").monitors.snds.confirmation
    given = parse(SENDER + "[monitor.snds.confirmation]\ncoverage_runs = 9\n", "mine.toml").monitors.snds.confirmation

    assert given == replace(default, coverage_runs=9)


def test_a_warning_does_not_stop_anyone():
    reading = read_file(SENDER, "mine.toml")

    assert reading.warnings == ("mine.toml:1: notifications: has no subscription: nobody is told",)


def test_what_lies_just_within_the_limits_is_right_and_worth_no_warning():
    text = f"""{SENDER}
[[configuration_set]]
name = "news"

[[domain]]
name = "example.com"

[domain.dmarc]
policy = "none"
aggregate_reports = ["dmarc@example.com"]

[domain.spf]
other_txt = ["{"x" * 4000}"]

[monitor.blocklist]
canaries = ["192.0.2.1", "example.net"]

[monitor.complaints]
warning = 1
critical = 1

[[notifications.subscriptions]]
protocol = "lambda"
endpoint = "arn:aws:lambda:eu-west-1:000000000000:function:told"

[[notifications.chat.slack]]
workspace = "T0123456789"
channel = "C0123456789"
"""
    assert read_file(text, "mine.toml").warnings == ()


def test_a_policy_that_nobody_reads_about_is_worth_a_warning():
    domain = '[[configuration_set]]\nname = "news"\n[[domain]]\nname = "example.com"\n[domain.dmarc]\npolicy = "none"\n'
    (told, _) = read_file(SENDER + domain, "mine.toml").warnings[-2:]
    assert "nobody" in told


def test_a_byte_order_mark_and_the_line_ends_of_windows_are_no_problem():
    assert parse("\ufeff" + SENDER.replace("\n", "\r\n"), "x.toml") == parse(SENDER, "x.toml")


def test_without_a_catalogue_list_ids_are_not_judged():
    text = SENDER + '[monitor.blocklist]\non = ["anything"]\n'

    assert parse(text, "mine.toml").monitors.blocklist.on == ("anything",)


def test_the_real_catalogue_brings_no_dead_list_back():
    lists = known_lists(catalogue.load())
    own = '[[monitor.blocklist.own]]\nid = "mine"\nname = "Mine"\nzone = "dnsbl.sorbs.net"\ntargets = ["ipv4"]\n'
    text = SENDER + '[monitor.blocklist]\non = ["sorbs", "psbl"]\n' + own + 'listing_codes = ["127.0.0.2"]\n'

    with pytest.raises(ConfigError) as caught:
        parse(text, "mine.toml", lists)

    assert [problem.partition(" is never asked: ")[0] for problem in caught.value.problems] == [
        'mine.toml:6: monitor.blocklist.on[0]: "sorbs"',
        'mine.toml:10: monitor.blocklist.own[0] "Mine": zone: "dnsbl.sorbs.net"',
    ]


def test_plain_http_is_for_this_machine():
    text = SENDER + '[[notifications.subscriptions]]\nprotocol = "http"\nendpoint = "http://127.0.0.1:8025/hook"\n'

    assert parse(text, "mine.toml").notifications.subscriptions[0].endpoint == "http://127.0.0.1:8025/hook"


VALUES = st.recursive(
    st.one_of(st.text(max_size=5), st.integers(-9, 9), st.booleans()), lambda inner: st.lists(inner, max_size=2)
)
KEYS = sorted(set(keys_of(Config)))


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4), st.sampled_from(["sender", "domain", "monitor"]))
def test_any_document_is_read_or_refused_with_places(table, header):
    def written(value):
        if isinstance(value, list):
            return f"[{', '.join(map(written, value))}]"
        if isinstance(value, str):
            return '"' + "".join(f"\\U{ord(c):08X}" for c in value) + '"'
        return str(value).lower()

    opening = f"[[{header}]]" if header == "domain" else f"[{header}]"
    text = opening + "\n" + "\n".join(f"{key} = {written(value)}" for key, value in table.items())
    try:
        parse(text, "mine.toml")
    except ConfigError as error:
        assert error.problems
        assert all(problem.startswith("mine.toml:") for problem in error.problems)
