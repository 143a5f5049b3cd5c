"""Accepted, and in Junk: read how Outlook.com filed a message, then let a colleague pass it on to the mailbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from local.mails import junked_message, passed_on
from local.stage import JMRP, Stage
from local.stories.telling import Untrue, command, console, deploy, require, say, step, title
from staygreen.cli.deployment import VARIABLE

COLLEAGUE = "support@example.com"


def play(played: Stage) -> None:
    """Read a junked message, pass it on, and see it as evidence; a stranger's counts nothing."""
    played.with_mailbox(COLLEAGUE)
    deploy(played)
    address = str(played.addresses()[0]["PublicIp"])
    message = junked_message(address, format_datetime(datetime.now(UTC) - timedelta(hours=2)))

    title("250 OK, and a customer finds the message in Junk")
    file = played.cloud.directory / "junked.eml"
    file.write_text(message)
    told = _run(played, "read", str(file), "--resolver", played.cloud.dns_address, status=1)
    require(told.startswith("Outlook.com put the message into Junk (SCL 5, CAT:SPM, BCL 4)"), "the verdict comes first")
    require("SPF, DKIM and DMARC passed" in told, "authentication is not the cause")
    require("Who acts: you, the sender" in told, "who can act is named")
    require("no       one-click unsubscribe" in told, "the unsubscribe field that DKIM does not cover is found")
    require("mx.google.com" in told.partition("Claims")[2], "a result below the receiver's own is shown as a claim")

    title("A colleague forwards it as an attachment to the mailbox")
    with step(f"SES finds DMARC PASS for {COLLEAGUE}, a reporter; then the same mail of a stranger comes"):
        played.cloud.receive_mail(JMRP, passed_on(message, "stranger@example.net"), sender="stranger@example.net")
        played.cloud.receive_mail(JMRP, passed_on(message, COLLEAGUE), sender=COLLEAGUE, dmarc="FAIL")
        played.cloud.receive_mail(JMRP, passed_on(message, COLLEAGUE), sender=COLLEAGUE)
        kept = played.cloud.wait_until(lambda: _kept(played, "domain:example.com"), what="the evidence")
    require(len(kept) == 1, "one of three counts: neither a stranger's nor one whose sender is not proven")
    require("offers" not in str(kept), "nothing of the message's content is kept")
    for subject in (address, "example.com"):
        told = _run(played, "verdict", subject, status=None)
        require("Junked at Outlook.com on" in told, f"it is evidence in the verdict of {subject}")
        require("By the word of the person who passed the message on." in told, "as a person's claim")
        require(f"{subject}: blocked" not in told and f"{subject}: at risk" not in told, "and no proof alone")


def _kept(played: Stage, key: str) -> list[dict[str, object]]:
    found = played.cloud.client("dynamodb").query(
        TableName=played.names.table("incidents"),
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"filed#{key}"}},
        ConsistentRead=True,
    )
    return list(found["Items"])


def _run(played: Stage, *arguments: str, status: int | None) -> str:
    """Run the command against the local cloud, show what it prints, and give it."""
    shown = " ".join(Path(each).name if each.startswith("/") else each for each in arguments)
    say(f"\n  [bold]staygreen {shown}[/]")
    ran = command(played.cloud, *arguments, **{VARIABLE: str(played.config)})
    if status is not None and ran.returncode != status:
        raise Untrue(f"it ends with {status}: {ran.returncode}, {ran.stderr}")
    console.print("\n".join(f"    {line}" for line in ran.stdout.splitlines()), style="dim", markup=False)
    return ran.stdout
