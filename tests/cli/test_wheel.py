"""The wheel in a bare environment outside the checkout: nothing but what it declares can be imported there."""

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from email import message_from_bytes
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from local.dns.hosted_zones import HostedZones, ReverseZones
from local.dns.server import DnsServer
from local.mails import junked_message
from staygreen import __version__

ROOT = Path(__file__).parents[2]
IP = "192.0.2.10"
BLOCKED = (
    f"550 5.7.1 Unfortunately, messages from [{IP}] weren't sent. Please contact your Internet service provider since "
    "part of their network is on our block list (S3150).\n"
)
CONFIG = """
[sender]
name = "shop"
account = "111122223333"
region = "eu-central-1"
[[configuration_set]]
name = "default"
[[domain]]
name = "shop.example"
"""
OTHERS = ("lambdas", "review", "core", "adapters", "cli", "stacks", "local")
"""Names that anybody's own packages may have in the same environment."""
NEED_MORE = {
    "staygreen.adapters.notify.slack": "slack_sdk",
    "staygreen.adapters.notify.slack_signature": "slack_sdk",
    "staygreen.review.plugin": "install aws-cdk-lib, or staygreen's extra `deploy`",
}
"""Modules that the command does not import: what functions run, and what `cdk synth` runs. In part, what each says."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built without network from a copy of what a clone has: building writes beside its sources."""
    clone, built = tmp_path_factory.mktemp("clone"), tmp_path_factory.mktemp("wheel")
    for name in ("README.md", "LICENSE", "pyproject.toml", "requirements.in", "requirements-dev.in", "app.py"):
        shutil.copy(ROOT / name, clone)
    for name in ("staygreen", "stacks", "lambdas", "local", "config"):
        shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(built), str(clone))
    (file,) = built.iterdir()
    return file


@pytest.fixture(scope="module")
def bare(wheel, tmp_path_factory) -> Path:
    """An environment with the wheel, what it requires, and packages of others that cannot be imported."""
    root = tmp_path_factory.mktemp("bare")
    venv.create(root, symlinks=True)
    (site,) = root.glob("lib/python*/site-packages")
    for required in closure(wheel):
        add(required, site)
    for name in OTHERS:
        (site / name).mkdir()
        (site / name / "__init__.py").write_text("raise AssertionError(f'{__name__} is not of staygreen')\n")
    pip("--python", str(root / "bin" / "python"), "install", "--no-deps", str(wheel))
    return root


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--isolated", "--no-cache-dir"]
    # what is importable here is no part of the other environment
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([*command, *arguments, "--no-index"], check=True, env=environment)


