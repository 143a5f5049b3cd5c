"""A repair with a person in it: an address is listed, quarantined after approval, and returns once the list clears."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from typing import Any

from local.stage import HOUR, Stage
from local.stories.telling import Untrue, command, console, deploy, require, say, show_mail, step, title
from staygreen.core.naming import APPROVERS

LISTING = "psbl.surriel.com"
LISTED = "198.51.100.7"
OPERATOR = "mail-operator"
_DAY = timedelta(days=1)
_SENDER = f"""
[[pool]]
name = "warm"
kind = "standard"

[[pool]]
name = "resting"
kind = "quarantine"

[[approver]]
name = "olga"
iam = "arn:aws:iam::000000000000:user/{OPERATOR}"
"""
_APPROVE = '[remediation.quarantine_ip]     # takes a listed dedicated IP out of service\nmode = "off"'


def play(played: Stage) -> None:
    """List one dedicated IP, approve its quarantine, let the list clear, and see it return warmed up."""
    text = played.config.read_text()
    if _APPROVE not in text:
        raise Untrue("the example has its quarantine")
    approving = _APPROVE.replace('"off"', '"approve"')
    played.config.write_text(text.replace(_APPROVE, approving).replace('pool = ""', 'pool = "warm"') + _SENDER)
    deploy(played)
    for number in (7, 8, 9):
        played.cloud.lease_dedicated_ip(f"198.51.100.{number}", "warm")
    require(pool(played) == "warm", f"{LISTED} sends with two others in the pool warm")
    operator = make_operator(played)
    with step("one hour passes: the baseline"):
        played.run_check()

    title(f"{LISTED} gets onto a blocklist")
    played.list_address(LISTING, LISTED)
    with step("two hours: seen once, then confirmed"):
        played.run_check()
        played.run_check()
        played.wait_for_alert("opened", LISTED)
    with step("a plan is made, and nothing objects"):
        wanted = wait_for_repair(played, "awaiting")
    show_mail(played, wanted)
    require(pool(played) == "warm", "nothing has been moved yet")

    title("A person looks, and approves")
    measure = wanted["repair"]["measure"]
    staygreen(played, operator, "approvals", "list")
    staygreen(played, operator, "approvals", "show", measure)
    staygreen(played, operator, "approvals", "approve", measure)
    with step("the state machine applies exactly what was approved"):
        done = wait_for_repair(played, "applied")
    require(pool(played) == "resting", f"{LISTED} is in quarantine, its pool and warm-up remembered")
    show_mail(played, done)

    title("The list clears, and the address stays clean")
    played.unlist_address(LISTING, LISTED)
    with step("three clean readings close the incident"):
        for _ in range(3):
            played.run_check()
        played.wait_for_alert("cleared", LISTED)
    require(pool(played) == "resting", "it is clean, and not for long enough yet")
    with step("three days"):
        played.cloud.advance(3 * _DAY + HOUR)
        wait_for_repair(played, "undoing")
        # the way back is told when it begins
        played.cloud.wait_until(lambda: pool(played) == "warm", what="the move back")
    require(pool(played) == "warm", f"{LISTED} is back in its pool")
    climb = [warmup(played)]
    for _ in range(3):
        with step("a day of warming up"):
            before = warmup(played)
            played.cloud.advance(_DAY)
            climb.append(_warmer_than(played, before))
    require(climb == [10, 25, 50, 100], f"warmed up by {climb} percent")
    show_mail(played, wait_for_repair(played, "undone"))


def _warmer_than(played: Stage, before: int) -> int:
    return int(played.cloud.wait_until(lambda: warmup(played) > before and warmup(played), what="more warm-up"))


def pool(played: Stage, ip: str = LISTED) -> str:
    """The pool that SES has the address in."""
    return str(_lease(played, ip)["PoolName"])


def warmup(played: Stage, ip: str = LISTED) -> int:
    """Its warm-up, in percent."""
    return int(_lease(played, ip)["WarmupPercentage"])


def _lease(played: Stage, ip: str) -> dict[str, Any]:
    return dict(played.cloud.client("sesv2").get_dedicated_ip(Ip=ip)["DedicatedIp"])


def wait_for_repair(played: Stage, stage: str, remediation: str = "quarantine_ip") -> dict[str, Any]:
    """Wait for the alert that tells that a measure is there."""

    def found() -> dict[str, Any] | None:
        repairs = [each for each in played.alerts() if each["kind"] == "repair"]
        fitting = (each for each in repairs if each["repair"]["stage"] == stage)
        return next((each for each in fitting if each["repair"]["remediation"] == remediation), None)

    try:
        told: dict[str, Any] = played.cloud.wait_until(found, what=f"{remediation} to be {stage}")
    except TimeoutError as error:
        raise TimeoutError(f"{error}\n{played.cloud.log()[-4000:]}") from error
    return told


def make_operator(played: Stage, name: str = OPERATOR) -> dict[str, str]:
    """An IAM user with the managed policy for approvers alone; gives the environment to be that user."""
    iam = played.cloud.client("iam")
    iam.create_user(UserName=name)
    policy = played.names.managed_policy(APPROVERS, played.cloud.region)
    iam.attach_user_policy(UserName=name, PolicyArn=f"arn:aws:iam::{played.cloud.account}:policy/{policy}")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def staygreen(played: Stage, who: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as that person, and show what it prints."""
    say(f"\n  [dim]$ staygreen {' '.join(arguments)} {played.names.options}[/]")
    done = run(played, who, *arguments)
    console.print("\n".join(f"    {line}" for line in done.stdout.splitlines()), markup=False)
    if done.returncode not in (0, 1):
        raise Untrue(f"staygreen {' '.join(arguments)}: {done.stderr}")
    return done


def run(played: Stage, who: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command about the deployed sender as that person."""
    return command(played.cloud, *arguments, *played.names.options.split(), **who)
