"""An address that SES shares is refused: whose it is comes first, then a letter to AWS Support."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.stage import Stage
from local.stories.telling import Untrue, command, console, deploy, dig, require, say, show_mail, step, title

SHARED = "203.0.113.77"
"""In the range that the local amazonses.com publishes; AWS lists it as nobody's dedicated IP."""
_QUARTER = timedelta(minutes=15)
_BLOCKED = (
    f"550 5.7.1 Unfortunately, messages from [{SHARED}] weren't sent. Please contact your Internet service provider "
    "since part of their network is on our block list (S3140). You can also refer your provider to "
    "http://mail.live.com/mail/troubleshooting.aspx#errors."
)
_FORM = "supportrequestform"


def play(played: Stage) -> None:
    """Have mail refused for a shared address, read the alert, and write to AWS Support."""
    deploy(played)
    with step("a quarter of an hour passes; the deployed schedule judges the counters: nothing yet"):
        played.run_check("refusals", _QUARTER)
    title(f"Outlook.com refuses mail that left from {SHARED}")
    with step("SES publishes eight bounces"):
        for number in range(8):
            _publish(played, number)
        alert = played.wait_for_alert("opened")
    require("AWS Support" in alert["next_step"], "the alert sends its reader to AWS Support")
    require(_FORM not in json.dumps(alert), "and not to Microsoft's form")
    show_mail(played, alert)

    title("Whose address is it? What anybody can see from a laptop")
    require(any("203.0.113.0/24" in text for text in dig(played, "amazonses.com", "TXT")), "SES publishes its range")
    event = _event(played)
    looked = _staygreen(played, "diagnose", SHARED, "--no-lists", "--reply", str(event))
    require(f"{SHARED} is Amazon SES's, shared among its customers" in looked, "the owner is named, with its evidence")
    require(looked.index("Whose:") < looked.index("Next:"), "before any way out")
    require(_FORM not in looked, "no form of Microsoft's is offered")
    require("Meanwhile:" in looked and "Leave:" in looked, "what to do until AWS answers, and what not to do")

    title("The case: a letter to AWS Support, from what the deployed sender counted")
    letter = _staygreen(
        played, "case", "open", SHARED, "--no-lists", "--reply", str(event), *played.names.options.split()
    )
    require("Service:\n  Simple Email Service (SES)" in letter, "it goes to AWS")
    require("As far as we can see, we do not lease that address" in letter, "it does not claim the address")
    require("Messages refused so far: 8" in letter, "it says how much of our mail was hit, as SES counted it")
    require("bounce-0" in letter and "S3140" in letter, "and has message id, time and reply")
    with step("a quarter of an hour passes; the check runs again"):
        played.run_check("refusals", _QUARTER)
    suppressed = played.cloud.client("sesv2").list_suppressed_destinations()["SuppressedDestinationSummaries"]
    require(not suppressed, "no recipient was suppressed for it")


def _publish(played: Stage, number: int) -> None:
    played.cloud.publish_ses_event(
        "transactional",
        "Bounce",
        MessageId=f"bounce-{number}",
        Recipient=f"reader-{number}@outlook.test",
        Diagnostic=f"smtp; {_BLOCKED}",
        Ip=SHARED,
        BounceType="Transient",
    )


def _event(played: Stage) -> Path:
    """One of the events, as a person copies it from the event destination."""
    now = datetime.now(UTC).isoformat()
    bounce = {
        "bounceType": "Transient",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": "reader-0@outlook.test", "diagnosticCode": f"smtp; {_BLOCKED}"}],
        "timestamp": now,
        "reportingMTA": "dsn; a203-0-113-77.smtp-out.amazonses.com",
    }
    mail = {
        "timestamp": now,
        "messageId": "bounce-0",
        "source": "news@example.com",
        "sourceArn": "arn:aws:ses:eu-central-1:111122223333:identity/example.com",
        "tags": {"ses:configuration-set": ["transactional"], "ses:outgoing-ip": [SHARED]},
    }
    file = played.cloud.directory / "event.json"
    file.write_text(json.dumps({"eventType": "Bounce", "bounce": bounce, "mail": mail}), encoding="utf-8")
    return file


def _staygreen(played: Stage, *arguments: str) -> str:
    """Run the command, show what it prints, and give it back."""
    say(f"\n  [dim]$ staygreen {' '.join(arguments)}[/]")
    done = command(played.cloud, *arguments)
    console.print("\n".join(f"    {line}" for line in done.stdout.splitlines()), markup=False)
    if done.returncode not in (0, 1):
        raise Untrue(f"staygreen {' '.join(arguments)}: {done.stderr}")
    return done.stdout