def metadata(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return message_from_bytes(archive.read(name))


def closure(wheel: Path) -> list[Distribution]:
    """What the wheel requires without extras, and what that requires."""
    waiting = [Requirement(text) for text in metadata(wheel).get_all("Requires-Dist")]
    found: dict[str, Distribution] = {}
    while waiting:
        wanted = waiting.pop()
        if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
            continue
        here = distribution(wanted.name)
        assert here.version in wanted.specifier, f"{wanted} is declared, {here.version} is tested"
        if here.name not in found:
            found[here.name] = here
            waiting += map(Requirement, here.requires or ())
    return list(found.values())


def add(required: Distribution, site: Path) -> None:
    """Link what a distribution has in site-packages."""
    tops = {file.parts[0] for file in required.files or ()} - {"..", "__pycache__"}
    assert tops, required.name
    for top in tops:
        (site / top).symlink_to(required.locate_file(top))


@pytest.fixture
def run(bare, tmp_path):
    """Run the command of the bare environment in an empty directory, with an empty environment."""

    def run(*arguments: str, text: str = "", status: int = 0):
        done = subprocess.run(
            [bare / "bin" / "staygreen", *arguments],
            input=text,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PATH": "/nowhere", "HOME": str(tmp_path), "LANG": "C.UTF-8", "AWS_EC2_METADATA_DISABLED": "true"},
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done

    return run


@pytest.fixture(scope="module")
def resolver():
    """DNS in which the address has a name that leads back, and nothing is listed."""
    records = [{"Name": "mail.shop.example.", "Type": "A", "ResourceRecords": [{"Value": IP}]}]
    zones = HostedZones(lambda: [("example.", records)], lambda _name, _rtype: [])
    with DnsServer([zones, ReverseZones({IP: "mail.shop.example"}.get)]) as running:
        yield running.address


def test_only_the_library_is_in_the_wheel_and_its_data_is(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert {name.partition("/")[0] for name in names} == {"staygreen"}
    packaged = {str(path.relative_to(ROOT)) for path in (ROOT / "staygreen").rglob("*") if path.is_file()}
    assert names == {name for name in packaged if name.endswith((".py", ".toml", ".json")) and "ruff.toml" not in name}


def test_what_it_requires_is_what_the_command_needs(wheel):
    said = metadata(wheel)
    required = [Requirement(text) for text in said.get_all("Requires-Dist")]
    plain = {each.name for each in required if not each.marker}
    assert plain == {"boto3", "cryptography", "dnspython", "pyyaml", "rich", "typer"}
    assert all(each.specifier for each in required if not each.marker), "each has a lower bound"
    assert set(said.get_all("Provides-Extra")) == {"deploy", "dev", "outlook"}
    deploying = {each.name for each in required if each.marker and each.marker.evaluate({"extra": "deploy"})}
    assert {"aws-cdk-lib", "cdk-nag"} <= deploying


def test_every_module_can_be_imported_but_those_that_say_what_they_need(bare):
    program = (
        "import importlib, json, pkgutil, staygreen\n"
        "def load(name):\n"
        "    try: importlib.import_module(name)\n"
        "    except ImportError as error: return str(error)\n"
        "names = [found.name for found in pkgutil.walk_packages(staygreen.__path__, 'staygreen.')]\n"
        "print(json.dumps({name: load(name) for name in names}))\n"
    )
    done = subprocess.run([bare / "bin" / "python", "-I", "-c", program], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert len(found) > 200
    assert {name for name, error in found.items() if error} == set(NEED_MORE)
    for name, words in NEED_MORE.items():
        assert words in found[name]


def test_the_version_is_printed(run):
    assert run("--version").stdout == f"staygreen {__version__}\n"


def test_decode(run):
    printed = run("decode", text=BLOCKED, status=1).stdout
    assert printed.startswith("550 5.7.1 Unfortunately")
    assert f"address {IP}, code S3150" in printed


def test_read(run):
    message = junked_message("192.0.2.10", "Mon, 30 Nov 2026 10:15:11 +0000")
    assert run("read", "--no-dns", text=message, status=1).stdout.startswith("Outlook.com put the message into Junk")


def test_diagnose(run, resolver):
    done = run("diagnose", IP, "--resolver", resolver, status=3)
    assert done.stdout.startswith(f"{IP}: ")
    assert "mail.shop.example" in done.stdout


def test_case(run, resolver, tmp_path):
    (tmp_path / "reply.txt").write_text(BLOCKED)
    printed = run("case", "open", IP, "--reply", "reply.txt", "--resolver", resolver, "--no-lists").stdout
    assert printed.startswith(f"case-{IP}.json: drafted\n")
    assert "S3150" in printed
    assert "drafted" in run("case", "show", IP).stdout


def test_review(run, tmp_path):
    (tmp_path / "base.yaml").write_text("Resources:\n  Nothing: {Type: AWS::CloudFormation::WaitConditionHandle}\n")
    policy = {"Name": "_dmarc.shop.example.", "Type": "TXT", "TTL": "60", "ResourceRecords": ['"v=DMARC1; p=none"'] * 2}
    record = {"Type": "AWS::Route53::RecordSet", "Properties": {"HostedZoneId": "Z1", **policy}}
    (tmp_path / "head.json").write_text(json.dumps({"Resources": {"Policy": record}}))
    printed = run("review", "--base", "base.yaml", "--head", "head.json", status=1).stdout
    assert printed.startswith("Mail impact: stop")


def test_config(run, tmp_path):
    (tmp_path / "mine.toml").write_text(CONFIG)
    assert run("config", "check", "mine.toml").stdout.startswith("mine.toml: right. Sender shop in eu-central-1")
    (tmp_path / "mine.toml").write_text(CONFIG.replace("111122223333", "1"))
    assert run("config", "check", "mine.toml", status=1).stderr.startswith("mine.toml:4: ")
    assert json.loads(run("config", "schema").stdout) == json.loads((ROOT / "config" / "schema.json").read_text())


@pytest.mark.parametrize("command", ["records", "addresses", "preflight"])
def test_without_a_checkout_there_is_no_example_to_stand_for_the_file(run, command):
    (line,) = [line for line in run(command, status=2).stderr.splitlines() if "Error" in line]
    assert "only a checkout has" in line


def test_without_credentials_aws_is_lost_coverage(run):
    assert "AWS was not asked" in run("incidents", "list", "--sender", "acme", "-e", "production", status=3).stderr
