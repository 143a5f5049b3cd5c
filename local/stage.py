"""A sender deployed into a local cloud, for the demo and the system tests to play on.

The deployed configuration is an example of `config/examples/`, with two subscribers more that can be read: one by
HTTP and one by SQS. Lists, schedules and confirmation rules are the example's own, which are the defaults; repairs are
switched off, so that what a check finds is all that is told, unless they are what is played.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import dns.message
import dns.query
import dns.rrset

from local.cloud import ROOT, LocalCloud
from local.dns.catalogue import zones_from
from local.patience import PATIENCE
from local.slack import SignedPress, SlackMessage
from staygreen.core.blocklist.catalogue import load
from staygreen.core.naming import INCIDENTS, SENDER_TAG, ResourceNames
from staygreen.core.remediations import REMEDIATIONS

EXAMPLE = ROOT / "config" / "examples" / "one-domain.toml"
HOUR = timedelta(hours=1)
_HTTP = "team"
_QUEUE = "staygreen-alerts"
_CHAT_QUEUE = "staygreen-chat"
SLACK_CHANNEL = "C0123456789"
SIGNING_SECRET = "what-the-stand-in-signs-with"  # noqa: S105 - it opens nothing
_EXTRA = """
[[notifications.subscriptions]]
topic = "alerts"
protocol = "http"
endpoint = "{http}"

[[notifications.subscriptions]]
topic = "alerts"
protocol = "sqs"
endpoint = "{queue_arn}"
"""
_CHAT = """
[notifications.chat]
operations = true

[[notifications.chat.slack]]
workspace = "T0123456789"
channel = "C9876543210"

[[notifications.chat.teams]]
tenant = "00000000-0000-0000-0000-000000000000"
team = "00000000-0000-0000-0000-000000000001"
channel = "19%3Aabcdef0123456789%40thread.tacv2"
"""
_SLACK = f"""
[notifications.slack]
token_secret = "{{token}}"
channel = "{SLACK_CHANNEL}"
signing_secret = "{{signing}}"
approvers = {{approvers}}
"""
JMRP = "jmrp@reports.example.com"
DMARC, TLS = "dmarc@reports.example.com", "tls@reports.example.com"
_MAILBOX = """
[mailbox]
domain = "reports.example.com"
zone = { id = "Z0EXAMPLECOM00000000", name = "example.com" }

