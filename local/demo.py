"""The demo: staygreen's main job, from deployment to alert and recovery, in the local cloud.

    python -m local.demo [STORY] [--keep]

Every line that claims something is printed after it was seen: the demo ends with status 0 only when all of it happened.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from contextlib import suppress

from local.cloud import CommandFailed
from local.stage import Stage, stage
from local.stories import LEAVE_OPEN, SEEN, STORIES, VARIABLES
from local.stories.telling import Untrue, console, say
from staygreen.cli.deployment import VARIABLE


def main() -> int:
    """Play one story; 0 when everything in it happened, 1 when something did not."""
    parser = argparse.ArgumentParser(prog="make demo", description="Stories: " + ", ".join(STORIES))
    parser.add_argument("story", nargs="?", default="main", choices=sorted(STORIES))
    parser.add_argument("--keep", action="store_true", help="leave the local cloud running until Ctrl-C")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    started = time.monotonic()
    try:
        with stage(variables=VARIABLES.get(arguments.story)) as played:
            STORIES[arguments.story](played)
            seconds = time.monotonic() - started
            if arguments.keep:
                _keep(played, arguments.story)
        say(result(arguments.story, seconds))
    except (Untrue, TimeoutError, CommandFailed, RuntimeError) as error:
        console.print(f"\nThis did not happen: {error}", style="bold red", markup=False)
        return 1
    except KeyboardInterrupt:
        say("\nStopped; the local cloud is removed.")
        return 130
    return 0


TRY_NEXT = (
    ("make demo KEEP=1", "leaves one incident open, to look at with the command"),
    ("make demo STORY=incident", "the thread in Slack, its buttons, and Slack failing"),
    ("make demo STORY=repair", "repairs that wait for approval, and their way back"),
    ("make demo STORY=microsoft", "what Outlook.com answers, and the packet for its form"),
    ("make demo STORY=dmarc", "reports of five weeks: a broken key, a campaign, and the next policy"),
    ("make demo STORY=month", "a month of trouble on one page: build/report.html"),
    ("staygreen diagnose ADDRESS", "your own address, without any account"),
    ("docs/first-deploy.md", "the first deployment of a sender of yours"),
)


def result(story: str, seconds: float) -> str:
    """What was seen and what to try next, in at most 25 lines."""
    seen = "".join(f"\n  {line}" for line in SEEN.get(story, ()))
    further = "".join(f"\n  {what:27} {why}" for what, why in TRY_NEXT)
    return (
        f"\n[bold green]All of it happened[/], in {seconds:.0f} s. The local cloud is stopped and removed.{seen}\n"
        f"\n[bold]Try next[/]{further}"
    )


def _keep(played: Stage, story: str) -> None:
    """Leave everything running until Ctrl-C, with an incident open where the story can have one."""
    if story in LEAVE_OPEN:
        LEAVE_OPEN[story](played)
    exports = "\n".join(f"  export {name}={value}" for name, value in played.cloud.client_variables().items())
    exports += f"\n  export {VARIABLE}={played.config}"
    address = played.addresses()[0]["PublicIp"]
    pages = [f"curl {played.cloud.slack.url}   # the channel in Slack"] if played.cloud.slack.messages() else []
    commands = [
        ".venv/bin/staygreen incidents list",
        ".venv/bin/staygreen incidents show ID   # of that list: the mail, as it would be now",
        f".venv/bin/staygreen verdict {address}",
        *pages,
        f".venv/bin/staygreen check blocklist {address} --resolver {played.cloud.dns_address}",
        f".venv/bin/staygreen records {played.config} --deployed",
        f"dig @127.0.0.1 -p {played.cloud.dns_port} example.com TXT",
        f"less {played.cloud.directory / 'emulator.log'}",
    ]
    say("\n[bold]It keeps running until Ctrl-C.[/] In another terminal, from this directory:\n")
    console.print(exports, markup=False)
    console.print("\n" + "\n".join(f"  {command}" for command in commands), markup=False)
    with suppress(KeyboardInterrupt):
        signal.pause()


if __name__ == "__main__":
    sys.exit(main())
