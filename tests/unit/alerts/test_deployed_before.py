"""What an alert says of deployments."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from staygreen.core.alerts import alert as message
from staygreen.core.alerts import mail
from staygreen.core.alerts.amazon_q import notification
from staygreen.core.alerts.slack_blocks import blocks
from staygreen.core.deployments.before import Recorded
from staygreen.core.deployments.deployment import Aspect, Deployment, Direction, FactChange, Outcome
from staygreen.core.finding import State
from staygreen.core.incidents.incident import advance
from tests.unit.alerts.test_alert import VALIDATOR
from tests.unit.incidents.examples import CONTEXT, HOUR, RULE, START, listing

NAME = "s1._domainkey.example.com"
REMOVED = FactChange(kind="record", name=NAME, direction=Direction.REMOVED, aspect=Aspect.DKIM, rtype="TXT")


def recorded(*changes):
    one = Deployment(stack="s", at=START - HOUR, outcome=Outcome.DONE, commit="3f2a91c0", changes=changes)
    return Recorded(deployments=(one,), since=START - timedelta(days=30))


def opened(given, **more):
    incident = None
    for n in range(2):
        found = replace(listing(State.BAD, at=START + n * HOUR), **more)
        incident, transition = advance(incident, found, RULE, found.observed_at)
        incident = replace(incident, last_good=START - HOUR)
    assert transition is not None
    transition = replace(transition, incident=replace(transition.incident, last_good=START - HOUR))
    made = message.alert(transition, CONTEXT, RULE.clears, recorded=given)
    VALIDATOR.validate(made)
    return made


def test_the_cause_is_the_first_line_and_the_next_step_is_the_revert():
    made = opened(recorded(REMOVED), cause="dkim_missing", records=(NAME,))
    assert mail.text(made).startswith("The deployment of ")
    assert "(commit 3f2a91c) is the cause: DKIM record of example.com (s1) removed. " in message.headline(made)
    assert made["next_step"].startswith("Revert commit 3f2a91c and deploy, which brings back the DKIM record")


def test_what_is_no_cause_is_told_as_what_came_before():
    made, plain = opened(recorded(REMOVED)), opened(Recorded(deployments=(), since=None))
    assert made["consequence"] == plain["consequence"]
    assert made["before"].startswith("1 deployment in the 24 hours before, none about this subject. The run at ")
    in_slack = re.sub(r"<!date[^|]*\|([^>]*)>", r"\1", str(blocks(made, with_buttons=True)))
    for shown in (mail.text(made), in_slack, str(notification(made))):
        assert made["before"] in shown


def test_the_revert_is_the_first_step_and_what_the_check_advises_follows():
    made, plain = opened(recorded(REMOVED), cause="dkim_missing", records=(NAME,)), opened(recorded())
    assert made["steps"][1:] == plain["steps"]


def test_where_nothing_is_recorded_only_the_run_before_is_told():
    made = opened(Recorded(deployments=(), since=None))
    assert made["before"].startswith("The run at ")
    assert "deploy" not in made["before"]