[[mailbox.contact]]
domain = "mail.example.com"
zone = { id = "Z0EXAMPLECOM00000000", name = "example.com" }
"""


class Stage:
    """A local cloud with one sender in it.

    Args:
        cloud: a started local cloud, without anything in it yet.
        example: the configuration to deploy.
        repairs: keep its remediations as they are.
    """

    def __init__(self, cloud: LocalCloud, example: Path = EXAMPLE, *, repairs: bool = False) -> None:
        self.cloud = cloud
        self._queued: list[dict[str, Any]] = []
        self.config = cloud.directory / "sender.toml"
        self.config.write_text(
            (example.read_text() if repairs else _without_repairs(example.read_text()))
            + _EXTRA.format(http=self._endpoint(), queue_arn=self._make_queue(_QUEUE))
        )
        cloud.prepare(self.config)

    @property
    def names(self) -> ResourceNames:
        """The names of what is deployed."""
        sender = tomllib.loads(self.config.read_text())["sender"]
        return ResourceNames(sender=sender["name"], environment=sender.get("environment", "production"))

    def synth(self, config: Path | None = None) -> Path:
        """Synthesise the configuration, or another one. Gives the assembly's directory."""
        return self.cloud.synth(config or self.config)

    def deploy(self, assembly: Path) -> None:
        """Deploy the whole assembly into a bootstrapped cloud; return when the HTTP subscriber is confirmed."""
        self.cloud.deploy(assembly)
        self.wait_for_subscriber()

    def wait_for_subscriber(self) -> None:
        """Return when the HTTP subscriber of what was deployed is confirmed."""
        self.cloud.subscribers.wait_confirmed(_HTTP)

    def with_mailbox(self, *reporters: str) -> None:
        """Let the configuration receive reports at `JMRP`, and mail to postmaster@ of the reverse name.

        Args:
            reporters: Whose reports count; none: those of the key's default.
        """
        named = f'domain = "reports.example.com"\nreporters = {json.dumps(reporters)}'
        mailbox = _MAILBOX.replace('domain = "reports.example.com"', named, 1) if reporters else _MAILBOX
        self.config.write_text(f"{self.config.read_text()}{mailbox}")

    def with_reports(self) -> None:
        """Let the configuration receive DMARC and TLS reports at `DMARC` and `TLS`; after `with_mailbox`."""
        self.config.write_text(f"{self.config.read_text()}\n[reports]\n")

    def with_slack(self, *approvers: str) -> None:
        """Have the sender tell the Slack stand-in too, with buttons; before it is synthesised.

        Args:
            approvers: users and groups that may press them.
        """
        token, signing = (self.names.secret(each) for each in ("slack-token", "slack-signing"))
        text = _SLACK.format(token=token, signing=signing, approvers=json.dumps(approvers))
        self.config.write_text(f"{self.config.read_text()}{text}")
        secrets = self.cloud.client("secretsmanager")
        secrets.create_secret(Name=token, SecretString=self.cloud.slack.token)
        secrets.create_secret(Name=signing, SecretString=SIGNING_SECRET)

    def subscribe(self, name: str, filters: str) -> None:
        """Add an HTTP subscriber to the alerts with filters, as TOML; before the sender is synthesised."""
        endpoint = self.cloud.subscribers.endpoint(name)
        text = f'\n[[notifications.subscriptions]]\nprotocol = "http"\nendpoint = "{endpoint}"\n{filters}\n'
        self.config.write_text(f"{self.config.read_text()}{text}")

    def with_chat(self) -> None:
        """Have the sender publish for Amazon Q Developer too, where a queue listens; before it is synthesised."""
        self.config.write_text(f"{self.config.read_text()}{_CHAT}")

    def listen_to_chat(self) -> None:
        """Subscribe a queue to the topic that Amazon Q Developer would read, with the right to be written to."""
        arn = self._make_queue(_CHAT_QUEUE)
        topic = f"arn:aws:sns:{self.cloud.region}:{self.cloud.account}:{self.names.topic('chat')}"
        attributes = {"RawMessageDelivery": "true"}
        self.cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)

    # --- what is there ----------------------------------------------------------------------------------------------

    def outputs(self, stack: str) -> dict[str, str]:
        """The outputs of one stack, such as `addresses`."""
        name = self.names.stack(stack)
        found = self.cloud.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}

    def addresses(self) -> list[dict[str, Any]]:
        """The sender's Elastic IPs, as EC2 describes them."""
        tag = {"Name": f"tag:{SENDER_TAG}", "Values": [self.names.sender]}
        found = self.cloud.client("ec2").describe_addresses(Filters=[tag])["Addresses"]
        return list(found)

    def ptr(self, allocation_id: str) -> dict[str, Any]:
        """EC2's view of an address's reverse DNS; empty when it has none."""
        client = self.cloud.client("ec2")
        found = client.describe_addresses_attribute(AllocationIds=[allocation_id], Attribute="domain-name")
        return dict(found["Addresses"][0]) if found["Addresses"] else {}

    # --- DNS --------------------------------------------------------------------------------------------------------

    def ask(self, name: str, rtype: str) -> list[dns.rrset.RRset]:
        """What the local DNS answers."""
        address, _, port = self.cloud.dns_address.partition(":")
        query = dns.message.make_query(name, rtype)
        answer, _ = dns.query.udp_with_fallback(query, address, timeout=30, port=int(port))
        return list(answer.answer)

    def list_address(self, zone: str, ip: str) -> None:
        """Put an address on a blocklist; return when the list says so."""
        self.cloud.blocklists.list_ip(zone, ip)
        self.cloud.wait_until(lambda: self.ask(query_name(ip, zone), "A"), what=f"{ip} on {zone}")

    def unlist_address(self, zone: str, ip: str) -> None:
        """Take an address off a blocklist; return when the list says so."""
        self.cloud.blocklists.unlist_ip(zone, ip)
        self.cloud.wait_until(lambda: not self.ask(query_name(ip, zone), "A"), what=f"{ip} off {zone}")

    # --- time passes ------------------------------------------------------------------------------------------------

    def run_check(self, check: str = "blocklist", after: timedelta = HOUR) -> str:
        """Let time pass, so that the deployed schedule fires; return when the run has reached its end.

        Raises:
            TimeoutError: it has not, with all patience; the emulator's log says why.
        """
        before = self.heartbeat(check)
        self.cloud.advance(after)
        try:
            run = self.cloud.wait_until(
                lambda: (now := self.heartbeat(check)) != before and now, what=f"a run of the check {check}"
            )
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.cloud.log()[-3000:]}") from error
        return str(run)

    def heartbeat(self, check: str) -> str:
        """The id of the check's last finished run; empty before the first."""
        item = self.cloud.client("dynamodb").get_item(
            TableName=self.names.table(INCIDENTS),
            Key={"pk": {"S": f"check#{check}"}, "sk": {"S": "heartbeat"}},
            ConsistentRead=True,
        )
        return str(item.get("Item", {}).get("run_id", {}).get("S", ""))

    def owed(self) -> list[dict[str, Any]]:
        """What was not told everywhere yet; `claimed_until_<channel>` in it: somebody is at it."""
        items = self.cloud.client("dynamodb").scan(TableName=self.names.table(INCIDENTS), ConsistentRead=True)
        return [item for item in items["Items"] if "owed" in item]

    # --- what subscribers got ---------------------------------------------------------------------------------------

    def alerts(self) -> list[dict[str, Any]]:
        """All alerts so far, as the HTTP subscriber got them."""
        return [told for told in self._received() if told["kind"] != "digest"]

    def digests(self) -> list[dict[str, Any]]:
        """All digests so far, as the HTTP subscriber got them."""
        return [told for told in self._received() if told["kind"] == "digest"]

    def _received(self) -> list[dict[str, Any]]:
        return [each.json() for each in self.cloud.subscribers.received(_HTTP)]

    def wait_for_alert(self, kind: str, subject: str = "") -> dict[str, Any]:
        """Wait for the first alert of that kind (about that subject), as the HTTP subscriber gets it."""

        def found() -> dict[str, Any] | None:
            return next((alert for alert in self.alerts() if matches(alert, kind, subject)), None)

        alert: dict[str, Any] = self.cloud.wait_until(found, what=f"an alert `{kind}` {subject}".rstrip())
        return alert

    def queued(self) -> list[dict[str, Any]]:
        """All alerts so far, as the SQS subscriber got them; waits for those that the HTTP subscriber has already."""
        wanted = {told["transition_id"] for told in self.alerts()}
        self.cloud.wait_until(lambda: wanted <= self._ids_in_queue(), what="in the queue what came by HTTP")
        return [told for told in self._queued if told["kind"] != "digest"]

    def _ids_in_queue(self) -> set[str]:
        self._queued += [json.loads(body["Message"]) for body in self._taken(_QUEUE)]
        return {told["transition_id"] for told in self._queued if told["kind"] != "digest"}

    def chatted(self) -> list[dict[str, Any]]:
        """Takes all notifications that Amazon Q Developer would have read."""
        return self._taken(_CHAT_QUEUE)

    def _taken(self, queue: str) -> list[dict[str, Any]]:
        client, found = self.cloud.client("sqs"), []
        url = client.get_queue_url(QueueName=queue)["QueueUrl"]
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    # --- Slack ------------------------------------------------------------------------------------------------------

    def threads(self) -> list[list[SlackMessage]]:
        """The threads in the sender's Slack channel as they read now: each parent with its replies."""
        messages = self.cloud.slack.messages(SLACK_CHANNEL)
        parents = [message for message in messages if not message.thread_ts]
        return [[parent, *(m for m in messages if m.thread_ts == parent.ts)] for parent in parents]

    def press(self, message: SlackMessage, action: str, user: str) -> int:
        """Press a button of a message as that user. Gives the status that Slack got."""
        return self.call(self.cloud.slack.press(message, action, user, SIGNING_SECRET, self.cloud.now()))

    def call(self, pressed: SignedPress, method: str = "POST") -> int:
        """Call the function URL as Slack does. Gives the status."""
        identifier = self.outputs("monitoring")["SlackCallbackUrl"].split("//")[1].split(".")[0]
        url = f"{self.cloud.endpoint}/_aws/lambda-url/{identifier}/"
        body = pressed.body.encode() if method == "POST" else None
        request = Request(url, body, dict(pressed.headers), method=method)  # noqa: S310 - loopback
        try:
            with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - loopback
                return int(answer.status)
        except HTTPError as error:
            return error.code

    def _endpoint(self) -> str:
        return self.cloud.subscribers.endpoint(_HTTP)

    def _make_queue(self, name: str) -> str:
        client = self.cloud.client("sqs")
        url = client.create_queue(QueueName=name)["QueueUrl"]
        arn = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        return str(arn)


