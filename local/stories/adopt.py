"""Everybody has an estate already: write it down, watch it, take it over, and nothing that is there changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local import estates
from local.cloud import LocalCloud
from local.stage import Stage
from local.stories.telling import Untrue, command, console, require, say, step, title

LISTING = "psbl.surriel.com"
_SUBSCRIPTION = """
[[notifications.subscriptions]]
topic = "alerts"
protocol = "http"
endpoint = "{endpoint}"
"""


def play(played: Stage) -> None:
    """Make an estate by hand, write it down, watch it, adopt it; see that no answer and no setting changed."""
    cloud = played.cloud
    title("An estate that somebody made by hand")
    with step("identities, records, a configuration set and an Elastic IP, by plain API calls"):
        estates.make(cloud)
    before = _everything(cloud)
    file = _write_down(cloud)
    played.config = file
    _watch(played)
    require(_everything(cloud) == before, "watching changed nothing")
    names = _take_over_what_can_be(played, file)
    require(_everything(cloud)[0] == before[0], f"all {len(before[0])} record sets are the same to the letter")
    require(_everything(cloud) == before, "every setting of SES and every reverse name is the same")
    for name in names:
        run(cloud, "adopt", name, str(file), "--verify")
    require(run(cloud, "plan", str(file)).startswith("Nothing differs"), "and a plan says so again")
    _leave_the_others(cloud, file)
    _go_back(played, file)
    require(_everything(cloud) == before, "everything stayed in place")


def _everything(cloud: LocalCloud) -> tuple[dict[tuple[str, str, str], tuple[Any, ...]], dict[str, Any]]:
    return estates.answers(cloud), estates.settings(cloud)


def _write_down(cloud: LocalCloud) -> Path:
    title("Write it down")
    file = cloud.directory / "found.toml"
    told = run(cloud, "init", "--out", str(file), "--name", "example")
    text = file.read_text()
    require("Nothing is managed, nothing was changed." in told, "init manages nothing and changes nothing")
    require("manage = true" not in text, "every part has manage = false")
    for line in (line for line in text.splitlines() if line.startswith("# ") and "example.com" in line):
        console.print(f"    {line}", style="dim", markup=False)
    require("is one of several, weighted: it stays as it is" in text, "the weighted record is told, and stays")
    require(told.count("\n  ") >= 3, "it ends with the three next commands")
    require(run(cloud, "plan", str(file)).startswith("Nothing differs"), "a plan says that nothing differs")
    return file


def _watch(played: Stage) -> None:
    cloud, file = played.cloud, played.config
    title("Watch it: nothing is taken over yet")
    with file.open("a") as opened:
        opened.write(_SUBSCRIPTION.format(endpoint=cloud.subscribers.endpoint("team")))
    with step("cdk bootstrap, synth and deploy"):
        cloud.bootstrap()
        played.deploy(cloud.synth(file))
    played.run_check()
    played.list_address(LISTING, estates.ADDRESS)
    with step("two hours: the address is seen on a list twice"):
        played.run_check()
        played.run_check()
        alert = played.wait_for_alert("opened", estates.ADDRESS)
    require(alert["cause"] == "psbl", "a listing opens an alert")
    played.unlist_address(LISTING, estates.ADDRESS)


def _take_over_what_can_be(played: Stage, file: Path) -> tuple[str, ...]:
    title("Take it over, one part after another")
    names = ("news", "example.com", "news.example.com", "half.example.com", estates.ADDRESS_ID)
    for name in names:
        run(played.cloud, "adopt", name, str(file))
    take_over(played.cloud, file)
    return names


def _leave_the_others(cloud: LocalCloud, file: Path) -> None:
    title("What somebody else looks after stays there")
    told = run(cloud, "adopt", estates.BESIDE, str(file), status=1)
    require("belongs to Terraform" in told, "who owns it is said, and the file stays as it is")


def _go_back(played: Stage, file: Path) -> None:
    cloud = played.cloud
    title("The way back")
    run(cloud, "adopt", "example.com", str(file), "--undo")
    with step("deploy, and delete the stack that is left over"):
        cloud.deploy(cloud.synth(file))
        stack = played.names.stack("domain-example-com")
        cloud.unprotect()
        cloud.client("cloudformation").delete_stack(StackName=stack)
        cloud.wait_until(lambda: stack not in _stacks(cloud), what="the end of the stack")


def take_over(cloud: LocalCloud, file: Path) -> None:
    """What `make adopt` does: synthesise, import with identifiers that we pass, deploy."""
    assembly = cloud.synth(file)
    stacks = run(cloud, "import-map", str(assembly), str(file)).split()
    for stack in stacks:
        mapping = assembly / f"{stack}.import.json"
        with step(f"cdk import {stack}"):
            cloud.cdk("import", stack, "--app", str(assembly), "--resource-mapping", str(mapping), "--force")
    with step("cdk deploy --all"):
        cloud.deploy(assembly)


def _stacks(cloud: LocalCloud) -> set[str]:
    found = cloud.client("cloudformation").describe_stacks()["Stacks"]
    return {each["StackName"] for each in found if each["StackStatus"] != "DELETE_COMPLETE"}


def run(cloud: LocalCloud, *arguments: str, status: int = 0) -> str:
    """Run the command against the local cloud, show what it prints, and give it.

    Raises:
        Untrue: it ends with another status.
    """
    shown = " ".join(Path(each).name if each.startswith("/") else each for each in arguments)
    say(f"\n  [bold]staygreen {shown}[/]")
    ran = command(cloud, *arguments, "--resolver", cloud.dns_address)
    console.print(
        "\n".join(f"    {line}" for line in (ran.stdout + ran.stderr).splitlines()), style="dim", markup=False
    )
    if ran.returncode != status:
        raise Untrue(f"it ends with {status}: {ran.returncode}, {ran.stderr}")
    return ran.stdout if status == 0 else ran.stdout + ran.stderr
