"""Independent readers accept what the example configurations declare: checkdmarc, pyspf, dnspython."""

import warnings
from pathlib import Path

import checkdmarc.dmarc
import checkdmarc.spf
import checkdmarc.utils
import pytest

from staygreen.core.config.parser import parse
from staygreen.core.declared.record import Purpose
from staygreen.core.declared.zone import records
from staygreen.core.declared.zone_file import zone_text
from tests.unit.records.zone_server import parsed, resolver, spf_lookup

with warnings.catch_warnings():
    # A module of 2020: its patterns are written without r"".
    warnings.simplefilter("ignore")
    import spf

EXAMPLES = sorted((Path(__file__).parents[3] / "config" / "examples").glob("*.toml"))
ELSEWHERE = """
amazonses.com. 300 IN TXT "v=spf1 ip4:198.51.100.0/24 -all"
feedback-smtp.us-east-1.amazonses.com. 300 IN A 198.51.100.7
feedback-smtp.us-east-1.amazonses.com. 300 IN MX 10 feedback-smtp.us-east-1.amazonses.com.
"""


def declared(path):
    config = parse(path.read_text(encoding="utf-8"), path.name)
    live = {
        output: f"token-{number}.{record.owner}" if record.purpose is Purpose.DKIM else f"192.0.2.{10 + number}"
        for number, record in enumerate(records(config))
        for output in record.placeholders
    }
    return config, records(config, live)


def world(found, config):
    """The declared records, and what stands around them: SES's own, and mailboxes that reports go to."""
    taken = {(record.name, record.type.value) for record in found}
    receivers = {a.rpartition("@")[2] for d in config.domains if d.dmarc for a in d.dmarc.aggregate_reports}
    mailboxes = "".join(f"{name}. 300 IN MX 10 mx.{name}.\n" for name in receivers if (name, "MX") not in taken)
    return zone_text(found) + ELSEWHERE + mailboxes


@pytest.fixture(autouse=True)
def _no_answers_of_earlier_zones():
    checkdmarc.utils.DNS_CACHE.clear()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_dnspython_reads_every_record_of_the_zone_file(path):
    _, found = declared(path)
    assert all(record.known for record in found)

    zone = parsed(zone_text(found))

    read = {(name.to_text(True), rdataset.rdtype.name): len(rdataset) for name, rdataset in zone.iterate_rdatasets()}
    assert read == {(record.name, record.type.value): len(record.values) for record in found}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_checkdmarc_accepts_spf_and_dmarc_of_every_domain(path):
    config, found = declared(path)
    asked = resolver(world(found, config))

    for domain in config.domains:
        names = {record.name for record in found if record.owner == domain.name}
        for name in {domain.name, domain.mail_from_name} & names:
            if any(r.name == name and r.purpose in (Purpose.APEX_TXT, Purpose.MAIL_FROM_SPF) for r in found):
                result = checkdmarc.spf.check_spf(name, parked=domain.parked, resolver=asked)
                assert result["valid"], result
        if f"_dmarc.{domain.name}" in names:
            result = checkdmarc.dmarc.check_dmarc(domain.name, parked=domain.parked, resolver=asked)
            assert result["valid"], result
            assert not any("not authori" in line or "does not indicate" in line for line in result["warnings"]), result


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_pyspf_lets_ses_and_our_servers_pass_and_others_not(path, monkeypatch):
    config, found = declared(path)
    monkeypatch.setattr(spf, "DNSLookup", spf_lookup(world(found, config)))

    def result(ip, domain):
        return spf.check2(i=ip, s=f"someone@{domain}", h=f"helo.{domain}")[0]

    for record in found:
        if record.purpose is Purpose.MAIL_FROM_SPF:
            assert result("198.51.100.25", record.name) == "pass"
            assert result("203.0.113.9", record.name) == "softfail"
        if record.purpose is Purpose.APEX_TXT:
            assert result("203.0.113.9", record.name) in ("fail", "softfail")
    if path.stem in ("one-domain", "ec2-only"):
        (server,) = [r.values[0] for r in found if r.purpose is Purpose.HOST][:1]
        assert result(server, config.domains[0].name) == "pass"
