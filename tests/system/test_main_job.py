"""The main job, deployed for real with IAM enforced: a sender, one alert, one recovery, and a safe life after."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import dns.reversename
import jsonschema
import pytest

from local.cloud import ROOT, LocalCloud
from local.dns.blocklists import Misbehaviour
from local.stage import EXAMPLE, HOUR, Stage, stage
from staygreen.core.alerts import mail
from staygreen.core.blocklist.catalogue import load
from staygreen.core.blocklist.selection import known_lists
from staygreen.core.config.parser import parse
from tests import command
from tests.system import deployment
from tests.system.judges import Judges, found_by_our_checks

LISTING, OTHER_LISTING, SILENT = "psbl.surriel.com", "dnsbl-1.uceprotect.net", "bl.mailspike.net"
SCHEMA = json.loads((ROOT / "docs" / "alert.schema.json").read_text())


@pytest.fixture(scope="module")
def played() -> Iterator[Stage]:
    with stage() as made:
        made.cloud.bootstrap()
        yield made


@pytest.fixture(scope="module")
def assembly(played: Stage) -> Path:
    made = played.synth()
    played.deploy(made)
    return made


def templates(assembly: Path) -> dict[str, Any]:
    return {path.name: json.loads(path.read_text()) for path in assembly.glob("*.template.json")}


def bootstrapped(cloud: LocalCloud) -> tuple[Any, Any]:
    """The resources and the parameters of the stack that bootstrapping makes."""
    client = cloud.client("cloudformation")
    resources = client.describe_stack_resources(StackName=deployment.TOOLKIT)["StackResources"]
    (stack,) = client.describe_stacks(StackName=deployment.TOOLKIT)["Stacks"]
    return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}, stack["Parameters"]


def test_what_other_tests_deploy_without_starting_the_cli_is_what_it_deploys(played, assembly):
    assert templates(assembly)
    assert templates(deployment.synth(played.cloud, played.config)) == templates(assembly)
    with stage() as other:
        deployment.deploy(other)
        assert bootstrapped(other.cloud) == bootstrapped(played.cloud)
        assert stacks(other.cloud).keys() == {*stacks(played.cloud)}
        assert stacks(other.cloud) == stacks(played.cloud)


def stacks(cloud: LocalCloud) -> dict[str, Any]:
    """What was asked for with each stack, and what it has made."""
    client, asked = cloud.client("cloudformation"), ("StackStatus", "Capabilities", "RoleARN", "Tags", "Parameters")
    return {
        each["StackName"]: (
            {key: each.get(key) for key in (*asked, "EnableTerminationProtection")},
            {
                one["LogicalResourceId"]: (one["ResourceType"], one["ResourceStatus"])
                for one in client.describe_stack_resources(StackName=each["StackName"])["StackResources"]
            },
        )
        for page in client.get_paginator("describe_stacks").paginate()
        for each in page["Stacks"]
        if each["StackName"] != deployment.TOOLKIT
    }


def ask(played: Stage, name: str, rtype: str) -> list[str]:
    return [record.to_text() for rrset in played.ask(name, rtype) for record in rrset]


def address_of(played: Stage) -> dict[str, Any]:
    (address,) = played.addresses()
    return address


def test_the_identity_is_verified_through_the_records_that_were_written(played, assembly):
    identity = played.cloud.client("sesv2").get_email_identity(EmailIdentity="example.com")
    assert identity["VerifiedForSendingStatus"]
    assert identity["DkimAttributes"]["Status"] == "SUCCESS"
    assert identity["MailFromAttributes"]["MailFromDomainStatus"] == "SUCCESS"
    assert identity["ConfigurationSetName"] == "transactional"


def test_reverse_dns_is_forward_confirmed_by_dns(played, assembly):
    ip = address_of(played)["PublicIp"]
    (pointer,) = ask(played, str(dns.reversename.from_address(ip)), "PTR")
    assert pointer == "mail.example.com."
    assert ask(played, pointer, "A") == [ip]


def test_receivers_own_software_and_our_checks_accept_its_records(played, assembly):
    config = parse(EXAMPLE.read_text(), EXAMPLE.name, known_lists(load()))
    assert Judges(config, played.cloud.dns_address).judge() == 5
    assert found_by_our_checks(config, played.cloud) == set()


def test_a_listing_becomes_one_alert_and_its_removal_one_recovery(played, assembly):
    ip = address_of(played)["PublicIp"]
    cloud = played.cloud
    played.run_check()  # the baseline
    assert played.alerts() == []
    played.list_address(LISTING, ip)
    cloud.blocklists.misbehave("bl.spamcop.net", Misbehaviour.REFUSAL_CODE)
    played.run_check()
    assert played.alerts() == [], "seen once is recorded, not announced"
    played.run_check()
    opened = played.wait_for_alert("opened", ip)
    assert opened["cause"] == "psbl"
    played.run_check()
    coverage = played.wait_for_alert("opened", "spamcop")
    assert coverage["cause"] == "coverage"
    played.unlist_address(LISTING, ip)
    cloud.blocklists.behave("bl.spamcop.net")
    for _ in range(3):
        played.run_check()
    played.wait_for_alert("cleared", ip)
    played.wait_for_alert("cleared", "spamcop")
    told = [(alert["kind"], alert["subjects"][0]["id"]) for alert in played.alerts()]
    assert sorted(told) == [("cleared", ip), ("cleared", "spamcop"), ("opened", ip), ("opened", "spamcop")]
    for alert in played.alerts():
        jsonschema.validate(alert, SCHEMA)
    ids = {alert["transition_id"] for alert in played.alerts()}
    assert {alert["transition_id"] for alert in played.queued()} == ids

    def mailed():
        told = {one["Subject"].strip() for one in cloud.mails() if one["To"] == "postmaster@example.com"}
        return {mail.subject_line(alert) for alert in played.alerts()} <= told

    cloud.wait_until(mailed, what="a mail for each alert")


def test_a_run_that_is_killed_midway_loses_nothing_that_was_known(played, assembly):
    ip, before = address_of(played)["PublicIp"], len(played.alerts())
    played.list_address(OTHER_LISTING, ip)
    played.run_check()
    assert len(played.alerts()) == before, "seen once"
    cut = played.heartbeat("blocklist")
    played.cloud.blocklists.misbehave(SILENT, Misbehaviour.SILENCE)
    played.cloud.advance(HOUR)
    played.cloud.wait_until(lambda: played.cloud.blocklists.ignored(SILENT), what="a run that waits for an answer")
    played.cloud.kill_function("staygreen-example-production-check-blocklist")
    assert played.heartbeat("blocklist") == cut, "the run was cut before its end"
    played.cloud.blocklists.behave(SILENT)
    played.run_check()
    told = played.cloud.wait_until(lambda: played.alerts()[before:], what="the alert")
    assert [(each["kind"], each["cause"]) for each in told] == [("opened", "uceprotect-1")], "told, and once"
    played.unlist_address(OTHER_LISTING, ip)
    for _ in range(3):
        played.run_check()
    told = played.cloud.wait_until(lambda: played.alerts()[before + 1 :], what="the recovery")
    assert [(each["kind"], each["cause"]) for each in told] == [("cleared", "uceprotect-1")]


def test_deploying_again_changes_nothing(played, assembly):
    result = played.cloud.deploy(assembly, change_sets=True)
    assert result.stdout.count("(no changes)") == len(list(assembly.glob("staygreen-*.template.json")))
    assert played.cloud.diff(assembly).returncode == 0
    assert played.cloud.drift(assembly).returncode == 0


def test_a_review_against_what_is_deployed_tells_the_change_and_nothing_else(played, assembly, tmp_path):
    def reviewed(head):
        return command.staygreen("review", "--base", "deployed", "--head", str(head), env=played.cloud.env())

    same = reviewed(assembly)
    assert (same.returncode, same.stdout) == (0, "No mail impact: 0 resources changed\n"), same.stderr
    changed = tmp_path / "changed"
    shutil.copytree(assembly, changed)
    template = changed / "staygreen-example-production-domain-example-com.template.json"
    template.write_text(template.read_text().replace("p=quarantine", "p=none"))
    weaker = reviewed(changed)
    assert weaker.returncode == 1
    assert "stop  dmarc-weakened: Receivers let more mail through" in weaker.stdout
    assert re.search(r"RecordDmarc.* from .*\.toml:\d+", weaker.stdout)


def test_a_failing_update_leaves_the_old_reverse_name(played, assembly, tmp_path):
    allocation_id = address_of(played)["AllocationId"]
    text = played.config.read_text()
    # a name in a zone that the records do not reach: its A record never resolves
    broken = tmp_path / "broken.toml"
    before = 'ptr = "mail.example.com"    # reverse name; the A record is created in the zone\nzone = {'
    after = 'ptr = "mail.example.net"\n# zone = {'
    assert before in text
    broken.write_text(text.replace(before, after))
    assert played.ptr(allocation_id)["PtrRecord"] == "mail.example.com."
    made = played.synth(broken)
    with time_flying(played):
        failed = played.cloud.deploy(made, "staygreen-example-production-addresses", check=False)
    assert failed.returncode != 0
    assert "mail.example.net" in failed.stdout, "the reason names what was waited for"
    assert played.ptr(allocation_id)["PtrRecord"] == "mail.example.com."


@contextmanager
def time_flying(played: Stage) -> Iterator[None]:
    """While the addresses' stack is deployed five minutes pass every second: three quarters of an hour end soon.

    Else time stands: on a slow machine days would pass, with every schedule in them.
    """
    done = Event()
    stacks = played.cloud.client("cloudformation")

    def fly() -> None:
        while not done.wait(1.0):
            (stack,) = stacks.describe_stacks(StackName="staygreen-example-production-addresses")["Stacks"]
            if stack["StackStatus"].endswith("_IN_PROGRESS"):
                played.cloud.advance(timedelta(minutes=5))

    thread = Thread(target=fly)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def staygreen(played: Stage, *arguments: str) -> str:
    done = command.staygreen(*arguments, env=played.cloud.env())
    assert done.returncode == 0, done.stderr
    return done.stdout


def drift(played: Stage, config: Path) -> tuple[int, str]:
    """Status and text of what ends a deployment that adopts."""
    done = command.staygreen("drift", str(config), env=played.cloud.env())
    return done.returncode, done.stdout


def kept_items(played: Stage) -> set[tuple[str, str]]:
    items = played.cloud.client("dynamodb").scan(TableName="staygreen-example-production-incidents")["Items"]
    return {(item["pk"]["S"], item["sk"]["S"]) for item in items}


def forget_what_the_recorder_heard_last(played):
    """Remove the log group that the recorder made when it heard of its own stack's end.

    The local cloud makes log groups for whoever logs; on AWS the recorder's role may not.
    """
    logs = played.cloud.client("logs")
    prefix = "/aws/lambda/staygreen-example-production-deployments"
    for group in logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]:
        logs.delete_log_group(logGroupName=group["logGroupName"])


def test_a_destroyed_sender_still_passes_and_is_adopted_again(played, assembly):
    ip = address_of(played)["PublicIp"]
    played.cloud.unprotect()
    known = kept_items(played)
    played.cloud.destroy(assembly)
    to_paste = staygreen(played, "addresses", str(played.config))
    test_the_identity_is_verified_through_the_records_that_were_written(played, assembly)
    assert ask(played, str(dns.reversename.from_address(ip)), "PTR") == ["mail.example.com."]
    assert ask(played, "mail.example.com", "A") == [ip]
    again = played.cloud.directory / "again.toml"
    (allocation,) = re.findall(r'^allocation_id = "eipalloc-[^"]+"', to_paste, re.MULTILINE)
    assert ip in to_paste
    again.write_text(played.config.read_text().replace('allocation_id = ""', allocation))
    adopted = played.synth(again)
    forget_what_the_recorder_heard_last(played)
    identities = played.cloud.client("sesv2")
    identities.put_email_identity_mail_from_attributes(EmailIdentity="example.com", MailFromDomain="")
    played.cloud.deploy(adopted, options=("--import-existing-resources",), change_sets=True)
    status, told = drift(played, again)
    assert status == 1
    assert "the identity example.com: MAIL FROM: none → bounce.example.com" in told, told
    assert f"make deploy CONFIG={again} REVERT=1" in told
    identities.put_email_identity_mail_from_attributes(
        EmailIdentity="example.com", MailFromDomain="bounce.example.com", BehaviorOnMxFailure="USE_DEFAULT_VALUE"
    )
    assert drift(played, again)[0] == 0
    assert address_of(played)["PublicIp"] == ip, "the same address, and no second one"
    assert known and known <= kept_items(played), "what was known of incidents outlives the stacks"
    played.run_check()
    assert played.heartbeat("blocklist"), "and it is watched again"
    assert played.ptr(address_of(played)["AllocationId"])["PtrRecord"] == "mail.example.com."
    test_the_identity_is_verified_through_the_records_that_were_written(played, adopted)
