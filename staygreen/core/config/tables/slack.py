"""`[notifications.slack]`: alerts in a Slack channel, written to directly."""

from __future__ import annotations

from dataclasses import dataclass

from staygreen.core.config.field import key


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """Alerts in a Slack channel, through an app of your own workspace (docs/slack.md)."""

    token_secret: str = key(
        "Secrets Manager name of the app's bot token: each incident is one thread. This or webhook_secret.", ""
    )
    channel: str = key("With token_secret: id of the channel, such as C0123456789.", "")
    webhook_secret: str = key(
        "Secrets Manager name of an incoming webhook's URL: each announcement is a message of its own.", ""
    )
    signing_secret: str = key(
        "Secrets Manager name of the app's signing secret: alerts get buttons, and a function URL takes their presses. "
        "Empty: no buttons, and nothing is open to the internet.",
        "",
    )
    approvers: tuple[str, ...] = key(
        "Who may press: ids of users (U0123456789) and, with token_secret, of user groups (S0123456789).", ()
    )
    workspace: str = key(
        "Id of your workspace, such as T0123456789: presses in any other are refused. Empty: that of the token or of "
        "the webhook.",
        "",
    )
