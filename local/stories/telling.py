"""How a story is told: each line that claims something is printed after it was seen."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from local.cloud import ROOT, LocalCloud
from local.stage import Stage
from staygreen.core.alerts import digest, mail

console = Console(highlight=False, soft_wrap=True)


class Untrue(Exception):
    """What the demo was about to show did not happen."""


def say(text: str) -> None:
    """Print a line of the story; Rich markup is understood."""
    console.print(text)


def title(text: str) -> None:
    """Head a chapter."""
    say(f"\n[bold]{text}[/]")


@contextmanager
def step(text: str) -> Iterator[None]:
    """Show that something takes a while, and how long it took."""
    started = time.monotonic()
    console.print(f"  … {text}", end="" if console.is_terminal else "\n", markup=False)
    yield
    back = "\r" if console.is_terminal else ""
    console.print(f"{back}  ✓ {text} ({time.monotonic() - started:.1f} s)", markup=False)


def require(condition: object, claim: str) -> None:
    """Print a claim that is true.

    Raises:
        Untrue: it is not.
    """
    if not condition:
        raise Untrue(claim)
    console.print(f"  ✓ {claim}", markup=False)


def command(cloud: LocalCloud, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command against a local cloud, with more variables of its environment.

    Nothing is printed, and any status is taken.
    """
    return subprocess.run(
        [sys.executable, "-c", "from staygreen.cli.main import main; main()", *arguments],
        cwd=ROOT,
        env={**cloud.env(), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def dig(played: Stage, name: str, rtype: str) -> list[str]:
    """Ask the local DNS and print the answer as `dig` would."""
    found = played.ask(name, rtype)
    lines = [line for rrset in found for line in rrset.to_text().splitlines()]
    for line in lines or [f"{name} {rtype}: no answer"]:
        console.print(f"    {line}", style="dim", markup=False)
    return [str(record) for rrset in found for record in rrset]


def show_mail(played: Stage, alert: Mapping[str, Any]) -> None:
    """Print the mail that tells the same as the alert, as the subscriber by mail got it."""

    def arrived() -> Any:
        form = digest if digest.is_digest(alert) else mail
        # the newest of them: what comes back later is told under the same title
        told = [each for each in played.cloud.mails() if each["Subject"].strip() == form.subject_line(alert)]
        return told[-1] if told else None

    got = played.cloud.wait_until(arrived, what=f"the mail of {alert['transition_id']}")
    body = got.get_content().partition("\n--\n")[0].strip()
    console.print(f"\n  To: {got['To']}\n  Subject: {got['Subject']}\n", style="cyan", markup=False)
    console.print("\n".join(f"  {line}" for line in body.splitlines()), style="cyan", markup=False)


def show_json(alert: Mapping[str, Any]) -> None:
    """Print an alert as programs got it."""
    text = json.dumps(alert, indent=2, ensure_ascii=False)
    say("\n  and the JSON, as HTTP, SQS and Lambda subscribers got it:\n")
    console.print("\n".join(f"  {line}" for line in text.splitlines()), style="dim", markup=False)


def deploy(played: Stage) -> None:
    """Bootstrap, synthesise and deploy, as a user would."""
    title("Deploy config/examples/one-domain.toml into the local cloud")
    with step("cdk bootstrap"):
        played.cloud.bootstrap()
    with step("cdk synth"):
        assembly = played.synth()
    with step("cdk deploy --all"):
        played.deploy(assembly)
