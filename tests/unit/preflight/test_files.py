"""Two files of one account: what both claim is told before the second one is deployed."""

from staygreen.core.config.parser import parse
from staygreen.core.preflight.files import other_files
from staygreen.core.preflight.item import Kind

FILE = """
[sender]
name = "{name}"
account = "111122223333"
region = "{region}"

[[configuration_set]]
name = "{name}"
"""
DOMAIN = """
[[domain]]
name = "{domain}"
zone = {{ id = "Z0EXAMPLE", name = "example.com" }}
mail_from = "{mail_from}"
manage = {manage}

[domain.spf]
"""
ADDRESS = """
[[address]]
name = "mail"
allocation_id = "eipalloc-0123456789abcdef0"
ptr = "{ptr}"
"""


def file(*, name="a", region="eu-central-1", domain="example.com", mail_from="bounce", manage="true", more=""):
    table = DOMAIN.format(domain=domain, mail_from=mail_from, manage=manage)
    return parse(FILE.format(name=name, region=region) + table + more, f"{name}.toml")


def told(config, other):
    return [(each.kind, each.subject, each.text) for each in other_files(config, {"b.toml": other})]


def test_a_domain_in_two_files_is_managed_by_one():
    (only,) = told(file(), file(name="b"))
    assert only == (
        Kind.LOST,
        "example.com",
        "b.toml manages it too: the second deployment fails on its identity and records",
    )


def test_a_domain_that_one_of_them_only_watches_is_a_note():
    ((kind, subject, _),) = told(file(), file(name="b", manage="false"))
    assert (kind, subject) == (Kind.NOTE, "example.com")


def test_two_files_cannot_write_one_apex_even_from_two_regions():
    found = told(file(region="us-east-1"), file(name="b"))
    assert (Kind.LOST, "example.com", "b.toml writes example.com TXT too: only one record set of it can exist") in found
    assert told(file(domain="news.example.com"), file(name="b")) == []


def test_an_address_is_adopted_once():
    first = file(more=ADDRESS.format(ptr="mail.example.com"))
    second = file(name="b", domain="other.example.com", more=ADDRESS.format(ptr="mx.example.org"))
    text = "b.toml adopts eipalloc-0123456789abcdef0 too, as mx.example.org: the last deployment wins"
    assert (Kind.LOST, "mail", text) in told(first, second)


def test_files_of_other_accounts_are_no_matter():
    other = parse(FILE.format(name="b", region="eu-central-1").replace("1111", "9999"), "b.toml")
    assert told(file(), other) == []
