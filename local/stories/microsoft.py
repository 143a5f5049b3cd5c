"""Microsoft says no: delays, then a burst of S3150 replies, become one warning and one critical alert."""

from __future__ import annotations

from datetime import timedelta

from local.stage import Stage
from local.stories.telling import console, deploy, require, say, show_mail, step, title

DEDICATED = "198.51.100.7"
_QUARTER = timedelta(minutes=15)
_SLOW = (
    f"451 4.7.651 The mail server [{DEDICATED}] has been temporarily rate limited due to IP reputation. For e-mail "
    "delivery information, see https://postmaster.live.com (S844)"
)
_BLOCKED = (
    f"550 5.7.1 Unfortunately, messages from [{DEDICATED}] weren't sent. Please contact your Internet service provider "
    "since part of their network is on our block list (S3150). You can also refer your provider to "
    "http://mail.live.com/mail/troubleshooting.aspx#errors."
)


def play(played: Stage) -> None:
    """Put mail to Outlook.com off, then have it refused, and read both alerts."""
    deploy(played)
    played.cloud.lease_dedicated_ip(DEDICATED)
    with step("a quarter of an hour passes; the deployed schedule judges the counters: nothing yet"):
        played.run_check("refusals", _QUARTER)
    require(not played.alerts(), "no replies raise no alert")

    title(f"Outlook.com puts mail from {DEDICATED} off")
    _show(_SLOW)
    with step("SES publishes four delivery delays, one of them twice"):
        for number in (0, 1, 2, 3, 3):
            _publish(played, "DeliveryDelay", _SLOW, number)
        warning = played.wait_for_alert("opened", DEDICATED)
    require(warning["severity"] == "warning", "the first cluster of throttling warns")
    show_mail(played, warning)

    title("Two hours later it refuses")
    _show(_BLOCKED)
    played.cloud.advance(timedelta(hours=2))
    with step("SES publishes twelve bounces; it calls them transient, which is not believed"):
        for number in range(12):
            _publish(played, "Bounce", _BLOCKED, number)
        critical = played.cloud.wait_until(lambda: _critical(played), what="the critical alert")
    require(critical["consequence"].startswith("Outlook.com"), "the alert names the system")
    require("sender support form" in critical["next_step"], "the route")
    require(f"staygreen case open {DEDICATED}" in critical["next_step"], "and the packet")
    show_mail(played, critical)

    with step("a quarter of an hour passes; the check runs again"):
        played.run_check("refusals", _QUARTER)
    told = [(alert["severity"], alert["kind"]) for alert in played.alerts()]
    require(told == [("warning", "opened"), ("critical", "opened")], "one warning and one critical alert, none twice")
    suppressed = played.cloud.client("sesv2").list_suppressed_destinations()["SuppressedDestinationSummaries"]
    require(not suppressed, "no recipient was suppressed for it")


def _publish(played: Stage, kind: str, reply: str, number: int) -> None:
    played.cloud.publish_ses_event(
        "transactional",
        kind,
        MessageId=f"{kind}-{number}",
        Recipient=f"reader-{number}@outlook.test",
        Diagnostic=f"smtp; {reply}",
        Ip=DEDICATED,
        BounceType="Transient",
    )


def _critical(played: Stage) -> dict[str, object] | None:
    return next((alert for alert in played.alerts() if alert["severity"] == "critical"), None)


def _show(reply: str) -> None:
    say("")
    console.print(f"    {reply}", style="dim", markup=False)
