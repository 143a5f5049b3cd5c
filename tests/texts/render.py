"""How an alert appears in each channel, as one text.

python -m tests.texts.render      writes tests/texts/shown/ anew
"""

from __future__ import annotations

from pathlib import Path

from local.slack import SlackMessage
from local.slack_text import shown as in_slack
from staygreen.core.alerts import amazon_q, digest, mail, slack_blocks
from staygreen.core.alerts.alert import Alert
from tests.texts.scenes import alerts

FOLDER = Path(__file__).parent / "shown"


def appearance(alert: Alert) -> str:
    """The mail, the Slack message and the notification of Amazon Q Developer, each under a heading."""
    form = digest if digest.is_digest(alert) else mail
    chat = amazon_q.notification(alert)["content"]
    steps = [f"{number}. {step}" for number, step in enumerate(chat["nextSteps"], start=1)]
    parts = [
        ("mail", f"Subject: {form.subject_line(alert)}\n\n{form.text(alert).rstrip()}"),
        ("Slack", "\n".join(in_slack(in_chat(alert)))),
        ("Amazon Q Developer (Slack, Teams)", "\n".join([chat["title"], chat["description"], *steps])),
    ]
    return "\n\n".join(f"=== {heading}\n\n{text}" for heading, text in parts) + "\n"


def in_chat(alert: Alert) -> SlackMessage:
    """The message in Slack, with buttons."""
    blocks = tuple(dict(block) for block in slack_blocks.blocks(alert, with_buttons=True))
    return SlackMessage(channel="C1", ts="1.0", text=slack_blocks.summary(alert), blocks=blocks)


def main() -> None:
    """Write every file anew."""
    for old in FOLDER.glob("*.txt"):
        old.unlink()
    for name, alert in alerts().items():
        (FOLDER / f"{name}.txt").write_text(appearance(alert), encoding="utf-8")


if __name__ == "__main__":
    main()
