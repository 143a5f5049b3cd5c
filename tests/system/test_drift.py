"""A deployed sender drifts, one thing at a time: each drift is one finding, and its repair the end of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from local.cloud import LocalCloud
from local.drifts import CHECKS, COM, DOMAIN, SET, Drift, declared, drifts, found, public_key, run
from local.stage import EXAMPLE, Stage
from staygreen.adapters.sources.ses_standing import NAMESPACE
from staygreen.core.ses.standing import SET_DIMENSION
from tests.command import staygreen
from tests.system.deployment import deploy

KEY = public_key()
DRIFTS = drifts(KEY)
NEIGHBOURS = CHECKS[:2]
"""Both look at DNS; what SES says is nobody else's."""
FIRST = {drift.check: drift for drift in reversed(DRIFTS) if drift.check in NEIGHBOURS}
CLEARS = 3


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with LocalCloud(variables={"STAYGREEN_PTR_PENDING_SECONDS": "0"}) as cloud:
        example = tmp_path_factory.mktemp("drift") / "sender.toml"
        example.write_text(declared(EXAMPLE.read_text(), KEY))
        made = Stage(cloud, example)
        deploy(made)
        (address,) = made.addresses()
        cloud.publish(COM, "smtp.example.com", "A", address["PublicIp"])
        yield made


def recover(played: Stage, check: str) -> None:
    """Let the check run until nothing is found: once, or as often as it takes to end what was told at once."""
    for _ in range(CLEARS):
        run(played, check)
        if not found(played):
            return
    assert found(played) == set()


def test_the_sender_is_clean_as_deployed(played):
    for check in CHECKS:
        run(played, check)
    assert found(played) == set()


def preflight(played: Stage) -> tuple[int, list[tuple[str, str]]]:
    """Exit status, and kind and subject of each item."""
    done = staygreen("preflight", "--json", str(played.config), env=played.cloud.env())
    items = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, [(item["kind"], item["subject"]) for item in items]


def test_a_deployment_would_lose_nothing_of_what_it_made_itself(played):
    assert preflight(played) == (0, [("note", DOMAIN), ("note", "port 25")])


def test_what_somebody_else_published_would_be_lost(played):
    (address,) = played.addresses()
    apex = played.cloud.unpublish(COM, DOMAIN, "TXT")
    played.cloud.publish(COM, DOMAIN, "TXT", *(each["Value"] for each in apex["ResourceRecords"]), '"theirs=1"')
    played.cloud.decide_of_account(ProductionAccessEnabled=False)
    played.cloud.client("ec2").delete_tags(Resources=[address["AllocationId"]], Tags=[{"Key": "staygreen:sender"}])
    try:
        status, items = preflight(played)
    finally:
        played.cloud.put_back(COM, apex)
        played.cloud.decide_of_account(ProductionAccessEnabled=True)
        tag = {"Key": "staygreen:sender", "Value": "example"}
        played.cloud.client("ec2").create_tags(Resources=[address["AllocationId"]], Tags=[tag])
    assert status == 1
    # without the tag the address is somebody else's, who publishes the name that we want
    assert [each for each in items if each[0] != "note"] == [
        ("lost", DOMAIN),
        ("lost", "mail.example.com"),
        ("impossible", "SES"),
    ]


def test_there_are_thirty_of_them():
    assert len(DRIFTS) >= 30
    assert len({drift.name for drift in DRIFTS}) == len(DRIFTS)


@pytest.mark.parametrize("drift", DRIFTS, ids=lambda drift: drift.name)
def test_a_drift_is_found_by_one_run_and_gone_after_its_repair(played, drift):
    shows(played, drift, drift.check)


@pytest.mark.parametrize("drift", FIRST.values(), ids=FIRST)
def test_no_other_check_finds_it_too(played, drift):
    shows(played, drift, *NEIGHBOURS)


def shows(played: Stage, drift: Drift, *checks: str) -> None:
    """Let it happen: these checks find it, all of them together once, and nothing after its repair."""
    subject = drift.subject or played.addresses()[0]["PublicIp"]
    repair = drift.happens(played)
    try:
        for check in checks:
            run(played, check)
        assert found(played) == {(drift.check, subject, drift.cause)}
    finally:
        repair()
    recover(played, drift.check)


def test_what_ses_tells_by_itself_is_judged_at_once(played):
    sets, before = played.cloud.client("sesv2"), played.heartbeat("ses_reputation")
    sets.put_configuration_set_sending_options(ConfigurationSetName=SET, SendingEnabled=False)
    try:
        played.cloud.tell_of_ses("Sending Status Disabled", data={"record": {"status": "DISABLED"}})
        played.cloud.wait_until(lambda: played.heartbeat("ses_reputation") != before, what="a run of the check")
        assert found(played) == {("ses_reputation", SET, "sending_disabled")}
    finally:
        sets.put_configuration_set_sending_options(ConfigurationSetName=SET, SendingEnabled=True)
    recover(played, "ses_reputation")


def test_the_messages_of_a_configuration_set_are_counted_by_themselves(played):
    mail = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}
    played.cloud.client("sesv2").send_email(
        FromEmailAddress=f"news@{DOMAIN}",
        ConfigurationSetName=SET,
        Content=mail,
        Destination={"ToAddresses": ["a@example.org"]},
    )
    metrics = played.cloud.client("cloudwatch").list_metrics(Namespace=NAMESPACE, MetricName="Send")["Metrics"]
    assert [{"Name": SET_DIMENSION, "Value": SET}] in [each["Dimensions"] for each in metrics]


def test_a_jump_of_volume_is_told(played):
    now = played.cloud.now()
    sends = [
        {"MetricName": "Send", "Timestamp": now - timedelta(days=back), "Value": 5000 if back == 0 else 1000}
        for back in range(15)
    ]
    played.cloud.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=sends)
    run(played, "volume")
    assert found(played) == {("volume", "ses", "volume_jump")}
