"""The check `ses_reputation` on a world in memory."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from staygreen.adapters.memory.world import MemoryAsk
from staygreen.core.checks import ses_reputation
from staygreen.core.config.parser import parse
from staygreen.core.incidents.run import Run, settle
from staygreen.core.ses.reputation_causes import CAUSES
from staygreen.core.ses.standing import ACCOUNT, Account, Entity, Rates, Recommendation, SetInUse, Standing

EXAMPLES = Path(__file__).parents[3] / "config" / "examples"
SETTINGS = ses_reputation.settings(parse((EXAMPLES / "ses-only.toml").read_text(), "ses-only.toml"))
GOOD = Rates(bounces=0.001, complaints=0.0001, sent=100)
CLEAN = Standing(
    account=Account(sent_in_a_day=5000),
    sets=(SetInUse(name="main"), SetInUse(name="news", pool="warm")),
    rates={ACCOUNT: GOOD, "main": GOOD, "news": GOOD},
)
ARN = "arn:aws:ses:eu-west-1:1:"


def run(**changed):
    return ses_reputation.run(SETTINGS, MemoryAsk(found_ses_standing=replace(CLEAN, **changed)))


def bad(report):
    return {(each.subject.key, each.cause) for each in report.findings if each.state.value == "BAD"}


def test_a_sender_in_good_standing_has_no_fault_and_full_coverage():
    report = run()
    assert bad(report) == set()
    assert all(each.is_full for each in report.coverage)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"rates": {ACCOUNT: Rates(bounces=0.03, complaints=0.0)}}, ("account:ses", "bounce_rate")),
        ({"rates": {ACCOUNT: GOOD, "news": Rates(complaints=0.002)}}, ("configuration_set:news", "complaint_rate")),
        ({"sets": (SetInUse(name="news", sending_enabled=False),)}, ("configuration_set:news", "sending_disabled")),
        ({"account": Account(enforcement="PROBATION")}, ("account:ses", "under_review")),
        ({"entities": (Entity(arn=f"{ARN}tenant/a/tn-1", status="DISABLED"),)}, ("tenant:a", "sending_disabled")),
        (
            {"entities": (Entity(arn=f"{ARN}identity/D.test", status="ENABLED", impact="LOW"),)},
            ("domain:d.test", "reputation_finding"),
        ),
        (
            {"entities": (Entity(arn=f"{ARN}identity/a@d.test", status="ENABLED", impact="LOW"),)},
            ("identity:a@d.test", "reputation_finding"),
        ),
        (
            {"recommendations": (Recommendation(kind="BIMI", arn=f"{ARN}identity/d.test", description="none"),)},
            ("account:ses", "advice_bimi"),
        ),
        ({"suppressed": {MemoryAsk().at.date(): 400}}, ("account:ses", "suppression_growth")),
    ],
)
def test_one_fault_is_one_finding_with_advice_that_names_its_subject(changed, expected):
    report = run(**changed)
    assert bad(report) == {expected}
    (found,) = (each for each in report.findings if each.state.value == "BAD")
    assert found.advice is not None
    assert found.advice.runbook == f"ses_reputation#{found.cause}"
    assert "{" not in found.advice.consequence
    assert found.evidence[0].data["name"] == "SES"


def test_missing_rates_are_lost_coverage_only_where_mail_goes_out():
    assert bad(run(rates={})) == {("source:reputation metrics", "coverage")}
    assert bad(run(rates={}, account=Account(sent_in_a_day=999))) == set()


def test_a_pause_opens_at_once_and_a_rate_at_the_second_sighting():
    rule, ask = ses_reputation.confirmation(SETTINGS), MemoryAsk()
    changed = {"sets": (SetInUse(name="news", sending_enabled=False),), "rates": {ACCOUNT: Rates(bounces=0.5)}}
    report = run(**changed)
    before = Run(check="ses_reputation", id="0", at=ask.at, rule=rule, last=None)
    heartbeat = settle(run(), {}, before).heartbeat
    first = Run(check="ses_reputation", id="1", at=ask.at + timedelta(hours=1), rule=rule, last=heartbeat)
    changes = settle(report, {}, first).changes
    assert {c.after.finding.cause for c in changes if c.transition} == {"sending_disabled"}


def test_it_is_deployed_where_something_sends_through_ses():
    deployed = {
        path.stem: ses_reputation.CHECK.enabled(parse(path.read_text(), path.name)) for path in EXAMPLES.glob("*.toml")
    }
    assert deployed["ses-only"]
    assert not deployed["ec2-only"]


def test_every_cause_has_its_words():
    every = {f"advice_{kind.lower()}" for kind in ses_reputation.reputation.KINDS}
    assert every < set(CAUSES)
