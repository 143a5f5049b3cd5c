"""What each button in Slack does: one function and one line each.

An action gets the press, by somebody who may press, and gives the sentence that a channel
without threads is told; a thread is told by the announcer. It refuses by `ActionRefused`,
whose text the presser alone sees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from lambdas.environment import Deployed, slack_groups
from staygreen.adapters import clock
from staygreen.core.alerts.slack_parts import escaped
from staygreen.core.alerts.slack_press import Press, incident_of, person
from staygreen.core.errors import ActionRefused
from staygreen.core.incidents import incident as rules
from staygreen.core.incidents.incident import Incident
from staygreen.core.incidents.run import person_change
from staygreen.core.repair.repair import Stage

Act = Callable[[Press, Deployed], str]
MUTED_FOR = timedelta(days=1)


def _acknowledge(pressed: Press, here: Deployed) -> str:
    incident = _incident(pressed, here)
    changed = rules.acknowledge(incident, person(pressed.user_id, pressed.user_name), clock.now())
    here.table.save(person_change(incident, *changed))
    return f"<@{pressed.user_id}> is at it ({escaped(incident.subject.id)}): no reminders until it changes or is over."


def _mute(pressed: Press, here: Deployed) -> str:
    incident, now = _incident(pressed, here), clock.now()
    until = now + MUTED_FOR
    changed = rules.mute(incident, person(pressed.user_id, pressed.user_name), "muted in Slack", until, now)
    here.table.save(person_change(incident, *changed))
    return f"<@{pressed.user_id}> muted {escaped(incident.subject.id)} for a day: nothing is told about it until then."


def _approve(pressed: Press, here: Deployed) -> str:
    return _decided("approve", pressed, here)


def _deny(pressed: Press, here: Deployed) -> str:
    return _decided("deny", pressed, here)


def _decided(decision: str, pressed: Press, here: Deployed) -> str:
    # only who decides pays for loading the engine of repairs
    from lambdas.approvals import carry_out

    measure, _, plan = pressed.about.partition(":")
    members = slack_groups(here.slack) if here.slack else lambda _: ()
    done = carry_out(here, decision, measure, plan, pressed.user_id, members=members)
    waits = done.approvers_needed - len(done.approvals) if done.stage is Stage.AWAITING else 0
    more = f"; {waits} more has to" if waits else ""
    return f"<@{pressed.user_id}>: {decision} ({escaped(done.plan.summary)}){more}."


def _incident(pressed: Press, here: Deployed) -> Incident:
    found = here.table.get(*incident_of(pressed.about))
    if found is None:
        raise ActionRefused("There is no such incident any more.")
    return found


ACTIONS: Mapping[str, Act] = {
    "acknowledge": _acknowledge,
    "mute": _mute,
    "approve": _approve,
    "deny": _deny,
}
