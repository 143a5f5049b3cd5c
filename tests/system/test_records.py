"""Receivers' own software, and our checks, accept the examples' records as the local cloud's Route 53 serves them.

The examples with servers of their own are judged where their whole life is played: `one-domain` in test_main_job.py,
`ec2-only` in test_snds.py. `watch-only` declares no record: our checks watch what another example deployed.
"""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from typing import Any

import dns.zone
import pytest

from local.cloud import ROOT, LocalCloud
from staygreen.core.blocklist.catalogue import load
from staygreen.core.blocklist.selection import known_lists
from staygreen.core.config.parser import parse
from staygreen.core.declared.record import Purpose
from staygreen.core.declared.zone import mailbox_records, records
from tests.assemblies import synthesise
from tests.command import staygreen
from tests.system.deployment import bootstrap, create
from tests.system.judges import Judges, found_by_our_checks

SELECTOR = "s2026a"


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(variables={"STAYGREEN_PTR_PENDING_SECONDS": "0"}) as running:
        bootstrap(running)
        yield running


class Sender:
    """An example in an environment of its own, so that several fit into one account."""

    def __init__(self, cloud: LocalCloud, example: str, environment: str) -> None:
        self.cloud, self.environment = cloud, environment
        text = (ROOT / "config" / "examples" / f"{example}.toml").read_text()
        assert "\nenvironment" not in text
        self.file = cloud.directory / f"{example}.toml"
        self.file.write_text(text.replace("[sender]", f'[sender]\nenvironment = "{environment}"'))
        cloud.prepare(self.file)

    @property
    def config(self) -> Any:
        return parse(self.file.read_text(), self.file.name, known_lists(load()))

    def deploy(self, *parts: str) -> None:
        """Deploy the stacks that hold records, or those named."""
        assembly = self.cloud.directory / f"assembly-{self.environment}"
        synthesise(self.file.read_text(), assembly)
        stacks = [f"{self.config.names.prefix}-{part}" for part in parts]
        create(self.cloud, assembly, only=stacks)
        # what belongs to the mailbox stands in a stack of its own, which is not deployed here
        for record in mailbox_records(self.config):
            self.cloud.publish(record.zone.id, record.name, record.type.value, *record.values)

    def outputs(self, part: str) -> dict[str, str]:
        name = self.config.names.stack(part)
        (stack,) = self.cloud.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}

    def judges(self) -> Judges:
        return Judges(self.config, self.cloud.dns_address)


def enter_elsewhere(cloud: LocalCloud, zone_id: str, name: str, lines: str) -> None:
    """What a person does at another provider: enter the exported lines of a zone file."""
    cloud.ensure_zone(zone_id, name)
    zone = dns.zone.from_text(lines, origin=".", relativize=False, check_origin=False)
    changes = [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": owner.to_text(),
                "Type": rdataset.rdtype.name,
                "TTL": rdataset.ttl,
                "ResourceRecords": [{"Value": rdata.to_text()} for rdata in rdataset],
            },
        }
        for owner, rdataset in zone.iterate_rdatasets()
        if owner.is_subdomain(dns.name.from_text(name))
    ]
    assert changes
    cloud.client("route53").change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": changes})


def test_ten_domains(cloud):
    sender = Sender(cloud, "ten-domains", "production")
    sender.deploy("addresses", "domain-*")
    exported = sender.outputs("domain-brand-9-example")
    lines = "\n".join(value for key, value in exported.items() if key.startswith("Record"))
    enter_elsewhere(cloud, "Z0BRAND9ELSEWHERE", "brand-9.example", lines)
    assert sender.judges().judge() >= 25
    assert found_by_our_checks(sender.config, cloud) == set()


def test_a_zone_elsewhere_filled_from_the_exported_records(cloud):
    sender = Sender(cloud, "zone-elsewhere", "staging")
    sender.deploy("domain-*")
    lines = "\n".join(value for key, value in sender.outputs("domain-example-com").items() if key.startswith("Record"))
    # the address's own record is made by hand there, before the address; the mailbox for reports was there before
    lines += "\nmail.example.com. 3600 IN A 192.0.2.25\nexample.com. 3600 IN MX 10 mx.example.com."
    enter_elsewhere(cloud, "Z0COMELSEWHERE", "example.com", lines)
    assert sender.judges().judge() >= 4
    assert found_by_our_checks(sender.config, cloud) == set()
    watched = Sender(cloud, "watch-only", "production")
    # the addresses that it names by hand are nobody's here, and have no reverse names
    nobodys = {(str(ip), "ptr_missing", "BAD") for ip in watched.config.subjects.ips}
    assert found_by_our_checks(watched.config, cloud) == nobodys


def test_ses_alone_and_a_message_signed_with_a_key_of_our_own(cloud):
    sender = Sender(cloud, "ses-only", "development")
    selector_lines = new_key(cloud, "news.example.org")
    mode = 'mode = "byodkim"'
    assert sender.file.read_text().count("# Takes the reports") == 1
    signing = selector_lines.replace("signing = false", "signing = true")
    sender.file.write_text(
        sender.file.read_text().replace("# Takes the reports", f"[domain.dkim]\n{mode}\n{signing}\n# Takes the reports")
    )
    sender.deploy("domain-*")
    judges = sender.judges()
    assert judges.judge() >= 8
    assert found_by_our_checks(sender.config, cloud) == set()
    text = cloud.client("secretsmanager").get_secret_value(SecretId=f"staygreen/dkim/news.example.org/{SELECTOR}")
    assert judges.dkimpy_verifies("news.example.org", SELECTOR, as_pem(text["SecretString"]))
    stranger = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, check=True).stdout
    assert not judges.dkimpy_verifies("news.example.org", SELECTOR, stranger)


def new_key(cloud: LocalCloud, domain: str) -> str:
    """The lines that `staygreen dkim new` prints; the private key is in the cloud's Secrets Manager."""
    done = staygreen("dkim", "new", domain, SELECTOR, env=cloud.env())
    assert done.returncode == 0, done.stderr
    return done.stdout


def as_pem(base64_der: str) -> bytes:
    body = base64.encodebytes(base64.b64decode(base64_der)).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n".encode()


def test_every_example_with_records_is_judged_here_or_named_above():
    here = {"ten-domains", "zone-elsewhere", "ses-only", "one-domain", "ec2-only"}
    for path in (ROOT / "config" / "examples").glob("*.toml"):
        config = parse(path.read_text(), path.name, known_lists(load()))
        assert (path.stem in here) == any(record.purpose is not Purpose.HOST for record in records(config))
