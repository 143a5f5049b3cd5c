"""What people are told about a repair: an alert of kind `repair`, made from the measure and the event alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from staygreen.core.alerts import steps
from staygreen.core.alerts.alert import SCHEMA, Alert, Context, fitted, runbook
from staygreen.core.delisting import letters, storage
from staygreen.core.finding import State
from staygreen.core.remediations import by_id
from staygreen.core.remediations.account import Setting
from staygreen.core.remediations.plan import Action, Plan
from staygreen.core.repair.repair import Event, Group, Measure, Stage
from staygreen.core.wording import named, utc_time

HEADS: Mapping[str, str] = {
    "asked": "Approval wanted",
    "approved": "Approved",
    "delayed": "A repair waits",
    "applied": "Repaired",
    "verified": "It worked",
    "unproven": "A repair did not help",
    "half_applied": "A repair failed half-way",
    "held_up": "A repair cannot be taken back yet",
    "undoing": "A repair is being taken back",
    "suggested": "Suggested repair",
    "objected": "Not repaired by itself",
    "denied": "Repair denied",
    "lapsed": "Repair not decided in time",
    "refused": "Repair refused",
    "kept": "It worked",
    "undone": "A repair is over",
    "expired": "A repair has expired",
}
MOST_ACTIONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """The messages of one sender."""

    context: Context

    def one(self, measure: Measure, event: Event) -> Alert:
        """The message about one event."""
        return alert(measure, event, self.context)

    def many(self, group: Group, members: Sequence[Measure]) -> Alert:
        """The message about a group."""
        return grouped(group, members, self.context)


def alert(measure: Measure, event: Event, context: Context) -> Alert:
    """The message about one event of a measure."""
    plan = measure.plan
    at = event.at.isoformat()
    return {
        "schema": SCHEMA,
        "sender": context.sender,
        "environment": context.environment,
        "region": context.region,
        "transition_id": f"{measure.id}-{measure.sequence}-repair",
        "incident_id": plan.incident_id,
        "kind": "repair",
        "check": plan.check,
        "cause": plan.cause,
        "state": (State.OK if measure.stage in (Stage.KEPT, Stage.UNDONE) else State.BAD).value,
        "severity": plan.severity.value,
        "at": at,
        "since": plan.made_at.isoformat(),
        "last_seen": at,
        "subjects": [_subject(plan)],
        "title": f"{HEADS.get(event.kind, event.kind)}: {plan.summary.rstrip('.')}",
        "what": event.text,
        "consequence": f"{HEADS.get(event.kind, event.kind)}: {plan.summary}",
        "meaning": f"Why: {plan.why} Risk: {plan.risk} Undo: {plan.undo}",
        **steps.told(_steps(measure)),
        "by_itself": _by_itself(measure),
        "link": "",
        "runbook": runbook(by_id(plan.remediation).runbook, context.runbook_base),
        "evidence": [],
        "evidence_omitted": 0,
        "repair": details(measure),
    }


def _subject(plan: Plan) -> Mapping[str, str]:
    return {
        "kind": plan.subject.kind.value,
        "id": plan.subject.id,
        "label": plan.subject.label,
        "incident_id": plan.incident_id,
        "cause": plan.cause,
        "severity": plan.severity.value,
    }


def grouped(group: Group, members: Sequence[Measure], context: Context) -> Alert:
    """The one message about many measures, as they stand.

    Args:
        group: What they have in common.
        members: At least one, the worst first.
        context: Where it happened.
    """
    worst, at = members[0].plan, group.at.isoformat()
    causes = {each.plan.cause for each in members}
    return fitted(
        {
            "schema": SCHEMA,
            "sender": context.sender,
            "environment": context.environment,
            "region": context.region,
            "transition_id": f"{group.id}-1-repair",
            "incident_id": group.about or worst.incident_id,
            "kind": "repair",
            "check": worst.check,
            "cause": worst.cause if len(causes) == 1 else "several",
            "state": State.BAD.value,
            "severity": worst.severity.value,
            "at": at,
            "since": min(each.plan.made_at for each in members).isoformat(),
            "last_seen": at,
            "subjects": list({each.plan.subject.key: _subject(each.plan) for each in members}.values()),
            "title": _planned(members).rstrip("."),
            "what": "What was made of them: " + "; ".join(_counted(members)) + ".",
            "consequence": _planned(members),
            "meaning": "Their incidents were told together, and so are these plans. A repair that is carried out is "
            "still told on its own.",
            **steps.told([_decide_together(members)]),
            "by_itself": _together_by_itself(members),
            "link": "",
            "runbook": runbook("repairs", context.runbook_base),
            "evidence": [_told(each, group.at) for each in members],
            "evidence_omitted": 0,
            "repairs": [details(each) for each in members],
        }
    )


_NAME_THE_SHARE = "Name this sender's identities and pools in `sender.only` and deploy, or repair it yourself."
_MADE_OF_IT = {
    Stage.SUGGESTED: "only suggested",
    Stage.OBJECTED: "objected to",
    Stage.DELAYED: "delayed",
    Stage.AWAITING: "waiting for approval",
}


def _counted(members: Sequence[Measure]) -> list[str]:
    counts = Counter((each.plan.remediation, _MADE_OF_IT.get(each.stage, "going ahead")) for each in members)
    return [f"{number} {remediation} {made}" for (remediation, made), number in sorted(counts.items())]


def _planned(members: Sequence[Measure]) -> str:
    subjects = {each.plan.subject.key for each in members}
    return f"Repairs planned: {len(members)}, for {len(subjects)} addresses or domains."


def _told(measure: Measure, now: datetime) -> Mapping[str, Any]:
    plan, made = measure.plan, _MADE_OF_IT.get(measure.stage, "going ahead")
    why = " ".join(each.text for each in measure.objections)
    return {
        "source": f"{plan.remediation} {measure.id}",
        "name": f"{plan.remediation} {measure.id}",
        "text": f"{plan.summary.rstrip('.')}: {made}.{' ' if why else ''}{why}",
        "codes": "",
        "raw": "",
        "observed_at": plan.made_at.isoformat(),
        "age_seconds": max(0, int((now - plan.made_at).total_seconds())),
    }


def _decide_together(members: Sequence[Measure]) -> str:
    stages = {each.stage for each in members}
    if Stage.AWAITING in stages:
        return "Look at each, then approve or deny it: `staygreen approvals list`."
    suggested = [each for each in members if each.stage is Stage.SUGGESTED]
    if any(each.objections for each in suggested):
        return _NAME_THE_SHARE
    if suggested:
        named = ", ".join(sorted({each.plan.remediation for each in suggested}))
        return f"Nothing is done in this mode. `mode` of {named} under `[remediation]` changes that."
    return (
        "Decide which of those that are not repaired by themselves you repair yourself: `staygreen approvals show ID`."
    )


def _together_by_itself(members: Sequence[Measure]) -> str:
    waiting = [each.plan.good_until for each in members if each.stage is Stage.AWAITING]
    if waiting:
        return f"Nothing, until somebody decides; what nobody decided on by {utc_time(min(waiting))} lapses."
    if all(each.is_over for each in members):
        return "Nothing more."
    return "What goes ahead is told on its own when it is done."


def details(measure: Measure) -> Mapping[str, Any]:
    """A measure for programs: what it sets, before and after, and where it stands."""
    plan = measure.plan
    return {
        "measure": measure.id,
        "remediation": plan.remediation,
        "stage": measure.stage.value,
        "mode": measure.mode.value,
        "plan": plan.hash,
        "summary": plan.summary,
        "where": named(plan.subject.id, plan.subject.label),
        "why": plan.why,
        "risk": plan.risk,
        "undo": plan.undo,
        "actions": [_action(each) for each in plan.actions[:MOST_ACTIONS]],
        "actions_omitted": max(0, len(plan.actions) - MOST_ACTIONS),
        "objections": [{"rule": each.rule, "text": each.text} for each in measure.objections],
        "approvals": [each.by for each in measure.approvals],
        "approvals_needed": measure.approvers_needed,
        "good_until": plan.good_until.isoformat(),
    }


def _action(action: Action) -> Mapping[str, str]:
    # who gets our mail is nobody's business in a chat: addresses of recipients are not told
    shown = "a recipient" if action.setting is Setting.SUPPRESSION else action.resource
    before, after = values(action)
    return {"sets": action.setting.value, "of": shown, "before": before, "after": after}


def values(action: Action) -> tuple[str, str]:
    """Before and after, for a person: a case is told as its packet."""
    if action.setting is not Setting.CASE:
        return action.before, action.after
    return _packet(action.before), _packet(action.after)


def _packet(text: str) -> str:
    if not text:
        return ""
    made = letters.packet(storage.read(text).facts)
    return made.text().strip() if isinstance(made, letters.Packet) else " ".join(("Not yet.", *made))


def _steps(measure: Measure) -> tuple[str, ...]:
    plan, stage = measure.plan, measure.stage
    by_hand = (f"By hand: {plan.command}",) if plan.command else ()
    if stage is Stage.AWAITING:
        return (f"Look, then approve or deny: `staygreen approvals show {measure.id}`.",)
    if stage is Stage.SUGGESTED and measure.objections:
        return (_NAME_THE_SHARE, *by_hand)
    if stage is Stage.SUGGESTED:
        return (f"Nothing is done in this mode. `[remediation.{plan.remediation}] mode` changes that.", *by_hand)
    if stage in (Stage.OBJECTED, Stage.REFUSED, Stage.LAPSED, Stage.DENIED):
        return ("Decide whether to repair it yourself.", *by_hand)
    if stage in (Stage.EXPIRED, Stage.UNPROVEN):
        return ("Decide what becomes of it.", f"To take it back: {plan.undo}")
    return ("Nothing.",)


def _by_itself(measure: Measure) -> str:
    if measure.stage is Stage.AWAITING:
        return "Nothing until somebody decides; what nobody approves in time lapses."
    if measure.is_over:
        return "Nothing more."
    due = f" at {utc_time(measure.due)}" if measure.due else ""
    return f"The next step is taken{due}, and its end is told."
