"""The demo: staygreen's main job, from deployment to alert and recovery, in the local cloud.

    python -m local.demo [STORY] [--keep]

Every line that claims something is printed after it was seen: the demo ends with status 0 only when all of it happened.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time

from local.cloud import CommandFailed
from local.stage import Stage, stage
from local.stories import STORIES
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
        with stage() as played:
            STORIES[arguments.story](played)
            say(f"\n[bold green]All of it happened[/], in {time.monotonic() - started:.0f} s.")
            if arguments.keep:
                _keep(played)
        say("The local cloud is stopped and removed.")
    except (Untrue, TimeoutError, CommandFailed, RuntimeError) as error:
        console.print(f"\nThis did not happen: {error}", style="bold red", markup=False)
        return 1
    except KeyboardInterrupt:
        say("\nStopped; the local cloud is removed.")
        return 130
    return 0


def _keep(played: Stage) -> None:
    """Leave everything running, and say how to look around."""
    exports = "\n".join(f"  export {name}={value}" for name, value in played.cloud.client_variables().items())
    exports += f"\n  export {VARIABLE}={played.config}"
    address = played.addresses()[0]["PublicIp"]
    say("\n[bold]It keeps running until Ctrl-C.[/] In another terminal, from this directory:\n")
    console.print(exports, markup=False)
    console.print(
        "\n  .venv/bin/staygreen incidents list\n"
        f"  .venv/bin/staygreen check blocklist {address} --resolver {played.cloud.dns_address}\n"
        f"  .venv/bin/staygreen records {played.config} --deployed\n"
        f"  dig @127.0.0.1 -p {played.cloud.dns_port} example.com TXT\n"
        f"  less {played.cloud.directory / 'emulator.log'}",
        markup=False,
    )
    signal.pause()


if __name__ == "__main__":
    sys.exit(main())
