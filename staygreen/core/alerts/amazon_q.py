"""An alert in the schema that Amazon Q Developer shows in Slack and Teams.

Custom notifications, version 1.0; `threadId` gathers what belongs together (Amazon Q
Developer in chat applications administrator guide, "Custom notifications", read
2026-11-24). Titles and texts are kept well within the guide's lengths.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from staygreen.core.alerts import alert as message
from staygreen.core.alerts import decision, mail
from staygreen.core.alerts.alert import Alert
from staygreen.core.alerts.digest import is_digest
from staygreen.core.alerts.slack_blocks import MOST_EVIDENCE, MOST_STEPS, headline
from staygreen.core.alerts.slack_parts import escaped
from staygreen.core.visible import visible_document

LONGEST_TITLE = 250
LONGEST_DESCRIPTION = 4000
LONGEST_STEP = 350


def notification(alert: Alert) -> Mapping[str, Any]:
    """The message for the topic `chat`."""
    alert = visible_document(alert)
    if is_digest(alert):
        return _notification(
            alert, headline(alert), _digest_text(alert), [alert.get("link", "")], keywords=["digest"], more={}
        )
    is_over = alert["kind"] in message.OVER
    what = "" if alert["what"] == headline(alert) or decision.is_asked(alert) else alert["what"]
    points = [f"{point.name}: {' | '.join(point.lines)}" for point in decision.points_of(alert)]
    before = alert.get("before", "")
    described = [
        headline(alert),
        what,
        *points,
        before,
        *_evidence(alert),
        f"staygreen does next: {alert['by_itself']}",
    ]
    steps = [] if is_over else [*alert["steps"][:MOST_STEPS], alert["link"]]
    steps.append(f"Runbook: {alert['runbook']}")
    resources = {"relatedResources": [_cut(subject["id"], LONGEST_TITLE) for subject in alert["subjects"][:20]]}
    return _notification(
        alert, alert["title"], described, steps, keywords=[alert["severity"], alert["check"]], more=resources
    )


def _digest_text(document: Alert) -> list[str]:
    return [line for section in document["sections"] for line in (f"{section['title']}:", *section["lines"])]


def _notification(
    alert: Alert,
    title: str,
    described: Iterable[str],
    steps: Iterable[str],
    *,
    keywords: list[str],
    more: Mapping[str, Any],
) -> Mapping[str, Any]:
    return {
        "version": "1.0",
        "source": "custom",
        "id": alert["transition_id"],
        "content": {
            "textType": "client-markdown",
            "title": _cut(escaped(title), LONGEST_TITLE),
            "description": _cut("\n".join(escaped(text) for text in described if text), LONGEST_DESCRIPTION),
            "nextSteps": [_cut(escaped(step), LONGEST_STEP) for step in steps if step],
            "keywords": keywords,
        },
        "metadata": {
            "threadId": alert["incident_id"],
            "summary": _cut(escaped(title), LONGEST_TITLE),
            "eventType": alert["kind"],
            **more,
            "additionalContext": {"sender": alert["sender"], "environment": alert["environment"]},
        },
    }


def _evidence(alert: Alert) -> list[str]:
    return mail.evidence_lines(alert["evidence"][:MOST_EVIDENCE])


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
