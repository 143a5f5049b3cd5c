"""An incident as people meet it: the Slack thread and the mails, from listing to recovery."""

from __future__ import annotations

import json
from typing import Any

from local.slack_text import shown
from local.stage import Stage
from local.stories.telling import console, deploy, require, show_mail, step, title

LISTING = "psbl.surriel.com"
ADA, STRANGER = "U0000000ADA", "U0000000BOB"
GROUP = "S0000MAILERS"


def play(played: Stage) -> None:
    """List an address, show what Slack and mail tell, let people answer, and see it recover."""
    played.with_slack(GROUP)
    played.cloud.slack.groups[GROUP] = (ADA,)
    deploy(played)
    address = str(played.addresses()[0]["PublicIp"])
    title("The first run is the baseline; then the address gets onto a blocklist")
    with step("one hour: the baseline"):
        played.run_check()
    played.list_address(LISTING, address)
    with step("two hours: the listing is seen, and confirmed"):
        played.run_check()
        played.run_check()
        opened = played.wait_for_alert("opened", address)
    title("The mail")
    show_mail(played, opened)
    title("Slack: the incident is a thread")
    _show_thread(played, 2)

    title("A colleague who is no approver presses a button, then somebody of the group that may")
    parent = played.threads()[0][0]
    played.press(parent, "acknowledge", STRANGER)
    refused = played.cloud.slack.answers[-1]
    require(refused.is_private, f"@{STRANGER} alone is told: {refused.text}")
    require(played.press(parent, "acknowledge", ADA) == 200, f"@{ADA} says that they are at it")
    _show_thread(played, 3)

    title("The address is removed from the list, while Slack is down")
    played.unlist_address(LISTING, address)
    played.cloud.slack.fail(500, times=1000)
    with step("three hours: three clean readings; the mail comes at once"):
        for _ in range(3):
            played.run_check()
        cleared = played.wait_for_alert("cleared", address)
        played.cloud.wait_until(lambda: _is_given_up(played), what="the end of the attempts to tell Slack")
    require(len(played.threads()[0]) == 3, "Slack has nothing new: it answers 500")
    played.cloud.slack.fail(500, times=0)
    with step("Slack is back; one hour: the run sends what is still owed"):
        played.run_check()
    show_mail(played, cleared)
    title("The whole thread, as it reads now")
    _show_thread(played, 4)
    require(not played.cloud.slack.refused, "Slack's own models accepted every message")
    require(len(played.alerts()) == 2, "two alerts in all, none twice")

    title("The digest of the week")
    with step("the function that the schedule calls on Monday"):
        _invoke(played, "digest")
        (digest,) = played.cloud.wait_until(played.digests, what="the digest")
    show_mail(played, digest)


def _is_given_up(played: Stage) -> bool:
    """Whether Slack was tried and left: what somebody is still at, the next run leaves alone."""
    return played.cloud.slack.failed > 0 and any("claimed_until_slack" not in item for item in played.owed())


def _show_thread(played: Stage, messages: int) -> None:
    def arrived() -> Any:
        threads = played.threads()
        return len(threads) == 1 and len(threads[0]) == messages and threads

    (thread,) = played.cloud.wait_until(arrived, what=f"a thread of {messages} messages")
    for number, message in enumerate(thread):
        indent = "      ┃ " if number else "  ┃ "
        console.print("\n".join(f"{indent}{line}" for line in shown(message)), style="magenta", markup=False)
        console.print()


def _invoke(played: Stage, function: str) -> None:
    reply = played.cloud.client("lambda").invoke(FunctionName=played.names.function(function), Payload=b"{}")
    answer = json.loads(reply["Payload"].read())
    require("FunctionError" not in reply, f"it answers {json.dumps(answer)}")