def _without_repairs(text: str) -> str:
    """The configuration with every remediation off, those that it does not name too."""
    for entry in REMEDIATIONS:
        table = f"[remediation.{entry.id}]"
        if table in text:
            head, _, tail = text.partition(table)
            text = head + table + tail.replace('mode = "suggest"', 'mode = "off"', 1)
        else:
            text = f'{text}\n{table}\nmode = "off"\n'
    return text


def query_name(ip: str, zone: str) -> str:
    """The name to query to learn whether an IPv4 address is on a list (RFC 5782 section 2.1)."""
    return ".".join([*reversed(ip.split(".")), zone])


def matches(alert: dict[str, Any], kind: str, subject: str = "") -> bool:
    """Whether an alert is of that kind and, where one is named, about that subject."""
    return alert["kind"] == kind and subject in ("", *(each["id"] for each in alert["subjects"]))


@contextmanager
def stage(example: Path = EXAMPLE, variables: Mapping[str, str] | None = None) -> Iterator[Stage]:
    """A local cloud with every list of the catalogue in good health; not bootstrapped, and nothing deployed yet.

    Args:
        example: the configuration to deploy.
        variables: what the emulator is told by its environment.
    """
    with LocalCloud(zones=zones_from(load()), variables=variables or {}) as cloud:
        yield Stage(cloud, example)
