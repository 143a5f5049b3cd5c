"""How an alert appears in each channel, as one text.

python -m tests.texts.render      writes tests/texts/shown/ anew
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from local.slack import SlackMessage
from local.slack_text import shown as in_slack
from staygreen.cli.approvals import described
from staygreen.core.alerts import amazon_q, digest, mail, slack_blocks
from staygreen.core.alerts.alert import Alert
from staygreen.core.alerts.slack_parts import Block
from tests.texts import comparison
from tests.texts.scenes import alerts
from tests.unit.alerts.test_repair_alert import awaiting

FOLDER = Path(__file__).parent / "shown"


def appearance(alert: Alert) -> str:
    """The mail, the Slack message and the notification of Amazon Q Developer, each under a heading."""
    form = digest if digest.is_digest(alert) else mail
    chat = amazon_q.notification(alert)["content"]
    steps = [f"{number}. {step}" for number, step in enumerate(chat["nextSteps"], start=1)]
    parts = [
        ("mail", f"Subject: {form.subject_line(alert)}\n\n{form.text(alert).rstrip()}"),
        ("Slack, with a token", _thread(alert)),
        ("Slack, with a webhook", "\n".join(in_slack(in_chat(alert)))),
        ("Amazon Q Developer (Slack, Teams)", "\n".join([chat["title"], chat["description"], *steps])),
    ]
    return "\n\n".join(f"=== {heading}\n\n{text}" for heading, text in parts) + "\n"


def in_chat(alert: Alert) -> SlackMessage:
    """The message in Slack on its own, with buttons."""
    return _message(alert, slack_blocks.blocks(alert, with_buttons=True))


def parent(alert: Alert) -> SlackMessage:
    """The message that heads a thread, with buttons."""
    return _message(alert, slack_blocks.parent(alert, with_buttons=True))


def _thread(alert: Alert) -> str:
    below = slack_blocks.details(alert)
    reply = [f"  | {line}" for line in in_slack(_message(alert, below))] if below else []
    return "\n".join([*in_slack(parent(alert)), *reply])


def _message(alert: Alert, blocks: Sequence[Block]) -> SlackMessage:
    return SlackMessage(
        channel="C1", ts="1.0", text=slack_blocks.summary(alert), blocks=tuple(dict(block) for block in blocks)
    )


def texts() -> Mapping[str, str]:
    """Every text by the name of its file: each alert in each channel, and the command's screen of a repair."""
    return {**{name: appearance(alert) for name, alert in alerts().items()}, "approvals-show": approvals_show()}


def approvals_show() -> str:
    """What `staygreen approvals show` prints of a repair that waits for a person."""
    _, measure = awaiting()
    return "\n".join(described(measure)) + "\n"


def main() -> None:
    """Write every file anew."""
    for old in FOLDER.glob("*.txt"):
        old.unlink()
    for name, text in texts().items():
        (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8")
    comparison.PAGE.write_text(comparison.page(), encoding="utf-8")


if __name__ == "__main__":
    main()
