"""Two senders in one account and region: each hears of its own mail, and changes nothing that may be the other's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local.cloud import LocalCloud
from local.stage import Stage
from staygreen.core.naming import REPLIES, ResourceNames
from tests.system.deployment import bootstrap, create, synth

ACME = ResourceNames(sender="acme", environment="production")
WARM, RESTING = "bravo-warm", "bravo-resting"
FIRST, SECOND, THIRD = "198.51.100.1", "198.51.100.2", "198.51.100.3"
BLOCKED = "550 5.7.1 Unfortunately, messages from [{ip}] weren't sent. Please contact your provider. (S3150)"
QUIET = "".join(
    f"[monitor.{check}]\nenabled = false\n"
    for check in ("blocklist", "reverse_dns", "auth_records", "complaints", "ses_reputation", "volume", "cases")
)
DIVIDED = f"""
[sender]
name = "acme"
account = "000000000000"
region = "us-east-1"
only = ["acme.example"]

[[notifications.subscriptions]]
protocol = "email"
endpoint = "postmaster@acme.example"
{QUIET}"""
UNDIVIDED = f"""
[sender]
name = "bravo"
account = "000000000000"
region = "us-east-1"

[[pool]]
name = "{WARM}"

[[pool]]
name = "{RESTING}"
kind = "quarantine"

[[configuration_set]]
name = "letters"
pool = "{WARM}"
{QUIET}
[remediation.quarantine_ip]
mode = "auto"
limits = {{ capacity_floor = 1, moves_a_day = 20 }}

[remediation.open_case]
mode = "off"
"""


class Senders:
    """Both of them; what `acme` was told is read from its tables, what `bravo` was told from its subscriber."""

    def __init__(self, cloud: LocalCloud, bravo: Stage) -> None:
        self.cloud, self.bravo = cloud, bravo

    def refused(self, number: int, ip: str, sender: str) -> None:
        """A mail of a sender's identity bounces, since the address is blocked."""
        details = {"Source": f"news@{sender}.example", "Ip": ip, "Diagnostic": f"smtp; {BLOCKED.format(ip=ip)}"}
        recipient = {"Recipient": f"reader-{number}@outlook.test", "BounceType": "Transient"}
        self.cloud.publish_ses_event("letters", "Bounce", MessageId=f"m-{number}", **details, **recipient)

    def repaired(self, ip: str) -> dict[str, Any]:
        """What became of the repair of an address, once it is told."""

        def found() -> dict[str, Any] | None:
            about = [told for told in self.bravo.alerts() if "repair" in told and told["subjects"][0]["id"] == ip]
            return next((told["repair"] for told in about if told["repair"]["stage"] != "planned"), None)

        found_repair: dict[str, Any] = self.cloud.wait_until(
            found, what=f"a repair of {ip}\n{self.cloud.log()[-3000:]}"
        )
        return found_repair

    def pool_of(self, ip: str) -> str:
        return str(self.cloud.client("sesv2").get_dedicated_ip(Ip=ip)["DedicatedIp"]["PoolName"])

    def counted_by_acme(self) -> list[str]:
        """The addresses that replies were counted of."""
        items = self.cloud.client("dynamodb").scan(TableName=ACME.table(REPLIES), ConsistentRead=True)["Items"]
        return [ip for ip in (FIRST, SECOND, THIRD) if ip in str(items)]

    def has_taken_all(self, sender: str) -> bool:
        """Whether no event waits for a sender or is being read."""
        queue, names = self.cloud.client("sqs"), ResourceNames(sender=sender, environment="production")
        url = queue.get_queue_url(QueueName=names.queue(REPLIES))["QueueUrl"]
        numbers = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return {numbers["ApproximateNumberOfMessages"], numbers["ApproximateNumberOfMessagesNotVisible"]} == {"0"}


@pytest.fixture(scope="module")
def senders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Senders]:
    directory: Path = tmp_path_factory.mktemp("senders")
    for name, text in (("acme", DIVIDED), ("bravo", UNDIVIDED)):
        (directory / f"{name}.toml").write_text(text)
    with LocalCloud() as cloud:
        bootstrap(cloud)
        bravo = Stage(cloud, directory / "bravo.toml", repairs=True)
        assemblies = [synth(cloud, config) for config in (directory / "acme.toml", bravo.config)]
        create(cloud, *assemblies)
        bravo.wait_for_subscriber()
        for ip in (FIRST, SECOND, THIRD):
            cloud.lease_dedicated_ip(ip, WARM)
        bravo.run_check("refusals", timedelta(minutes=15))
        yield Senders(cloud, bravo)


def test_two_senders_of_one_account(senders):
    cloud, bravo = senders.cloud, senders.bravo

    # a refusal of bravo's mail is told by bravo alone, and what SES has once for both is only suggested
    senders.refused(1, FIRST, "bravo")
    assert bravo.wait_for_alert("opened", FIRST)["sender"] == "bravo"
    suggested = senders.repaired(FIRST)
    assert (suggested["stage"], suggested["mode"]) == ("suggested", "auto")
    assert "acme (production)" in suggested["objections"][0]["text"]
    assert senders.pool_of(FIRST) == WARM
    cloud.wait_until(lambda: senders.has_taken_all("acme"), what="acme to have read every event")
    assert senders.counted_by_acme() == []

    # acme reads the same bus, and counts what is its own
    senders.refused(2, SECOND, "acme")
    cloud.wait_until(senders.counted_by_acme, what="acme to count")
    assert senders.counted_by_acme() == [SECOND]

    # once acme is gone, bravo works on, and is alone: its repair is carried out
    tear_down(cloud)
    senders.refused(3, THIRD, "bravo")
    assert bravo.wait_for_alert("opened", THIRD)["sender"] == "bravo"
    assert senders.repaired(THIRD)["stage"] == "applied"
    assert senders.pool_of(THIRD) == RESTING


def tear_down(cloud: LocalCloud) -> None:
    """Destroy acme's stacks, as `cdk destroy` does: those first that use others."""
    client = cloud.client("cloudformation")
    for part in ("subscriptions", "repair", "monitoring", "replies", "state"):
        stack = ACME.stack(part)
        client.update_termination_protection(StackName=stack, EnableTerminationProtection=False)
        client.delete_stack(StackName=stack)
        cloud.wait_until(partial(is_gone, client, stack), what=f"the end of {stack}")


def is_gone(client: Any, stack: str) -> bool:
    pages = client.get_paginator("describe_stacks").paginate()
    return stack not in {each["StackName"] for page in pages for each in page["Stacks"]}
